from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from fluxhound.sharing.grid import Cell, Column, clipped, fold, headings, rows, widest

COLUMNS = (Column(heading="NAME", width=10), Column(heading="N", width=4, right=True))


def test_numbers_stand_right_and_long_cells_fold() -> None:
    lines = rows(COLUMNS, [Cell(text="evil[.]example"), Cell(text="7")])
    assert [line.plain for line in lines] == ["evil[.]exa     7", "mple"]
    assert headings(COLUMNS).plain == "NAME           N"


def test_words_are_kept_whole_where_they_fit() -> None:
    assert fold("a name that folds", 7) == ["a name", "that", "folds"]


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Mn", "Cf"]), max_size=60),
       st.integers(2, 30))  # fmt: skip
def test_folding_loses_no_character(text: str, width: int) -> None:
    lines = fold(text, width)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(cell_len(line) <= width for line in lines)


@given(st.text("abc def", max_size=80), st.integers(3, 20), st.integers(1, 3))
def test_clipping_keeps_the_start_and_the_bound(text: str, width: int, lines: int) -> None:
    shown = clipped(text, width, lines)
    assert shown == text or shown.endswith("…")
    assert len(fold(shown, width)) <= max(lines, len(fold(text, width)) if shown == text else 0)


def test_widths_are_in_cells() -> None:
    assert widest("NAME", ["網域", "a"]) == 4
    assert widest("N", []) == 1
