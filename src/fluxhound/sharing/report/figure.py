"""The picture of one finding: rasters, growth and TTL on one time axis, and the legend."""

from __future__ import annotations

from dataclasses import dataclass

from fluxhound.records import Timeline
from fluxhound.sharing import measures, series
from fluxhound.sharing.report.markup import Markup, Part, element, joined, void
from fluxhound.sharing.report.palette import Palette
from fluxhound.sharing.report.parts import scrolling
from fluxhound.sharing.report.raster import Raster, raster
from fluxhound.sharing.report.scale import Scale
from fluxhound.sharing.report.strips import growth_strip, ttl_strip

LEFT, WIDTH, RIGHT = 150, 760, 90
SMALL_WIDTH = 320
SMALL_ROWS = 40
LEGEND = 12

HOW_TO_READ = (
    "Each row is one address, in order of first appearance; time runs to the right; the colour "
    "is the network (ASN). A staircase that goes on means that addresses keep being replaced; "
    "rows that come back mean a closed pool. Below: the distinct addresses seen so far, with a "
    "mark for each refresh, and the TTL."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How the pictures of a report are drawn."""

    palette: Palette
    defanged: bool = True


def figure(
    timeline: Timeline, servers: Timeline | None, style: Style, *, most: int
) -> Markup | None:
    """Draw *timeline*, and the addresses of its name servers on the same axis if known."""
    known = [timeline] if servers is None else [timeline, servers]
    extent = series.extent(known)
    if extent is None:
        return None
    scale = Scale(extent=extent, left=LEFT, width=WIDTH, right=RIGHT)
    drawn = _drawn(timeline, "addresses", scale, style, most)
    ttl = ttl_strip(timeline, scale)
    no_ttl = element("p", "TTL: not observable in this input.", class_="muted")
    plots = [drawn.picture, growth_strip(timeline, scale), ttl or no_ttl]
    captions = [HOW_TO_READ, _left_out(drawn)]
    if servers is not None and servers.rows:
        second = _drawn(servers, "name-server addresses", scale, style, most)
        plots += [element("h3", "Addresses of the name servers"), second.picture]
        plots.append(growth_strip(servers, scale))
        captions.append(_left_out(second, "of the name servers"))
    return element(
        "figure",
        scrolling(element("div", *plots, class_="figure-plots"), "picture of the addresses"),
        element("figcaption", " ".join(filter(None, captions))),
        legend(known, style.palette),
    )


def small_figure(timeline: Timeline, style: Style) -> Markup | None:
    """Draw the first rows of *timeline* without axis or labels."""
    extent = series.extent([timeline])
    if extent is None or not timeline.rows:
        return None
    scale = Scale(extent=extent, left=0, width=SMALL_WIDTH, right=0)
    drawn = raster(
        timeline,
        scale,
        style.palette,
        most=SMALL_ROWS,
        title=f"{_addresses(min(len(timeline.rows), SMALL_ROWS))} over time",
        defanged=style.defanged,
    )
    span = f"{extent.first:%Y-%m-%d %H:%M} to {extent.last:%Y-%m-%d %H:%M} UTC"
    said = " ".join(filter(None, (f"{_addresses(drawn.rows)}, {span}.", _left_out(drawn))))
    return element("figure", drawn.picture, element("figcaption", said))


def legend(timelines: list[Timeline], palette: Palette) -> Markup:
    """Return the networks that hold most addresses, with their colour and number."""
    networks = series.by_network(row for timeline in timelines for row in timeline.rows)
    items: list[Part] = [_key(network, palette) for network in networks[:LEGEND]]
    rest = networks[LEGEND:]
    if rest:
        amount = sum(network.addresses for network in rest)
        more = f"and {measures.amount(len(rest), 'more network')}"
        items.append(element("li", more, element("span", f"{amount:,}", class_="count")))
    return element("ul", joined(items), class_="legend", aria_label="networks by addresses")


def _key(network: series.Network, palette: Palette) -> Markup:
    look = palette.look(network.asn)
    paint = look.stroke if look else "currentColor"
    swatch = element(
        "svg",
        void("rect", width=14, height=10, fill=paint),
        viewBox="0 0 14 10",
        class_=look.classes if look else "nx",
        aria_hidden="true",
    )
    where = ", ".join(network.countries)
    who = " ".join(filter(None, (network.label, network.holder, f"({where})" if where else "")))
    count = element("span", f"{network.addresses:,}", class_="count")
    return element("li", swatch, element("span", who, class_="who", title=who), count)


def _drawn(timeline: Timeline, what: str, scale: Scale, style: Style, most: int) -> Raster:
    shown = min(len(timeline.rows), most)
    title = f"{shown:,} {what} in order of first appearance, over time"
    return raster(timeline, scale, style.palette, most=most, title=title, defanged=style.defanged)


def _addresses(number: int) -> str:
    return measures.amount(number, "address", "addresses")


def _left_out(drawn: Raster, whose: str = "") -> str:
    said = []
    if drawn.left_out:
        counted = " ".join(filter(None, (_addresses(drawn.left_out), whose)))
        said.append(f"Not drawn, beyond the first {drawn.rows:,}: {counted}.")
    if drawn.merged:
        said.append(f"Gaps of up to {measures.amount(drawn.merged, 'pixel')} are closed.")
    return " ".join(said)
