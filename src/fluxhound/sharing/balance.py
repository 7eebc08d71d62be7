"""A score on a terminal: the points for it beside the points against, and their exact sum."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.text import Text

from fluxhound.sharing import measures
from fluxhound.sharing.grid import Cell, Column, rows
from fluxhound.sharing.points import MINUS, Entry, Ledger, signed
from fluxhound.sharing.sheet import Sheet

#: Narrower than this, the two columns are stacked.
TWO_COLUMNS = 100
GUTTER = 3


def print_balance(sheet: Sheet, book: Ledger, title: str) -> None:
    """Print the ledger under *title*: two columns, or one above the other where it is narrow."""
    if not (book.supporting or book.opposing or book.neutral):
        return
    sheet.heading(f"{title}  {book.value:.2f}")
    beside = sheet.width >= TWO_COLUMNS
    width = (sheet.width - GUTTER) // 2 if beside else sheet.width
    minus = sheet.write.sign(MINUS)
    left = _side(sheet, "FOR", book.supporting, signed(book.total_for, minus), width)
    right = _side(sheet, "AGAINST", book.opposing, signed(book.total_against, minus), width)
    for line in _beside(left, right, width) if beside else (*left, Text(), *right):
        sheet.say(line)
    sheet.say(Text(sum_line(book, minus, sheet.write.sign("→")), style="bold"))
    if sheet.verbosity and book.neutral:
        ids = ", ".join(sheet.write.text(entry.evidence.id) for entry in book.neutral)
        sheet.paragraph(f"without weight: {ids}")


def sum_line(book: Ledger, minus: str = MINUS, arrow: str = "→") -> str:
    """Return the sum as it is shown, and how the score follows from it."""
    total = signed(book.total, minus)
    line = f"{signed(book.total_for, minus)} {minus} {-book.total_against} = {total}"
    if book.is_logistic:
        return f"{line} {arrow} {book.score} {book.value:.2f} = 1 / (1 + e^{minus}sum)"
    return f"{line}; {book.score} {book.value:.2f} does not follow from this sum alone"


def measured(entry: Entry) -> str:
    """Return what was measured, where the text does not hold it, and what is normal."""
    item = entry.evidence
    value = "" if item.value is None else measures.with_unit(item.value, item.unit)
    told = {word.strip(":;,.") for word in item.text.split()}
    value = "" if not value or value.split()[0] in told else f"measured {value}"
    normal = f"normal: {item.normal}" if item.normal else ""
    return "; ".join(filter(None, (value, normal)))


def _side(
    sheet: Sheet, heading: str, entries: Sequence[Entry], total: str, width: int
) -> list[Text]:
    write = sheet.write
    columns = (Column(heading="", width=6, right=True), Column(heading="", width=width - 8))
    lines = [Text(heading, style="bold")]
    for entry in entries:
        item = entry.evidence
        points = Cell(text=signed(entry.points, write.sign(MINUS)), style="bold")
        said = f"[{write.text(item.id)}] {write.text(item.text)}"
        lines += rows(columns, [points, Cell(text=said)])
        below = write.text(measured(entry))
        if below:
            lines += rows(columns, [Cell(text=""), Cell(text=below, style="dim")])
    if not entries:
        lines += rows(columns, [Cell(text=""), Cell(text="nothing", style="dim")])
    return lines + rows(columns, [Cell(text=total, style="bold"), Cell(text="sum")])


def _beside(left: Sequence[Text], right: Sequence[Text], width: int) -> list[Text]:
    """Return both sides as one block of lines, their sums on the last."""
    height = max(len(left), len(right)) - 1
    sides = [[*side[:-1], *[Text()] * (height + 1 - len(side)), side[-1]] for side in (left, right)]
    return [_joined(one, other, width) for one, other in zip(*sides, strict=True)]


def _joined(left: Text, right: Text, width: int) -> Text:
    line = left.copy()
    line.append(" " * (width - cell_len(line.plain) + GUTTER))
    line.append_text(right)
    line.rstrip()
    return line
