"""Which entry decides about a name or an address, and why.

The order: an analyst's word, the most specific first; then what a source allows; then what sources
list, if it has not expired; then what only tells what something is. A URL never decides about its
host, which may serve others.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pyarrow as pa

from fluxhound.history.names import canonical_name
from fluxhound.intel.decay import weights
from fluxhound.intel.entries import entries, entry_table
from fluxhound.intel.indicator import Kind, Tlp, joined
from fluxhound.intel.matching import How, Matcher, Matches
from fluxhound.intel.services import known_service
from fluxhound.intel.shelf import Shelf
from fluxhound.intel.source import Purpose

ANALYST = "analyst"
BUILT_IN = "built-in"


class Stand(StrEnum):
    """What is thought of a name or an address, the first that applies."""

    ALLOWED = "allowed"
    DENIED = "denied"
    LISTED = "listed"  # a source says it is hostile
    CONTEXT = "context"  # something is known about it, nothing decides
    EXPIRED = "expired"  # it was listed, too long ago to act on
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One entry that speaks about what was asked."""

    stand: Stand
    source: str
    value: str
    kind: Kind
    how: How
    weight: float = 0.0  # 0 to 1
    text: str = ""  # one sentence
    label: str = ""
    comment: str = ""
    tlp: Tlp = Tlp.UNMARKED
    first_seen: float | None = None
    last_seen: float | None = None
    valid_until: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What is thought of a name or an address, and why; the first reason decides."""

    name: str
    stand: Stand
    reasons: tuple[Reason, ...]
    weight: float  # of all sources that list it and have not expired, 0 to 1

    @property
    def blocks(self) -> bool:
        """Tell whether it may be blocked for this."""
        return self.stand in {Stand.DENIED, Stand.LISTED}


_ORDER = {stand: place for place, stand in enumerate(Stand)}


class Decider:
    """The shelf as it stands at one time, ready to be asked."""

    def __init__(self, shelf: Shelf, *, now: float) -> None:
        """Read the shelf; *now* is in seconds since 1970-01-01 UTC."""
        self.hear(shelf, now=now)
        self._purposes: list[Purpose] = []
        tables, weight, expired, origin = [], [], [], []
        for number, source in enumerate(shelf.sources()):
            table = shelf.indicators(source.name)
            fetched = shelf.standing(source.name).fetched or now
            weighed = weights(
                table, trust=source.trust, half_lives=source.half_lives, fetched=fetched, now=now
            )
            self._purposes.append(source.purpose)
            tables.append(table)
            weight.append(weighed.weight)
            expired.append(weighed.expired)
            origin.append(np.full(table.num_rows, number))
        self._matcher = Matcher(joined(tables))
        self._weight = np.concatenate(weight) if weight else np.zeros(0)
        self._expired = np.concatenate(expired) if expired else np.zeros(0, dtype=np.bool_)
        self._origin = np.concatenate(origin) if origin else np.zeros(0, dtype=np.int64)

    def with_entries_of(self, shelf: Shelf, *, now: float) -> Decider:
        """Return the same with what analysts say now: quick, where only that has changed."""
        found = copy.copy(self)
        found.hear(shelf, now=now)
        return found

    def hear(self, shelf: Shelf, *, now: float) -> None:
        """Take what analysts say now."""
        self._entries = entries(shelf, now=now)
        self._by_analyst = Matcher(entry_table(self._entries))

    @functools.cached_property
    def hostile(self) -> Matcher:
        """Return what sources list as hostile, without URLs, indexed: to search a history for."""
        kinds = self._matcher.indicators["kind"].to_numpy()
        allow = self._matcher.indicators["allow"].to_numpy()
        blocks = np.array([purpose is Purpose.BLOCK for purpose in self._purposes], dtype=np.bool_)
        wanted = (kinds != Kind.URL) & ~allow & ~self._expired
        if len(blocks):
            wanted &= blocks[self._origin]
        if wanted.all():
            return self._matcher
        return Matcher(self._matcher.indicators.filter(pa.array(wanted)))

    @property
    def matcher(self) -> Matcher:
        """Return the indicators of all sources, indexed."""
        return self._matcher

    def verdict_on(self, name: str) -> Opinion:
        """Return what is thought of one name, address or host, and which entry decides."""
        return self.verdicts_on([name])[0]

    def verdicts_on(self, names: Iterable[str]) -> list[Opinion]:
        """Return what is thought of each of *names*, which may be names and addresses."""
        asked = [canonical_name(name.strip()) for name in names]
        column = pa.array(asked, pa.string())
        reasons: list[list[Reason]] = [[] for _ in asked]
        for matcher, explain in (
            (self._by_analyst, self._analyst),
            (self._matcher, self._source),
        ):
            for matches in (matcher.names(column), matcher.addresses(column)):
                _spread(matches, explain, reasons)
        for found, name in zip(reasons, asked, strict=True):
            found.extend(_service(name))
        return [_opinion(name, found) for name, found in zip(asked, reasons, strict=True)]

    def _analyst(self, place: int, how: How) -> Reason:
        entry = self._entries[place]
        covers = "alone" if entry.kind is Kind.HOST else "and all below it"
        return Reason(
            stand=Stand.ALLOWED if entry.allow else Stand.DENIED,
            source=ANALYST,
            value=entry.value,
            kind=entry.kind,
            how=how,
            weight=1.0,
            text=f"{entry.owner or 'An analyst'} says {entry.word} "
            f"({entry.value} {covers}): {entry.reason}",
            comment=entry.reason,
            first_seen=entry.created,
            valid_until=entry.expires,
        )

    def _source(self, place: int, how: How) -> Reason:
        row = self._matcher.indicators.slice(place, 1).to_pylist()[0]
        purpose = self._purposes[int(self._origin[place])]
        expired = bool(self._expired[place])
        stand = _stand(purpose, how, allow=row["allow"], expired=expired)
        return Reason(
            stand=stand,
            source=row["source"],
            value=row["value"],
            kind=Kind(row["kind"]),
            how=how,
            weight=float(self._weight[place]),
            text=_sentence(stand, row, how),
            label=row["label"],
            comment=row["comment"],
            tlp=Tlp(row["tlp"]),
            first_seen=row["first_seen"],
            last_seen=row["last_seen"],
            valid_until=row["valid_until"],
        )


def _stand(purpose: Purpose, how: How, *, allow: bool, expired: bool) -> Stand:
    if how is How.URL_HOST or purpose is Purpose.CONTEXT:
        return Stand.CONTEXT
    if expired:
        return Stand.EXPIRED
    return Stand.ALLOWED if allow or purpose is Purpose.ALLOW else Stand.LISTED


def _sentence(stand: Stand, row: dict[str, object], how: How) -> str:
    """Return why an indicator speaks about what was asked."""
    reached = {
        How.EXACT: "lists it",
        How.BELOW: f"lists {row['value']} and all below it",
        How.NETWORK: f"lists the network {row['value']}",
        How.URL_HOST: f"lists a URL on it, {row['value']}",
    }[how]
    label = f" as {row['label']}" if row["label"] else ""
    ending = {
        Stand.EXPIRED: ", too long ago to act on",
        Stand.ALLOWED: ", to be let pass",
        Stand.CONTEXT: ", which decides nothing",
    }.get(stand, "")
    return f"{row['source']} {reached}{label}{ending}"


def _spread(
    matches: Matches, explain: Callable[[int, How], Reason], reasons: list[list[Reason]]
) -> None:
    for row, place, how in zip(
        matches.row.tolist(), matches.indicator.tolist(), matches.how.tolist(), strict=True
    ):
        reasons[row].append(explain(place, How(how)))


def _service(name: str) -> list[Reason]:
    known = known_service(name)
    if known is None:
        return []
    verdict, why = known
    return [
        Reason(
            stand=Stand.CONTEXT,
            source=BUILT_IN,
            value=name,
            kind=Kind.DOMAIN,
            how=How.BELOW,
            text=f"it is a known {verdict.value}: {why}",
        )
    ]


def _opinion(name: str, reasons: list[Reason]) -> Opinion:
    # Matches come the most specific first, and no value has two entries.
    analysts = [reason for reason in reasons if reason.source == ANALYST]
    others = [reason for reason in reasons if reason.source != ANALYST]
    others.sort(key=lambda r: (_ORDER[r.stand], -r.weight, r.how, -len(r.value)))
    ordered = (*analysts, *others)
    return Opinion(
        name=name,
        stand=ordered[0].stand if ordered else Stand.UNKNOWN,
        reasons=ordered,
        weight=together(reasons),
    )


def together(reasons: Iterable[Reason]) -> float:
    """Return the weight of what sources list: 1 minus the product of the doubts (noisy-or).

    Each source counts once, with its heaviest indicator (Pearl 1988, section 4.3.2).
    """
    heaviest: dict[str, float] = {}
    for reason in reasons:
        if reason.stand is Stand.LISTED:
            heaviest[reason.source] = max(heaviest.get(reason.source, 0.0), reason.weight)
    doubt = 1.0
    for weight in heaviest.values():
        doubt *= 1.0 - weight
    return 1.0 - doubt
