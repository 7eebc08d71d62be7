"""Tables with delimiters: CSV as abuse.ch and vendors write it, header in a comment or not."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from fluxhound.errors import UnreadableInputError
from fluxhound.intel.gathering import Gathering
from fluxhound.intel.indicator import COMMENT_LENGTH, LABEL_LENGTH, tlp_named
from fluxhound.intel.moments import moments
from fluxhound.intel.reading.form import (
    COMMENT_MARKS,
    FeedOptions,
    Form,
    batched,
    lines_in_view,
    telling,
    text_lines,
)
from fluxhound.intel.reading.layout import DELIMITERS, HARMLESS, TYPES, Layout, fields, find_layout
from fluxhound.sources.stream import Stream
from fluxhound.sources.tally import Tally

#: Share of the lines that must have the same number of cells, and lines that make a table. Chosen.
EVEN, FEWEST_LINES = 0.8, 3

SHORT_ROW = "a row with too few cells"
BROKEN_ROW = "a row that cannot be read"
OTHER_TYPE = "another type of indicator"
SAID_HARMLESS = "said to be harmless"

Cells: TypeAlias = dict[str, list[str]]
Kinds: TypeAlias = npt.NDArray[np.int8]
Mask: TypeAlias = npt.NDArray[np.bool_]


def matches(head: bytes) -> bool:
    """Tell whether a header names a column that we know, or the lines are even rows."""
    lines = lines_in_view(head)
    return find_layout(lines, {}, None) is not None or _is_even(telling(lines))


def _is_even(lines: list[str]) -> bool:
    if len(lines) < FEWEST_LINES:
        return False
    for delimiter in DELIMITERS:
        counts = [len(fields(line, delimiter)) for line in lines]
        usual = max(set(counts), key=counts.count)
        if usual > 1 and counts.count(usual) >= EVEN * len(lines):
            return True
    return False


def read(stream: Stream, gathering: Gathering, options: FeedOptions) -> None:
    """Read a table into *gathering*.

    Raises:
        UnreadableInputError: nothing tells which column holds the indicators.
    """
    layout = find_layout(lines_in_view(stream.head), options.columns, options.delimiter)
    if layout is None:
        raise UnreadableInputError(
            f"{stream.name}: a table whose columns have no names that are known. Say which one "
            "holds the indicators: --column value=1."
        )
    lines = text_lines(stream, gathering.tally)
    rows = _rows(_bare(lines, layout.header), layout, gathering.tally)
    for batch in batched(rows, _length):
        _take(batch, layout, gathering)


def _bare(lines: Iterable[str], header: str) -> Iterator[str]:
    """Leave out comments, blank lines, and the header wherever files were joined."""
    for line in lines:
        text = line.strip()
        if text and not text.startswith(COMMENT_MARKS) and text != header:
            yield line.replace("\0", " ")


def _rows(lines: Iterator[str], layout: Layout, tally: Tally) -> Iterator[list[str]]:
    """Yield the cells of each row that has as many as are needed."""
    needed = layout.places["value"]
    table = csv.reader(lines, delimiter=layout.delimiter, skipinitialspace=True)
    while True:
        before = table.line_num
        try:
            row = next(table)
        except StopIteration:
            return
        except csv.Error:  # a cell that does not end
            lines_lost = table.line_num - before
            tally.records += lines_lost
            tally.reject(BROKEN_ROW, count=lines_lost)
            continue
        tally.records += 1
        if len(row) > needed:
            yield row
        else:
            tally.reject(SHORT_ROW, layout.delimiter.join(row))


def _length(row: list[str]) -> int:
    return sum(map(len, row))


def _take(rows: list[list[str]], layout: Layout, gathering: Gathering) -> None:
    """Take a batch of rows, column by column."""
    cells = {
        ours: [row[place] if place < len(row) else "" for row in rows]
        for ours, place in layout.places.items()
    }
    kinds = np.full(len(rows), layout.kind or 0, dtype=np.int8)
    if "type" in cells:
        kinds, other = _kinds(cells["type"], kinds)
        cells, kinds = _without(other, cells, kinds)
        gathering.tally.pass_over(OTHER_TYPE, int(other.sum()))
    if "verdict" in cells:
        harmless = np.array([cell.strip().lower() in HARMLESS for cell in cells["verdict"]], bool)
        cells, kinds = _without(harmless, cells, kinds)
        gathering.tally.pass_over(SAID_HARMLESS, int(harmless.sum()))
    texts = _text_column(cells.pop("value"))
    gathering.add_columns(texts, kinds, _told(cells))


def _without(left_out: Mask, cells: Cells, kinds: Kinds) -> tuple[Cells, Kinds]:
    """Return the cells and kinds of the other rows."""
    if not left_out.any():
        return cells, kinds
    kept = np.flatnonzero(~left_out).tolist()
    return {ours: [column[at] for at in kept] for ours, column in cells.items()}, kinds[~left_out]


def _kinds(types: list[str], kinds: Kinds) -> tuple[Kinds, Mask]:
    """Return kinds by the type column, and which rows hold another type of indicator."""
    coded = pc.dictionary_encode(_text_column(types))
    words = [word.strip().lower() for word in coded.dictionary.to_pylist()]
    by_word = np.array([int(TYPES.get(word) or 0) for word in words] or [0], dtype=np.int8)
    other = np.array([word not in TYPES for word in words] or [False])
    places = coded.indices.to_numpy(zero_copy_only=False)
    return np.where(by_word[places] > 0, by_word[places], kinds), other[places]


def _told(cells: Cells) -> dict[str, pa.Array]:
    told: dict[str, pa.Array] = {}
    for ours in ("first_seen", "last_seen", "valid_until"):
        if ours in cells:
            told[ours] = moments(_text_column(cells[ours]))
    for ours, limit in (("label", LABEL_LENGTH), ("comment", COMMENT_LENGTH)):
        if ours in cells:
            told[ours] = _shown(cells[ours], limit)
    if "confidence" in cells:
        told["confidence"] = pa.array([_percent(cell) for cell in cells["confidence"]], pa.uint8())
    if "tlp" in cells:
        told["tlp"] = pa.array([int(tlp_named(cell)) for cell in cells["tlp"]], pa.int8())
    return told


def _text_column(cells: list[str]) -> pa.Array:
    return pa.array(cells, pa.string())


def _shown(cells: list[str], limit: int) -> pa.Array:
    """Return cells cut, with what is not printable blanked: they are shown to people."""
    plain = pc.replace_substring_regex(_text_column(cells), r"[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+", " ")
    return pc.utf8_slice_codeunits(plain, 0, limit)


def _percent(cell: str) -> int | None:
    text = cell.strip().rstrip("%").strip()
    return int(text) if _PERCENT.fullmatch(text) else None


_PERCENT = re.compile(r"100|[0-9]{1,2}", re.ASCII)

FORM = Form(name="csv", title="CSV or another table", matches=matches, read=read)
