"""How broad names and registered domains have shown themselves: what could pass the gate.

Counters, not histories: for each name the sum and the largest of its different answers, for each
registered domain also up to four different networks. Sums over answers are never less than the
distinct addresses that the gate (profiles/gate.py) counts, so whatever passes the gate passes here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fluxhound.service.columns import Columns
from fluxhound.service.novelty import KeyTable

Keys = NDArray[np.uint64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

#: The counts of the gate (profiles/gate.py).
CHANGED = 2
NAME_ADDRESSES, NAME_NETWORKS = 5, 3
DOMAIN_NAMES, DOMAIN_ADDRESSES, DOMAIN_NETWORKS = 2, 8, 4

#: Of a name: its domain's number, the sums and the largest of its answers by family, last asked.
_OF_NAMES = {
    "key": "u8",
    "domain": "i4",
    "sum4": "u4",
    "sum6": "u4",
    "most4": "u2",
    "most6": "u2",
    "asked": "u4",
}
#: Of a registered domain: names, the sum of addresses, different answers, networks, new
#: addresses on access lines, whether it passed; since when it has passed with an answer that no
#: look has seen (0: never); and what attention needs (see ``attention``).
_OF_DOMAINS: dict[str, str | tuple[str, int]] = {
    "key": "u8",
    "names": "u4",
    "sum": "u4",
    "texts": "u4",
    "networks": ("u4", DOMAIN_NETWORKS),
    "lines": "u4",
    "passed": "?",
    "due_at": "u4",
    "state": "u1",
    "odds": "f4",
    "hot": "?",
    "heard": "?",
    "fill": "u1",
    "changed_at": "f8",
    "rested_at": "f8",
    "pause": "f4",
}


class Breadth:
    """Counters of at most about *most_names* names; those not asked for the longest go first."""

    def __init__(self, most_names: int) -> None:
        """Begin without names."""
        self._most = most_names
        self.names = Columns(_OF_NAMES)
        self.domains = Columns(_OF_DOMAINS)
        self._name_numbers, self._domain_numbers = KeyTable(), KeyTable()
        self._moment = 0
        self.forgotten = 0

    @property
    def octets(self) -> int:
        """Return the memory of all counters in bytes."""
        tables = self._name_numbers.octets + self._domain_numbers.octets
        return tables + self.names.octets + self.domains.octets

    def names_at(self, keys: Keys) -> Ints:
        """Return the numbers of names by their keys, -1 for unknown ones."""
        return self._name_numbers.find(keys)

    def domains_at(self, keys: Keys) -> Ints:
        """Return the numbers of registered domains by their keys, -1 for unknown ones."""
        return self._domain_numbers.find(keys)

    def asked(self, names: Ints) -> None:
        """Note that names were asked for just now."""
        self._moment += 1
        self.names["asked"][names] = self._moment

    def add(self, keys: Keys, domains: Keys) -> None:
        """Add names, all different and unknown, and their registered domains (by their keys)."""
        distinct, place = np.unique(domains, return_inverse=True)
        unknown = distinct[self._domain_numbers.find(distinct) < 0]
        self.domains.grow(len(unknown))
        self.domains["key"][self._domain_numbers.add(unknown)] = unknown
        numbers = self._domain_numbers.find(distinct)
        self.names.grow(len(keys))
        rows = self._name_numbers.add(keys)
        self.names["key"][rows] = keys
        self.names["domain"][rows] = numbers[place]
        self.names["asked"][rows] = self._moment
        self.domains["names"][numbers] += np.bincount(place, minlength=len(numbers)).astype(
            np.uint32
        )

    def widen(self, names: Ints, ipv4: Ints, ipv6: Ints, *, at: float = 0.0) -> None:
        """Count one new answer, taken *at*, for each of *names*, with so many addresses."""
        for family, sizes in (("4", ipv4), ("6", ipv6)):
            np.add.at(self.names["sum" + family], names, sizes.astype(np.uint32))
            np.maximum.at(self.names["most" + family], names, sizes.astype(np.uint16))
        domains = self.domain_of(names)
        np.add.at(self.domains["sum"], domains, (ipv4 + ipv6).astype(np.uint32))
        np.add.at(self.domains["texts"], domains, np.uint32(1))
        since = self.domains["changed_at"]
        kept = self.domains["passed"][domains] & (since[domains] > 0)
        since[domains] = np.where(kept, since[domains], at)

    def spread(self, names: Ints, networks: Keys) -> None:
        """Note networks that *names* showed an address in."""
        pairs = np.stack(
            [
                self.domain_of(names).astype(np.uint64),
                (networks >> np.uint64(32)) | np.uint64(1),  # 0 marks a free place
            ],
            axis=1,
        )
        pairs = np.unique(pairs, axis=0)
        domains, seen = pairs[:, 0].astype(np.int64), pairs[:, 1].astype(np.uint32)
        held = self.domains["networks"]
        while domains.size:
            rows = held[domains]
            new = (rows != seen[:, None]).all(axis=1) & (rows[:, -1] == 0)
            domains, seen = domains[new], seen[new]
            first = np.unique(domains, return_index=True)[1]
            place = (held[domains[first]] != 0).sum(axis=1)
            held[domains[first], place] = seen[first]

    def pass_gate(self, names: Ints) -> None:
        """Note which domains could pass the gate by one of *names*, or all together."""
        mine = self.names
        four = mine["sum4"][names].astype(np.int64)
        six = mine["sum6"][names].astype(np.int64)
        moved = np.maximum(four - mine["most4"][names], six - mine["most6"][names]) >= CHANGED
        domains = self.domain_of(names)
        networks = (self.domains["networks"][domains] != 0).sum(axis=1)
        broad = (four + six >= NAME_ADDRESSES) & (networks >= NAME_NETWORKS)
        together = (
            (self.domains["names"][domains] >= DOMAIN_NAMES)
            & (self.domains["sum"][domains] >= DOMAIN_ADDRESSES)
            & (networks >= DOMAIN_NETWORKS)
        )
        self.domains["passed"][domains[moved | broad | together]] = True

    def domain_of(self, names: Ints) -> Ints:
        """Return the numbers of the registered domains of *names*."""
        return self.names["domain"][names].astype(np.int64)

    def names_of(self, domains: Ints) -> Keys:
        """Return the keys of all names of *domains*."""
        wanted = np.zeros(len(self.domains), dtype=bool)
        wanted[domains] = True
        keys: Keys = self.names["key"][wanted[self.names["domain"]]].astype(np.uint64)
        return keys

    def trim(self) -> bool:
        """Forget names beyond the bound, and tell whether any were: numbers are then others.

        Names of domains that have attention (a state) stay, of the others those asked for last.
        """
        count = len(self.names)
        if count <= self._most:
            return False
        rank = self.names["asked"].astype(np.int64)
        rank[self.domains["state"][self.names["domain"]] > 1] += 1 << 33
        left = np.sort(np.argsort(rank, kind="stable")[count - self._most * 3 // 4 :])
        self.forgotten += count - len(left)
        self.names.keep(left)
        domains, place = np.unique(self.names["domain"], return_inverse=True)
        self.domains.keep(domains.astype(np.int64))
        self.names["domain"][:] = place
        self.domains["names"][:] = np.bincount(place, minlength=len(domains))
        self._name_numbers, self._domain_numbers = KeyTable(), KeyTable()
        self._name_numbers.add(self.names["key"].astype(np.uint64))
        self._domain_numbers.add(self.domains["key"].astype(np.uint64))
        return True
