from __future__ import annotations

from rich.console import Console

from fluxhound.sharing.glyphs import Writing
from fluxhound.sharing.sheet import Sheet
from tests.sharing.consoles import widest_line, written


def test_all_parts_fold_to_the_width() -> None:
    def show(console: Console) -> None:
        sheet = Sheet(console=console, write=Writing())
        sheet.heading("A heading that is longer than the sheet is wide")
        sheet.paragraph("A paragraph that is longer than the sheet is wide", "  ")
        sheet.pairs([("a title that is long", "a value that is long as well")])
        sheet.bullets("Title", ["one \x1b sentence that folds", "two"])
        sheet.bullets("Not shown", [])

    text = written(40, show)
    assert widest_line(text) <= 40
    assert "Not shown" not in text
    assert "\\x1b" in text
    assert text.startswith("\n")
