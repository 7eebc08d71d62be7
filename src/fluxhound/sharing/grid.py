"""Aligned rows of text that fold inside their column instead of losing characters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from rich.cells import cell_len, chop_cells, set_cell_size
from rich.text import Text

GAP = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """The text of one cell and its style."""

    text: str
    style: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: its heading, its width in cells, and on which side it is aligned."""

    heading: str
    width: int
    right: bool = False


def widest(heading: str, texts: Sequence[str]) -> int:
    """Return the width in cells that shows *heading* and all *texts* unfolded."""
    return max(cell_len(heading), *(cell_len(text) for text in texts), 0)


def headings(columns: Sequence[Column]) -> Text:
    """Return the line of headings."""
    return rows(columns, [Cell(text=column.heading, style="bold") for column in columns])[0]


def rows(columns: Sequence[Column], cells: Sequence[Cell]) -> list[Text]:
    """Return the lines of one row; cells wider than their column continue below."""
    folded = [fold(cell.text, column.width) for column, cell in zip(columns, cells, strict=True)]
    return [_line(columns, cells, parts) for parts in zip_longest(*folded, fillvalue="")]


def fold(text: str, width: int) -> list[str]:
    """Return *text* in pieces of at most *width* cells, broken at spaces where there are any."""
    lines: list[str] = []
    current = ""
    for word in text.split(" "):
        joined = f"{current} {word}" if current else word
        if cell_len(joined) <= width:
            current = joined
            continue
        if current:
            lines.append(current)
        *full, current = chop_cells(word, width) or [""]
        lines.extend(full)
    return [*lines, current]


def clipped(text: str, width: int, lines: int, ellipsis: str = "…") -> str:
    """Return *text* cut so that it folds into at most *lines* lines of *width* cells."""
    pieces = fold(text, width)
    if len(pieces) <= lines:
        return text
    last = pieces[lines - 1]
    kept = set_cell_size(last, width - 1).rstrip() if cell_len(last) >= width else last
    return " ".join((*pieces[: lines - 1], f"{kept}{ellipsis}"))


def _line(columns: Sequence[Column], cells: Sequence[Cell], parts: Sequence[str]) -> Text:
    line = Text(no_wrap=True, overflow="ignore")
    for place, (column, cell, part) in enumerate(zip(columns, cells, parts, strict=True)):
        pad = " " * max(column.width - cell_len(part), 0)
        gap = " " * GAP if place else ""
        line.append(gap + pad if column.right else gap)
        line.append(part, style=cell.style)
        line.append("" if column.right else pad)
    line.rstrip()
    return line
