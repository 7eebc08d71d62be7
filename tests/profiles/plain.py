"""The measures by their definitions (literature section 5.2), slow and plain, from history rows."""

from __future__ import annotations

import ipaddress
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby, pairwise
from statistics import mean, median

from tests.profiles.building import DAY, HOUR, Row

Units = frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One history row: an answer set within an hour at one sensor."""

    sensor: str
    type: str
    text: tuple[str, ...]
    first: float
    last: float
    ttl: int | None

    @property
    def units(self) -> Units:
        return frozenset(map(unit, self.text))


def unit(address: str) -> str:
    """Return what counts as one address: the /64 of IPv6."""
    parsed = ipaddress.ip_address(address)
    if parsed.version == 4:
        return address
    return str(ipaddress.ip_network((parsed, 64), strict=False))


def sightings(rows: Iterable[Row]) -> list[Sighting]:
    """Return the history of one name, as the store keeps it, in order of time."""
    groups: dict[tuple[int, str, str, tuple[str, ...]], list[Row]] = defaultdict(list)
    for each in rows:
        text = tuple(sorted(set(each["answers"].split(","))))
        hour = int(each["time"] // HOUR)
        groups[hour, each["sensor"], each["type"], text].append(each)
    found = [
        Sighting(
            sensor=sensor,
            type=kind,
            text=text,
            first=min(r["time"] for r in group),
            last=max(r["time"] for r in group),
            ttl=max((r["ttl"] for r in group if r["ttl"] is not None), default=None),
        )
        for (_, sensor, kind, text), group in groups.items()
    ]
    return sorted(found, key=lambda s: s.first)


def epochs(history: Sequence[Sighting]) -> list[list[Sighting]]:
    """Return, for each sensor and type, what is left when consecutive equal sets are merged."""

    def place(s: Sighting) -> tuple[str, str]:
        return s.sensor, s.type

    return [
        [next(run) for _, run in groupby(track, key=lambda s: s.text)]
        for _, track in groupby(sorted(history, key=place), key=place)
    ]


def turns(history: Sequence[Sighting]) -> list[Sighting]:
    """Return the epochs of all sensors in order, a set that several show in turn once."""
    found: list[Sighting] = []
    last: dict[str, tuple[str, ...]] = {}
    for epoch in sorted((e for track in epochs(history) for e in track), key=lambda e: e.first):
        if last.get(epoch.type) != epoch.text:
            found.append(epoch)
        last[epoch.type] = epoch.text
    return found


def new_rates(history: Sequence[Sighting]) -> list[float | None]:
    """A1: the share of each turn that was never seen before; None for the first of its type."""
    seen: set[str] = set()
    begun: set[str] = set()
    shares: list[float | None] = []
    for turn in turns(history):
        share = len(turn.units - seen) / len(turn.units)
        shares.append(share if turn.type in begun else None)
        begun.add(turn.type)
        seen |= turn.units
    return shares


def heaps(history: Sequence[Sighting]) -> float | None:
    """A2: slope of log distinct on log turns, at turns 1, 2, 4, 8 ... and the last."""
    shown = turns(history)
    if len(shown) < 5:
        return None
    points = []
    for m in range(1, len(shown) + 1):
        if m & (m - 1) == 0 or m == len(shown):
            union = frozenset[str]().union(*(t.units for t in shown[:m]))
            points.append((math.log(m), math.log(len(union))))
    mx, my = mean(x for x, _ in points), mean(y for _, y in points)
    return sum((x - mx) * (y - my) for x, y in points) / sum((x - mx) ** 2 for x, _ in points)


def fluxiness(history: Sequence[Sighting]) -> float:
    """A3: distinct units over the mean size of an epoch."""
    union = frozenset[str]().union(*(s.units for s in history))
    return len(union) / mean(len(e.units) for track in epochs(history) for e in track)


def changes(history: Sequence[Sighting]) -> list[float]:
    """Times between one epoch and the next, of one sensor and type."""
    return [b.first - a.first for track in epochs(history) for a, b in pairwise(track)]


def change_ratio(history: Sequence[Sighting]) -> float | None:
    """A5, with the largest TTL: below a cache the median is a matter of luck."""
    ttl = max((s.ttl for s in history if s.ttl is not None), default=0)
    between = changes(history)
    return median(between) / ttl if between and ttl else None


def return_rate(history: Sequence[Sighting], absence: float = 6 * HOUR) -> float | None:
    """A7: of absences of six hours with a chance to return, how many ended."""
    starts = sorted(e.first for track in epochs(history) for e in track)
    spans: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for s in history:
        for u in s.units:
            spans[u].append((s.first, s.last))
    returns = departures = 0
    for seen in spans.values():
        seen.sort()
        returns += sum(b[0] - a[1] >= absence for a, b in pairwise(seen))
        gone = max(last for _, last in seen) + absence
        departures += sum(start > gone for start in starts) >= 5
    return returns / (returns + departures) if returns + departures else None


def chapman(first: set[str], second: set[str]) -> float:
    """B2: the size of the population by capture and recapture (Chapman 1951)."""
    return (len(first) + 1) * (len(second) + 1) / (len(first & second) + 1) - 1


def retention(history: Sequence[Sighting], lag: int) -> float | None:
    """B1: mean over pairs of days of common * mean size / (seen * seen), at most 1."""
    halves: dict[int, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
    for i, turn in enumerate(turns(history), 1):
        halves[int(turn.first // DAY)][i % 2].update(turn.units)
    valid = {
        day: (a | b, chapman(a, b))
        for day, (a, b) in halves.items()
        if len(a & b) >= 7 and len(a | b) >= 20
    }
    rhos = [
        len(x & y) * (nx + ny) / 2 / (len(x) * len(y))
        for day, (x, nx) in valid.items()
        if day + lag in valid
        for y, ny in [valid[day + lag]]
    ]
    return min(mean(rhos), 1.0) if rhos else None


def agreement(history: Sequence[Sighting]) -> float | None:
    """E1: mean Jaccard index of what two sensors began to show within one TTL."""
    shown = sorted((e for track in epochs(history) for e in track), key=lambda e: e.first)[:64]
    found = []
    for one, other in combinations(shown, 2):
        a, b = sorted((one, other), key=lambda e: e.sensor)
        within = 300 if a.ttl is None else a.ttl
        if a.sensor != b.sensor and a.type == b.type and abs(a.first - b.first) <= within:
            found.append(len(a.units & b.units) / len(a.units | b.units))
    return mean(found) if found else None


def entropy(values: Iterable[object]) -> float:
    """Entropy in bits."""
    counts = Counter(values)
    total = counts.total()
    return -sum(n / total * math.log2(n / total) for n in counts.values())
