"""Real public addresses by kind of network, drawn from a fixed list of well-known prefixes.

``prefixes.csv`` holds one large announced prefix for each of some two hundred networks that are
known by name, and many prefixes of ten access networks in two countries (kind "regional"), all
checked against a table of announced prefixes of June 2026. The list stands in for any address
table, so that traffic can be made without one; the kinds are facts about the holder.
"""

from __future__ import annotations

import csv
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

Prefix = ipaddress.IPv4Network | ipaddress.IPv6Network

#: Skew of the addresses over networks: Zipf exponent (botnets and pools: 0.8 to 1.0).
NETWORK_SKEW = 1.0

#: Kinds made of several others, with the share of each: who volunteers for NTP and peer-to-peer.
#: Chosen, not measured.
MIXTURES = {
    "volunteer": {"hosting": 0.5, "access": 0.3, "education": 0.15, "cloud": 0.05},
    "peer": {"access": 0.6, "hosting": 0.3, "cloud": 0.1},
}

#: Addresses of one prefix that can be hoped for; bounds the sum for IPv6.
HOSTS_COUNTED = 1 << 24

#: Kinds of ``prefixes.csv``.
KINDS = ("access", "mobile", "hosting", "cdn", "cloud", "education", "regional")


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """One prefix of a well-known network."""

    kind: str
    prefix: Prefix
    asn: int
    country: str
    holder: str


@cache
def networks(kind: str, *, family: int = 4) -> tuple[Network, ...]:
    """Return the networks of one kind, or of "all" kinds, for IPv4 or IPv6."""
    with (Path(__file__).parent / "prefixes.csv").open(newline="", encoding="utf-8") as lines:
        rows = [
            Network(
                kind=row["kind"],
                prefix=ipaddress.ip_network(row["prefix"]),
                asn=int(row["asn"]),
                country=row["country"],
                holder=row["holder"],
            )
            for row in csv.DictReader(lines)
        ]
    return tuple(r for r in rows if kind in ("all", r.kind) and r.prefix.version == family)


def addresses_by_kind(
    kind: str,
    n: int,
    rng: np.random.Generator,
    *,
    asns: int | None = None,
    countries: Sequence[str] | None = None,
    among: Sequence[int] | None = None,
    family: int = 4,
    skew: float = NETWORK_SKEW,
) -> list[str]:
    """Draw *n* distinct addresses of one kind, spread over *asns* networks (``None``: all).

    *kind* is one of ``KINDS`` or ``MIXTURES``; *countries* keeps networks of those countries
    only, *among* networks of those AS numbers. Networks are weighted by Zipf with exponent *skew*
    in a random order.
    """
    if kind in MIXTURES:
        return _mixture(kind, n, rng, asns=asns, family=family, skew=skew)
    found = [
        w
        for w in networks(kind, family=family)
        if (not countries or w.country in countries) and (not among or w.asn in among)
    ]
    if not found:
        raise ValueError(f"no {kind} network of IPv{family} in {countries or among}")
    numbers = list(dict.fromkeys(w.asn for w in found))
    chosen = [numbers[i] for i in rng.permutation(len(numbers))[: asns or len(numbers)]]
    weights = 1 / np.arange(1, len(chosen) + 1) ** skew
    prefixes = [[w.prefix for w in found if w.asn == asn] for asn in chosen]
    return _distinct(prefixes, weights / weights.sum(), n, rng)


def asn_of(address: str) -> int:
    """Return the AS number of an address drawn here, 0 for any other."""
    parsed = ipaddress.ip_address(address)
    return next((w.asn for w in networks("all", family=parsed.version) if parsed in w.prefix), 0)


def _mixture(
    kind: str, n: int, rng: np.random.Generator, *, asns: int | None, family: int, skew: float
) -> list[str]:
    shares = {k: s for k, s in MIXTURES[kind].items() if networks(k, family=family)}
    counts = np.floor(np.array(list(shares.values())) * n / sum(shares.values())).astype(int)
    counts[0] += n - counts.sum()
    drawn: list[str] = []
    for (part, share), count in zip(shares.items(), counts, strict=True):
        part_asns = None if asns is None else max(1, round(asns * share))
        drawn += addresses_by_kind(part, int(count), rng, asns=part_asns, family=family, skew=skew)
    return [drawn[i] for i in rng.permutation(len(drawn))]


def _distinct(
    by_network: list[list[Prefix]], weights: np.ndarray, n: int, rng: np.random.Generator
) -> list[str]:
    hosts = sum(min(p.num_addresses, HOSTS_COUNTED) for prefixes in by_network for p in prefixes)
    if n > hosts // 2:  # drawing would go on for long
        raise ValueError(f"{n} addresses are too many for {len(by_network)} networks")
    found: dict[str, None] = {}  # a dict keeps the order of drawing, a set would not
    while len(found) < n:
        for i in rng.choice(len(by_network), n - len(found), p=weights):
            prefixes = by_network[i]
            turn = rng.integers(len(prefixes)) if len(prefixes) > 1 else 0
            found[_host(prefixes[turn], rng)] = None
    return list(found)


def _host(prefix: Prefix, rng: np.random.Generator) -> str:
    """Draw one host; the last number is never 0 or 255, which look like network addresses."""
    host_bits = prefix.max_prefixlen - prefix.prefixlen
    offset = int.from_bytes(rng.bytes(16)) % (1 << host_bits)
    if prefix.version == 4:
        offset = offset & ~0xFF | int(rng.integers(1, 255))
    return str(prefix[offset])
