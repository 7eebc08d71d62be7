"""Numbers along time, taken from a timeline: extent, growth, TTL, stretches merged to pixels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fluxhound.records import AddressRow, AddressSpan, Change, Timeline
from fluxhound.sharing.glyphs import SPARKS


@dataclass(frozen=True, slots=True)
class Extent:
    """The stretch of time that a picture shows; never empty."""

    first: datetime
    last: datetime

    @property
    def seconds(self) -> float:
        """Return its length in seconds, at least one."""
        return max((self.last - self.first).total_seconds(), 1.0)

    def part(self, time: datetime) -> float:
        """Return where *time* lies, from 0 (first) to 1 (last)."""
        return min(max((time - self.first).total_seconds() / self.seconds, 0.0), 1.0)


@dataclass(frozen=True, slots=True)
class Growth:
    """Distinct addresses seen up to each time; ``complete`` if none were left out."""

    steps: tuple[tuple[datetime, int], ...]
    complete: bool

    @property
    def total(self) -> int:
        """Return the last count."""
        return self.steps[-1][1] if self.steps else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """One autonomous system and how many of the addresses it holds."""

    asn: int | None
    holder: str
    addresses: int
    countries: tuple[str, ...]

    @property
    def label(self) -> str:
        """Return its number as text."""
        return asn_label(self.asn)


def extent(timelines: Iterable[Timeline]) -> Extent | None:
    """Return the time that *timelines* cover together, or ``None`` when they are empty."""
    times = [time for timeline in timelines for time in _times(timeline)]
    return Extent(min(times), max(times)) if times else None


def growth(timeline: Timeline) -> Growth:
    """Return the growth of distinct addresses, from the source that is complete if there is one.

    Rows tell first appearances exactly; when some were left out, the refreshes still count all
    new addresses, unless some of those were left out as well.
    """
    if timeline.rows_left_out and timeline.changes and not timeline.changes_left_out:
        events = [(change.time, change.new) for change in timeline.changes]
    else:
        events = [(row.spans[0].first, 1) for row in timeline.rows if row.spans]
    complete = not (timeline.rows_left_out and timeline.changes_left_out)
    if timeline.rows_left_out and not timeline.changes:
        complete = False
    steps: dict[datetime, int] = {}
    total = 0
    for time, new in sorted(events):
        total += new
        steps[time] = total
    return Growth(tuple(steps.items()), complete)


def ttl_steps(changes: Iterable[Change]) -> tuple[tuple[datetime, int], ...]:
    """Return the largest TTL at each refresh, where it was recorded."""
    steps: dict[datetime, int] = {}
    for change in changes:
        if change.ttl is not None:
            steps[change.time] = max(change.ttl, steps.get(change.time, 0))
    return tuple(sorted(steps.items()))


def pixels(spans: Sequence[AddressSpan], within: Extent, width: int) -> list[tuple[int, int]]:
    """Return stretches as (start, length) on *width* pixels, those that touch merged.

    A stretch is at least one pixel long, or it would not be seen.
    """
    first, whole = within.first, within.seconds
    pieces = []
    for span in spans:
        start = int((span.first - first).total_seconds() * width / whole)
        end = round((span.last - first).total_seconds() * width / whole)
        start = min(max(start, 0), width - 1)
        pieces.append((start, min(max(end, start + 1), width) - start))
    return closed(sorted(pieces), 0)


def closed(pieces: Sequence[tuple[int, int]], gap: int) -> list[tuple[int, int]]:
    """Return sorted stretches with those *gap* pixels or less apart made one."""
    merged: list[tuple[int, int]] = []
    for start, length in pieces:
        if merged and start <= sum(merged[-1]) + gap:
            begun, known = merged[-1]
            merged[-1] = (begun, max(known, start + length - begun))
        else:
            merged.append((start, length))
    return merged


def sparkline(steps: Sequence[tuple[datetime, int]], within: Extent, width: int) -> str:
    """Return *width* bars: the value that held at the end of each stretch of time."""
    if not steps or width < 1:
        return ""
    top = max(value for _, value in steps) or 1
    levels = [0] * width
    for time, value in steps:
        place = min(int(within.part(time) * width), width - 1)
        levels[place] = max(levels[place], value)
    held = 0
    bars = []
    for level in levels:
        held = max(held, level)
        bars.append(SPARKS[min(held * len(SPARKS) // (top + 1), len(SPARKS) - 1)] if held else " ")
    return "".join(bars)


def by_network(rows: Iterable[AddressRow]) -> list[Network]:
    """Return the networks that hold the addresses, the one with most first."""
    held: dict[int | None, list[AddressRow]] = {}
    for row in rows:
        held.setdefault(row.facts.asn, []).append(row)
    counted = [
        Network(
            asn=asn,
            holder=members[0].facts.holder,
            addresses=len(members),
            countries=tuple(sorted({row.facts.country for row in members if row.facts.country})),
        )
        for asn, members in held.items()
    ]
    return sorted(counted, key=lambda n: (-n.addresses, n.asn is None, n.asn or 0))


def asn_label(asn: int | None) -> str:
    """Return how an ASN is written; where the tables know none, that is said."""
    return "no ASN data" if asn is None else f"AS{asn}"


def ticks(within: Extent, most: int) -> list[tuple[datetime, str]]:
    """Return at most *most* round times inside the extent, each with a label in UTC."""
    step = next((s for s in _STEPS if within.seconds / s <= most), None)
    if step is None:
        step = _STEPS[-1] * -(-int(within.seconds) // (_STEPS[-1] * most))
    epoch = within.first.timestamp()
    start = -(-int(epoch) // step) * step
    moments = range(start, int(within.last.timestamp()) + 1, step)
    times = [within.first + timedelta(seconds=moment - epoch) for moment in moments]
    return [(time, _label(time, step)) for time in times[: most + 1]]


#: Steps between ticks, in seconds: the divisions people know from clocks and calendars.
_STEPS = (1, 5, 15, 60, 300, 900, 3_600, 10_800, 21_600, 43_200, 86_400, 604_800, 2_592_000)


def _label(time: datetime, step: int) -> str:
    if step >= 86_400:  # noqa: PLR2004 - a day
        return time.strftime("%Y-%m-%d")
    if step < 60:  # noqa: PLR2004 - a minute
        return time.strftime("%H:%M:%S")
    midnight = (time.hour, time.minute) == (0, 0)
    return time.strftime("%m-%d" if midnight else "%H:%M")


def _times(timeline: Timeline) -> Iterable[datetime]:
    for row in timeline.rows:
        for span in row.spans:
            yield span.first
            yield span.last
    for change in timeline.changes:
        yield change.time
