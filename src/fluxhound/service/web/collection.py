"""What a TAXII collection holds: objects of the findings that stand, with when each was added.

When an object was added is kept in memory: after a restart all are new, and receivers read them
once more, which changes nothing for them, as identifiers and versions stay.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import orjson

from fluxhound.intel.indicator import Tlp
from fluxhound.records import EntityKind, Finding
from fluxhound.sharing.outbound import PRODUCER, Offer, Terms, outbound
from fluxhound.sharing.past import NOTHING
from fluxhound.sharing.stix.fixed import identity
from fluxhound.sharing.stix.graph import graph
from fluxhound.sharing.stix.identifiers import MARKINGS, Object, marking

#: Findings in the collection, the most severe: some ten objects and 7 KiB each. Chosen.
MOST_FINDINGS = 5_000
#: What stands is looked at again after this time.
REFRESH_S = 60.0
#: A finding that only went on is told again when it was seen so much later: its indicator is valid
#: for days, and receivers need not read it anew each minute.
STEP = timedelta(hours=6)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One object in its one version."""

    id: str
    type: str
    added: int  # microseconds since 1970-01-01 UTC, each of its own
    version: str
    tlp: Tlp
    octets: bytes = field(repr=False)

    @property
    def date_added(self) -> str:
        """Return when it was added, by RFC 3339."""
        return written(self.added)


def written(microseconds: int) -> str:
    """Return a time by RFC 3339 with all of its microseconds.

    >>> written(1_795_154_400_000_001)
    '2026-11-20T06:00:00.000001Z'
    """
    moment = _EPOCH + timedelta(microseconds=microseconds)
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


_Key = tuple[EntityKind, str]


class Collection:
    """The collection; it is brought up to date when it is asked for."""

    def __init__(
        self,
        findings: Callable[[], Sequence[Finding]],
        terms: Callable[[], Terms],
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        most: int = MOST_FINDINGS,
    ) -> None:
        self._findings = findings
        self._terms = terms
        self._clock = clock
        self._wall = wall
        self._most = most
        self._lock = threading.Lock()
        self._held: dict[str, Held] = {}
        self._told: dict[_Key, tuple[object, frozenset[str]]] = {}
        self._listed: tuple[Held, ...] = ()
        self._fresh_until = float("-inf")
        self._stamp = 0

    def held(self, ceiling: Tlp) -> list[Held]:
        """Return what a receiver may see, in the order in which it was added."""
        with self._lock:
            if self._clock() >= self._fresh_until:
                self._refresh()
                self._fresh_until = self._clock() + REFRESH_S
            listed = self._listed
        return [each for each in listed if each.tlp <= ceiling]

    def _refresh(self) -> None:
        terms = self._terms()
        offers = outbound(self._findings(), terms).offers[: self._most]
        levels = sorted({Tlp.CLEAR, *(offer.tlp for offer in offers)})
        self._take([*map(marking, levels), identity(PRODUCER)])
        told: dict[_Key, tuple[object, frozenset[str]]] = {}
        for offer in offers:
            key = (offer.finding.entity, offer.finding.name)
            sign = _sign(offer)
            known = self._told.get(key)
            if known is not None and known[0] == sign:
                told[key] = known
            else:
                objects = graph(offer, NOTHING, terms)
                told[key] = (sign, self._take(objects))
        self._told = told
        lasting = {identity(PRODUCER)["id"], *MARKINGS.values()}
        kept = lasting.union(*(ids for _, ids in told.values()))
        self._held = {each: held for each, held in self._held.items() if each in kept}
        self._listed = tuple(sorted(self._held.values(), key=lambda held: held.added))

    def _take(self, objects: Iterable[Object]) -> frozenset[str]:
        """Add objects that are new, or of a later version, or seen by more; return them all."""
        ids = set()
        for each in objects:
            ids.add(each["id"])
            version = each.get("modified") or each.get("created") or ""
            level = _marked(each)
            known = self._held.get(each["id"])
            if known is None or level < known.tlp or (version and known.version < version):
                self._held[each["id"]] = self._new(each, version, level)
        return frozenset(ids)

    def _new(self, thing: Object, version: str, tlp: Tlp) -> Held:
        self._stamp = max(int(self._wall() * 1e6), self._stamp + 1)
        return Held(
            id=thing["id"],
            type=thing["type"],
            added=self._stamp,
            version=version or written(self._stamp),  # TAXII 2.1, section 3.4: when it was added
            tlp=tlp,
            octets=orjson.dumps(thing),
        )


_LEVELS = {identifier: level for level, identifier in MARKINGS.items()}


def _marked(thing: Object) -> Tlp:
    """Return the level that an object itself tells; a marking is seen by those who may see it."""
    refs = thing.get("object_marking_refs") or [thing["id"]]
    return max((_LEVELS[ref] for ref in refs if ref in _LEVELS), default=Tlp.CLEAR)


def _sign(offer: Offer) -> object:
    finding = offer.finding
    step = (finding.last_seen - _EPOCH) // STEP
    return (finding.verdict, finding.severity, round(finding.flux, 2), offer.tlp, step)
