"""Announced address space by network: what the tables know, laid out to draw addresses from."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from ipaddress import ip_network
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from fluxhound.enrichment.kinds import KINDS, kind_rules
from fluxhound.enrichment.ranges import Ranges, flatten
from fluxhound.enrichment.special import SPECIAL
from fluxhound.enrichment.tables import BITS, embedded, embedded_table
from fluxhound.lab.clocks import utc_offsets
from fluxhound.lab.dice import U64, Ints, Reals, Small, below, key, mix

_IPV4 = 4
Units: TypeAlias = npt.NDArray[np.uint32] | npt.NDArray[np.uint64]

KIND_COUNT = len(KINDS)
#: Codes of countries are two capital letters as a number (fluxhound.enrichment.tables).
COUNTRY_CODES = 1 << 16

#: IPv6 that carries IPv4 (6to4, RFC 3056): the tables judge it by the address inside.
_CARRIERS = (("2002::/16", False),)

#: Places in the list of a network's stretches by size. More do not pay: a pool uses at most 60.
_GUIDE = 256
_SHARPNESS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """Space of one family. A unit is a /24 (IPv4) or a /64 (IPv6); a block a /16 or a /40.

    Stretches are runs of units of one network, kind and country. Networks are numbered twice: as a
    whole, and once per country they have stretches in. A group is all networks of a kind, or of a
    kind in a country.
    """

    family: int
    block_bits: int
    first: Units  # per stretch: first and last unit
    last: Units
    hours: npt.NDArray[
        np.float32
    ]  # per stretch: what is added to UTC for the time of day where it is
    guide: Small  # stretches of each network, each as often as its size asks for
    guide_base: Ints  # per network: where its part of the guide begins, and how long it is
    guide_size: Ints
    asn: Ints  # per network
    kind: Ints  # per network: a place in KINDS
    size: Reals  # per network: units (IPv6: a measure that rises with them)
    country: Ints  # per network: its code, or 0 for a network as a whole
    members: Ints  # networks by group
    weights: Reals  # cumulative weight before each member, and the total as the last element
    group_base: Ints  # per group: where its members begin; one element more than groups
    group_of: Ints  # [kind, country code] -> group or -1; the country 0 is "any"

    def group(self, kind: Ints, country: Ints) -> Ints:
        """Return the group of a kind in a country, of the kind anywhere where it has none there."""
        there = self.group_of[kind, country]
        return np.asarray(np.where(there >= 0, there, self.group_of[kind, 0]))

    def network(self, group: Ints, quantile: Reals) -> Ints:
        """Return the network at a quantile of its group's weight; large ones are wider."""
        begin, end = self.group_base[group], self.group_base[group + 1]
        low, high = self.weights[begin], self.weights[end]
        place = np.searchsorted(self.weights, low + quantile * (high - low), side="right") - 1
        found: Ints = self.members[np.clip(place, begin, end - 1)]
        return found

    def country_at(self, kind: int, quantile: Reals) -> Ints:
        """Return the country at a quantile of the weight of all networks of one kind."""
        groups = self.group_of[kind, 1:]
        low = self.weights[self.group_base[groups[groups >= 0].min()]]
        high = self.weights[self.group_base[groups.max() + 1]]
        place = np.searchsorted(self.weights, low + quantile * (high - low), side="right") - 1
        found: Ints = self.country[self.members[place]]
        return found

    def twins(self, other: Space) -> Ints:
        """Return for each network of another space the same one here, of the same kind, or -1."""
        mine, theirs = self._names(), other._names()
        order = np.argsort(mine, kind="stable")
        place = np.minimum(np.searchsorted(mine[order], theirs), len(order) - 1)
        return np.asarray(np.where(mine[order[place]] == theirs, order[place], -1))

    def _names(self) -> Ints:
        return (self.asn * KIND_COUNT + self.kind) * COUNTRY_CODES + self.country

    def stretch(self, network: Ints, h: U64) -> Ints:
        """Return a stretch of each network, large ones more often."""
        place = self.guide_base.take(network) + below(h, self.guide_size.take(network))
        return self.guide.take(place).astype(np.int64)

    def block(self, stretch: Ints, h: U64) -> tuple[U64, U64]:
        """Return the first unit of a block within each stretch, and how many units it has there."""
        bits = np.uint64(self.block_bits)
        first = self.first.take(stretch).astype(np.uint64)
        last = self.last.take(stretch).astype(np.uint64)
        lowest = first >> bits
        count = ((last >> bits) - lowest).view(np.int64) + 1
        number = lowest + below(h, count).view(np.uint64)
        low = np.maximum(first, number << bits)
        high = np.minimum(last, (number << bits) | np.uint64((1 << self.block_bits) - 1))
        return low, high - low + np.uint64(1)


def open_space(family: int) -> Space:
    """Return the space of IPv4 (4) or IPv6 (6) from the embedded tables.

    Raises:
        TableError: the installation is damaged.
    """
    if family != _IPV4:
        return _laid_out(*_stretches("ipv6"), family=family)
    keys, first, last = _stretches("ipv4")
    low, high = (first + np.uint64(255)) >> np.uint64(8), (last + np.uint64(1)) >> np.uint64(8)
    whole = low < high  # a stretch is cut to whole /24s
    return _laid_out(keys[whole], low[whole], high[whole] - np.uint64(1), family=family)


def _stretches(family: str) -> tuple[Ints, U64, U64]:
    """Return key (network, kind, country), first and last address of all routable stretches."""
    table, bits = embedded_table(), BITS[family]
    networks, countries = table.network_codes, table.country_codes
    columns: list[Ranges] = [
        getattr(column, family) for column in (networks, embedded("kind"), countries)
    ]
    special = _special(family)
    starts = np.sort(np.concatenate([c.starts.astype(np.uint64) for c in (*columns, special)]))
    starts = starts[np.concatenate([[True], starts[1:] != starts[:-1]])]
    network, published, country = (column.at(starts) for column in columns)
    kind = np.where(published > 0, published, _kinds()[network])
    keys = ((network * KIND_COUNT + kind) * COUNTRY_CODES + country) * (special.at(starts) > 0)
    keys[network == 0] = 0
    begins = np.concatenate([[True], keys[1:] != keys[:-1]])
    keys, first = keys[begins], starts[begins]
    last = np.concatenate([first[1:] - np.uint64(1), [np.uint64((1 << bits) - 1)]])
    known = keys > 0
    return keys[known], first[known], last[known]


@functools.cache
def _kinds() -> Ints:
    """Return the kind of each network code by its holder, as a place in KINDS."""
    known, rules = embedded_table().holders, kind_rules()
    numbers = {kind: place for place, kind in enumerate(KINDS)}
    pairs = zip(known.asn.tolist(), known.name.to_pylist(), strict=True)
    return np.array([numbers[rules.kind(asn, name)] for asn, name in pairs], dtype=np.int64)


def _special(family: str) -> Ranges:
    """Return where the Internet routes addresses and the tables judge them by themselves (1)."""
    bits, version = BITS[family], 4 if family == "ipv4" else 6
    rows: list[tuple[int, int, int]] = []
    for text, reachable in (*SPECIAL, *_CARRIERS):
        network = ip_network(text)
        if network.version == version:
            shift = network.max_prefixlen - bits
            rows.append((int(network[0]) >> shift, int(network[-1]) >> shift, 1 + reachable))
    ranges = flatten(rows, bits)
    return Ranges(ranges.starts, np.maximum(ranges.values - 1, 0))


def _laid_out(keys: Ints, first: U64, last: U64, *, family: int) -> Space:
    order = np.argsort(keys, kind="stable")
    keys, first, last = keys[order], first[order], last[order]
    size = (last - first + np.uint64(1)).astype(np.float64) ** (1.0 if family == _IPV4 else 0.25)
    sums = np.concatenate([[0.0], np.cumsum(size)])
    whole, parts = _runs(keys // COUNTRY_CODES), _runs(keys)
    placed = keys[parts[0]] % COUNTRY_CODES > 0
    begin = np.concatenate([whole[0], parts[0][placed]])
    end = np.concatenate([whole[1], parts[1][placed]])
    country = np.where(np.arange(len(begin)) < len(whole[0]), 0, keys[begin] % COUNTRY_CODES)
    kind = keys[begin] // COUNTRY_CODES % KIND_COUNT
    guide, guide_base, guide_size = _guide(sums, begin, end)
    members, weights, group_base, group_of = _groups(
        kind, country, np.sqrt(sums[end] - sums[begin])
    )
    return Space(
        family=family,
        block_bits=8 if family == _IPV4 else 24,
        first=_narrow(first, family),
        last=_narrow(last, family),
        hours=utc_offsets(keys % COUNTRY_CODES, mix(key("zone"), first)).astype(np.float32),
        guide=guide.astype(np.int32),
        guide_base=guide_base,
        guide_size=guide_size,
        asn=embedded_table().holders.asn[keys[begin] // COUNTRY_CODES // KIND_COUNT],
        kind=kind,
        size=sums[end] - sums[begin],
        country=country,
        members=members,
        weights=weights,
        group_base=group_base,
        group_of=group_of,
    )


def _narrow(units: U64, family: int) -> Units:
    return units.astype(np.uint32) if family == _IPV4 else units


def _runs(values: Ints) -> tuple[Ints, Ints]:
    """Return where runs of equal values begin and end."""
    edges = np.flatnonzero(values[1:] != values[:-1]) + 1
    return np.concatenate([[0], edges]), np.concatenate([edges, [len(values)]])


def _guide(sums: Reals, begin: Ints, end: Ints) -> tuple[Ints, Ints, Ints]:
    """Return each network's stretches at evenly spaced places of its size."""
    count = np.where(end - begin > 1, np.minimum((end - begin) * _SHARPNESS, _GUIDE), 1)
    base = np.cumsum(count) - count
    owner = np.repeat(np.arange(len(count)), count)
    share = (np.arange(len(owner)) - base[owner] + 0.5) / count[owner]
    low, high = sums[begin][owner], sums[end][owner]
    place = np.searchsorted(sums, low + share * (high - low), side="right") - 1
    return np.clip(place, begin[owner], end[owner] - 1), base, count


def _groups(kind: Ints, country: Ints, weight: Reals) -> tuple[Ints, Reals, Ints, Ints]:
    """Return members, cumulative weights, where groups begin, and the group of kind and country."""
    code = kind * COUNTRY_CODES + country
    members = np.argsort(code, kind="stable")
    begin, _ = _runs(code[members])
    group_of = np.full((KIND_COUNT, COUNTRY_CODES), -1, dtype=np.int64)
    group_of[kind[members[begin]], country[members[begin]]] = np.arange(len(begin))
    weights = np.concatenate([[0.0], np.cumsum(weight[members])])
    return members, weights, np.concatenate([begin, [len(members)]]), group_of
