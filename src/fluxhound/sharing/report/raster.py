"""The address raster: a row for each address in order of first appearance, time across.

Fast flux is an endless staircase in it; a pool or a CDN repeats its stripes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fluxhound.records import AddressRow, Timeline
from fluxhound.sharing.defang import defang
from fluxhound.sharing.measures import amount
from fluxhound.sharing.report.markup import Markup, element, joined, void
from fluxhound.sharing.report.palette import Palette
from fluxhound.sharing.report.scale import Scale, grid_lines, labels
from fluxhound.sharing.series import asn_label, closed

#: Stretches in one picture: beyond, near ones are merged (by 2, 4, ... pixels) to bound its size.
PIECES = 2_500
#: Rows up to which every row has its label, and rows up to which they are less thin.
LABELLED_ROWS = 44
#: Height that many rows share, until they would be thinner than ``THINNEST``.
SHARED_HEIGHT = 520
LABELLED_HEIGHT = 13
SMALL_HEIGHT = 6
THINNEST = 2
AXIS_HEIGHT = 22
COUNT_MARKS = 8
ADDRESS_LENGTH = 23


@dataclass(frozen=True, slots=True, kw_only=True)
class Raster:
    """A drawn raster: the picture, the rows in it, and what was left out or merged."""

    picture: Markup
    rows: int
    left_out: int
    merged: int  # stretches this many pixels apart or less are drawn as one


def raster(
    timeline: Timeline,
    scale: Scale,
    palette: Palette,
    *,
    most: int,
    title: str,
    defanged: bool = True,
) -> Raster:
    """Draw at most *most* rows of *timeline*."""
    rows = [row for row in timeline.rows if row.spans][:most]
    left_out = timeline.rows_left_out + len(timeline.rows) - len(rows)
    pieces, gap = _pieces(rows, scale)
    height = _row_height(len(rows)) if scale.left else SMALL_HEIGHT
    bottom = height * len(rows) + 2
    labelled = scale.left > 0 and len(rows) <= LABELLED_ROWS
    drawn = (
        _row(row, stretches, 1 + height * place, height, scale, palette, labelled, defanged)
        for place, (row, stretches) in enumerate(zip(rows, pieces, strict=True))
    )
    axis = () if labelled or scale.left == 0 else (_count_axis(len(rows), height),)
    picture = element(
        "svg",
        element("title", title),
        grid_lines(scale, 0, bottom),
        joined(axis),
        joined(drawn),
        labels(scale, bottom + 15) if scale.left else None,
        viewBox=f"0 0 {scale.whole} {bottom + (AXIS_HEIGHT if scale.left else 0)}",
        role="img",
        class_="raster",
        data_rows=len(rows),
    )
    return Raster(picture=picture, rows=len(rows), left_out=left_out, merged=gap)


def _row(
    row: AddressRow,
    pieces: Sequence[tuple[int, int]],
    top: float,
    height: float,
    scale: Scale,
    palette: Palette,
    labelled: bool,
    defanged: bool,
) -> Markup:
    facts = row.facts
    look = palette.look(facts.asn)
    middle = top + height / 2
    line = void(
        "path",
        d="".join(f"M{start} {middle:g}h{length}" for start, length in pieces),
        stroke=look.stroke if look else "currentColor",
        stroke_width=max(height - 1, 0.8 * height),
    )
    address = defang(facts.address) if defanged else facts.address
    texts: tuple[Markup, ...] = ()
    if labelled:
        where = " ".join(filter(None, (asn_label(facts.asn), facts.country)))
        baseline = top + height - 3
        right = scale.left + scale.width + 8
        texts = (
            element("text", _cut(address), x=scale.left - 8, y=baseline, class_="addr end"),
            element("text", where, x=right, y=baseline, class_="addr"),
        )
    return element(
        "g",
        element("title", _about(row, address)),
        line,
        joined(texts),
        class_=f"row {look.classes if look else 'nx'}",
    )


def _about(row: AddressRow, address: str) -> str:
    facts = row.facts
    first = min(span.first for span in row.spans)
    last = max(span.last for span in row.spans)
    whose = " ".join(filter(None, (asn_label(facts.asn), facts.holder)))
    seen = f"{first:%Y-%m-%d %H:%M:%S}Z to {last:%Y-%m-%d %H:%M:%S}Z"
    answers = sum(span.count for span in row.spans)
    where = ", ".join(filter(None, (whose, facts.country, facts.kind)))
    return f"{address}: {where}; {seen}, {amount(answers, 'answer')}"


def _pieces(rows: Sequence[AddressRow], scale: Scale) -> tuple[list[list[tuple[int, int]]], int]:
    pieces = [scale.pieces(row.spans) for row in rows]
    gap = 0
    while sum(map(len, pieces)) > PIECES and gap < scale.width:
        gap = gap * 2 or 1
        pieces = [closed(stretches, gap) for stretches in pieces]
    return pieces, gap


def _row_height(rows: int) -> float:
    """Return the height of a row, so that few rows are legible and many still fit a screen."""
    if rows <= LABELLED_ROWS:
        return LABELLED_HEIGHT
    return max(round(SHARED_HEIGHT / rows, 1), THINNEST)


def _count_axis(rows: int, height: float) -> Markup:
    step = next((s for s in (10, 20, 50, 100) if rows <= s * COUNT_MARKS), rows)
    marks = range(step, rows + 1, step)
    texts = (
        element("text", f"{mark}", x=142, y=mark * height + 3, class_="tick end") for mark in marks
    )
    caption = element("text", "addresses, in order", x=4, y=12, class_="tick")
    second = element("text", "of first appearance", x=4, y=25, class_="tick")
    return joined((caption, second, *texts))


def _cut(address: str) -> str:
    """Return an address that fits beside the plot; the whole is in the title."""
    if len(address) <= ADDRESS_LENGTH:
        return address
    half = (ADDRESS_LENGTH - 1) // 2
    return f"{address[:half]}…{address[-half:]}"
