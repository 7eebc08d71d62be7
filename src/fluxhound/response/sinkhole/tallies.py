"""Visits added up, so that a flood of them stays a few rows."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import NamedTuple

from fluxhound.response.sinkhole.limits import Limits, client_network
from fluxhound.response.sinkhole.probes import is_odd, is_probe
from fluxhound.response.sinkhole.visit import FIRST_OCTETS, End, Visit

HOUR_S = 3_600
#: Stands for whatever is beyond a bound: names, fingerprints, clients.
OTHERS = "*"


class Key(NamedTuple):
    """What visits have in common that are one row."""

    hour: int  # hours since 1970-01-01 UTC
    client: str  # address; a network or OTHERS beyond the bounds
    name: str  # "" if the client told none
    address: str  # of ours that it called
    port: int
    protocol: str
    ja4: str


@dataclass(slots=True)
class Row:
    """The sums of one key, and samples: of its first visit, and the port of its last."""

    ja3: str
    agent: str
    path: str
    opening: str  # first octets, hexadecimal, of what is neither TLS nor HTTP
    client_port: int
    first: float
    last: float
    count: int = 0
    octets: int = 0
    answered: int = 0
    odd: int = 0
    probes: int = 0

    def add(self, visit: Visit) -> None:
        """Add one visit."""
        self.first = min(self.first, visit.time)
        if visit.time >= self.last:
            self.last, self.client_port = visit.time, visit.client_port
        self.agent = self.agent or visit.agent
        self.path = self.path or visit.path
        self.count += 1
        self.octets += visit.octets
        self.answered += visit.end is End.ANSWERED
        self.odd += is_odd(visit)
        self.probes += is_probe(visit)


class Tallies:
    """Rows that are not in the store yet, within bounds whatever is sent."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._rows: dict[Key, Row] = {}
        self._hour = 0
        self._known: set[int] = set()  # hashes of this hour's keys
        self._keys_of: dict[str, int] = {}  # client -> keys of this hour
        self.folded = 0  # visits that are in the rows for whatever is beyond a bound

    def __len__(self) -> int:
        """Return the number of rows that wait."""
        return len(self._rows)

    def add(self, visit: Visit) -> None:
        """Add one visit to its row, or to one that stands for many."""
        hour = int(visit.time // HOUR_S)
        if hour != self._hour:
            self._hour, self._known, self._keys_of = hour, set(), {}
        key = self._bounded(_key(visit, hour))
        if len(self._rows) >= 2 * self._limits.rows_per_hour and key not in self._rows:
            # The store has taken nothing for long: the counts go on, and who it was does not.
            key = Key(hour, OTHERS, OTHERS, "", 0, OTHERS, OTHERS)
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = _row(visit)
        row.add(visit)

    def rows(self) -> list[tuple[object, ...]]:
        """Return all rows that wait, as the columns of the store."""
        return [(*key, *astuple(row)) for key, row in self._rows.items()]

    def clear(self) -> None:
        """Forget the rows, which are in the store now."""
        self._rows = {}

    def _bounded(self, key: Key) -> Key:
        mark = hash(key)
        if mark in self._known:
            return key
        limits = self._limits
        full = len(self._known) >= limits.rows_per_hour
        if not full and self._keys_of.get(key.client, 0) < limits.keys_per_client:
            self._known.add(mark)
            self._keys_of[key.client] = self._keys_of.get(key.client, 0) + 1
            return key
        self.folded += 1
        client = key.client if not full else client_network(key.client)
        folded = Key(key.hour, client, OTHERS, "", 0, OTHERS, OTHERS)
        if full and hash(folded) not in self._known:
            if len(self._known) >= 2 * limits.rows_per_hour:
                return folded._replace(client=OTHERS)
            self._known.add(hash(folded))
        return folded


def _key(visit: Visit, hour: int) -> Key:
    return Key(
        hour, visit.client, visit.name, visit.address, visit.port, visit.protocol.value, visit.ja4
    )


def _row(visit: Visit) -> Row:
    raw = not visit.hello and not visit.request
    return Row(
        ja3=visit.ja3,
        agent=visit.agent,
        path=visit.path,
        opening=visit.first[:FIRST_OCTETS].hex() if raw else "",
        client_port=visit.client_port,
        first=visit.time,
        last=visit.time,
    )
