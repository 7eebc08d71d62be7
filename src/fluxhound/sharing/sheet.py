"""One console with the way to write on it: headings, folded paragraphs, aligned rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from fluxhound.sharing.glyphs import Writing
from fluxhound.sharing.grid import Cell, Column, fold, rows

INDENT = "  "


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A console, how text is written on it, and how much the reader wants to see."""

    console: Console
    write: Writing
    verbosity: int = 0

    @property
    def width(self) -> int:
        """Return the width of the console in cells."""
        return self.console.width

    def say(self, text: Text | None = None) -> None:
        """Print one line, or an empty one."""
        self.console.print(text if text is not None else Text(), soft_wrap=True)

    def heading(self, title: str) -> None:
        """Print an empty line and a heading."""
        self.say()
        for line in fold(title, self.width):
            self.say(Text(line, style="bold"))

    def paragraph(self, text: str, indent: str = "", style: str = "") -> None:
        """Print *text* folded to the width."""
        for line in fold(text, max(self.width - len(indent), 1)):
            self.say(Text(indent + line, style=style))

    def rows(self, columns: Sequence[Column], cells: Sequence[Cell]) -> None:
        """Print one row of a table, indented."""
        for line in rows(columns, cells):
            self.say(Text(INDENT).append_text(line))

    def pairs(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Print titles and values in two columns."""
        width = max((cell_len(title) for title, _ in pairs), default=0)
        width = min(width, max(self.width - 20, 10))
        columns = (
            Column(heading="", width=width),
            Column(heading="", width=max(self.width - width - 4, 8)),
        )
        for title, value in pairs:
            self.rows(columns, [Cell(text=title), Cell(text=value)])

    def bullets(self, title: str, sentences: Sequence[str]) -> None:
        """Print *sentences* from outside under a heading, if there are any."""
        if sentences:
            self.heading(title)
        columns = (
            Column(heading="", width=1),
            Column(heading="", width=max(self.width - 5, 8)),
        )
        for sentence in sentences:
            cells = [Cell(text=self.write.sign("·")), Cell(text=self.write.text(sentence))]
            self.rows(columns, cells)
