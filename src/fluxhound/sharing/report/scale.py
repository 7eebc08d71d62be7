"""The time axis that the raster and the strips below it share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fluxhound.records import AddressSpan
from fluxhound.sharing import series
from fluxhound.sharing.report.markup import Markup, element, joined, void

TICKS = 8
#: Ticks nearer to the edge than this would be cut.
TICK_MARGIN = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Where times lie across a picture: *left* and *width* in its units."""

    extent: series.Extent
    left: int
    width: int
    right: int  # room to the right of the plot, for labels

    @property
    def whole(self) -> int:
        """Return the width of the whole picture."""
        return self.left + self.width + self.right

    def x(self, time: datetime) -> float:
        """Return where *time* lies."""
        return round(self.left + self.extent.part(time) * self.width, 1)

    def pieces(self, spans: Sequence[AddressSpan]) -> list[tuple[int, int]]:
        """Return stretches as (start, length) in units, merged where they touch."""
        merged = series.pixels(spans, self.extent, self.width)
        return [(self.left + start, length) for start, length in merged]


def grid_lines(scale: Scale, top: float, bottom: float) -> Markup:
    """Return a hairline for every tick."""
    marks = (scale.x(time) for time, _ in _ticks(scale))
    path = "".join(f"M{x:g} {top:g}V{bottom:g}" for x in marks)
    return void("path", d=path, class_="hair") if path else joined(())


def labels(scale: Scale, baseline: float) -> Markup:
    """Return the times below the axis, and the date and zone at its left."""
    marks = (
        element("text", label, x=scale.x(time), y=baseline, class_="tick mid")
        for time, label in _ticks(scale)
    )
    start = f"{scale.extent.first:%Y-%m-%d} UTC"
    return joined((element("text", start, x=4, y=baseline, class_="tick"), *marks))


def _ticks(scale: Scale) -> list[tuple[datetime, str]]:
    inner = scale.left + scale.width
    return [
        (time, label)
        for time, label in series.ticks(scale.extent, TICKS)
        if scale.left + 1 <= scale.x(time) <= inner + scale.right - TICK_MARGIN
    ]
