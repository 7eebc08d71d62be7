"""The strips under the raster, on its time axis: growth of distinct addresses, and TTL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from fluxhound.records import Timeline
from fluxhound.sharing import measures, series
from fluxhound.sharing.report.markup import Markup, element, joined, void
from fluxhound.sharing.report.scale import Scale, grid_lines

GROWTH_HEIGHT = 90
TTL_HEIGHT = 46
HEADROOM = 8
#: Points of a line; more are thinned, the last of each stretch is kept.
POINTS = 1_000


def growth_strip(timeline: Timeline, scale: Scale) -> Markup | None:
    """Draw the distinct addresses seen up to each time; ``None`` when there are none."""
    growth = series.growth(timeline)
    if not growth.steps:
        return None
    least = "" if growth.complete else "at least "
    said = f"Distinct addresses seen so far: {least}{growth.total:,} at the end"
    marks = _refreshes(timeline, scale, GROWTH_HEIGHT)
    caption = ("distinct addresses", f"{least}{growth.total:,}")
    return _strip(growth.steps, scale, GROWTH_HEIGHT, said, caption, filled=True, more=marks)


def ttl_strip(timeline: Timeline, scale: Scale) -> Markup | None:
    """Draw the largest TTL of each refresh; ``None`` when no TTL was recorded."""
    steps = series.ttl_steps(timeline.changes)
    if not steps:
        return None
    values = [value for _, value in steps]
    least, most = measures.count(min(values)), measures.count(max(values))
    said = f"TTL of the answers: {least} to {most} seconds"
    told = f"{most} s" if least == most else f"{least} to {most} s"
    return _strip(steps, scale, TTL_HEIGHT, said, ("TTL", told), filled=False)


def _strip(
    steps: Sequence[tuple[datetime, int]],
    scale: Scale,
    height: int,
    title: str,
    caption: tuple[str, str],
    *,
    filled: bool,
    more: Markup | None = None,
) -> Markup:
    top = max(value for _, value in steps) or 1
    line = _stairs(steps, scale, height - 1, (height - 1 - HEADROOM) / top)
    first = scale.x(steps[0][0])
    area = f"{line}V{height - 1}H{first:g}z" if filled else ""
    name, value = caption
    return element(
        "svg",
        element("title", title),
        grid_lines(scale, 0, height),
        void("path", d=area, class_="area") if area else None,
        void("path", d=line, class_="line"),
        more,
        void("path", d=f"M{scale.left} {height - 0.5}h{scale.width}", class_="hair"),
        element("text", name, x=4, y=16, class_="tick"),
        element("text", value, x=4, y=33, class_="figure"),
        viewBox=f"0 0 {scale.whole} {height}",
        role="img",
        class_="strip",
    )


def _stairs(steps: Sequence[tuple[datetime, int]], scale: Scale, floor: float, unit: float) -> str:
    thinned: dict[int, tuple[datetime, int]] = {}
    for time, value in steps:
        thinned[int(scale.extent.part(time) * POINTS)] = (time, value)
    points = [(scale.x(time), round(floor - value * unit, 1)) for time, value in thinned.values()]
    (x, y), *rest = points
    end = scale.left + scale.width
    return f"M{x:g} {y:g}" + "".join(f"H{a:g}V{b:g}" for a, b in rest) + f"H{end}"


def _refreshes(timeline: Timeline, scale: Scale, height: int) -> Markup | None:
    """Draw a short mark for each refresh, one for each pixel at most."""
    places = sorted({round(scale.x(change.time)) for change in timeline.changes})
    if not places:
        return None
    path = "".join(f"M{place} {height - 7}v6" for place in places)
    return joined((void("path", d=path, class_="marks"),))
