"""The names of a made-up resolver's day, and how each of them answers, in columns.

Everything is drawn once from a seed; a row of the log is then a pure function of (name, time,
resolver), so that rows can be made in any order and in parallel.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tests.scenarios.addresses import addresses_by_kind

Mask = NDArray[np.bool_]
Ints = NDArray[np.int64]

#: Popularity of names: rank to the power of -0.95 (the character asked for; DNS is near 1).
ZIPF_EXPONENT = 0.95

#: Kinds of behaviour, and what share of names has it: of the popular ones, and of the long tail,
#: where nearly all names stand on one server. Chosen, not measured; see docs/benchmarks.md.
ORDINARY, ROUND_ROBIN, BALANCER, CDN, NTP, FLUX = range(6)
KINDS = (ORDINARY, ROUND_ROBIN, BALANCER, CDN)
POPULAR = 0.12  # of all names
POPULAR_SHARES = (0.30, 0.12, 0.18, 0.40)
TAIL_SHARES = (0.955, 0.02, 0.01, 0.015)

#: Ranks, modulo 5, of names that answer through a CNAME chain (of 1 to 3 names): 40 %.
CHAINED = (1, 4)

#: Share of ordinary names with one address (popular, tail), and of names (other than CDN) in
#: hosting networks.
ONE_ADDRESS = (0.75, 0.95)
IN_HOSTING = 0.90

#: Share of names that have AAAA as well.
IPV6_SHARE = 0.40

#: Addresses in the world, by kind of network.
WORLD = {"hosting": 185_000, "cdn": 65_000, "volunteer": 5_000, "access": 20_000}
WORLD_NAMES = 300_000  # that many names have the whole of it
LEAST_REGION = 500
WORLD_IPV6 = {"hosting": 8_000, "cdn": 6_000, "access": 1_000}

SUFFIXES = (
    ["com"] * 10
    + ["net", "org", "io", "de", "co.uk", "fr", "ru", "nl", "com.br", "com.au", "info", "co.jp"]
    + ["pl", "it", "app", "dev", "cloud"]
)
HOSTS = (  # noqa: SIM905 - words read best as words
    "www api cdn img static mail m app login assets media edge ws push auth shop blog news "
    "data1 video s3 files dl update ads track metrics beacon sync chat status docs help store "
    "pay id sso graph feed search maps tiles fonts js css i t a b c d1 d2 e1 e2 origin www2"
).split()
SYLLABLES = (  # noqa: SIM905 - words read best as words
    "ba ce di fo gu ha je ki lo mu na pe qui ro su ta ve wi xo za bra clo dri fle gra"
).split()
EDGES = (
    "a.akamaiedge.net",
    "cloudfront.net",
    "map.fastly.net",
    "trafficmanager.net",
    "edgekey.net",
)

#: Flux that hides in the log: label of the name, answer size, TTL, pool, seconds between rotations.
FLUX_SHAPES = (
    ("classic", 5, 300, 500, 300),
    ("classic-large", 10, 150, 2_000, 150),
    ("one-address", 1, 180, 200, 300),
    ("ttl-zero", 4, 0, 500, 1),
    ("ttl-long", 3, 1_800, 300, 1_800),
    ("slow", 2, 3_600, 100, 14_400),
)
FLUX_NAMES = 12  # of registered domains of their own
WILDCARD_LABELS = 8  # and one with several labels, each of them flux


@dataclass(frozen=True, slots=True, kw_only=True)
class Universe:
    """One row for each name (arrays of equal length), and the texts they refer to."""

    names: pa.StringArray
    cumulative: NDArray[np.float64]  # cumulative share of queries, for drawing names
    kind: Ints
    size: Ints  # addresses in an answer
    pool: Ints  # addresses the name draws from
    base: Ints  # where its pool starts in the world
    region: Ints  # which part of the world
    ttl: Ints  # seconds, of the addresses
    period: Ints  # seconds between rotations
    ipv6: Ints  # 1 if the name has AAAA
    chain: Ints  # number of CNAMEs
    chain_text: pa.StringArray  # the CNAMEs, joined by commas, with a comma at the end
    world: pa.StringArray
    regions: Ints  # (kind of network, family) -> start and length in the world, as rows
    absent: pa.StringArray  # names that do not exist
    flux: tuple[str, ...]


def build(names: int, seed: int) -> Universe:
    """Draw a universe of *names* names."""
    rng = np.random.default_rng(np.random.SeedSequence((seed, 0)))
    world, regions = _world(names, rng)
    texts, domains = _names(names, rng)
    popular = np.arange(names) < names * POPULAR
    shares = (rng.choice(KINDS, names, p=p) for p in (POPULAR_SHARES, TAIL_SHARES))
    kind = np.where(popular, *shares)
    columns = _behaviour(kind, popular, rng)
    chosen, flux_labels = _plant(kind, columns, texts, rng)
    columns["base"] = rng.integers(0, 1 << 40, names)
    columns["base"][chosen[-WILDCARD_LABELS:]] = 12345  # one pool behind all labels
    chained = np.isin(np.arange(names) % 5, CHAINED)  # by rank, so that the share holds for rows
    chain = np.where(chained, rng.integers(1, 4, names), 0)
    chain[(kind == NTP) | (kind == FLUX)] = 0
    weights = np.arange(1, names + 1) ** -ZIPF_EXPONENT
    return Universe(
        names=pa.array(texts),
        cumulative=np.cumsum(weights) / weights.sum(),
        kind=kind,
        chain=chain,
        chain_text=_chains(chain, domains, rng),
        ipv6=((rng.random(names) < IPV6_SHARE) & (kind != FLUX)).astype(np.int64),
        world=world,
        regions=regions,
        absent=_absent(rng),
        flux=tuple(flux_labels),
        **columns,
    )


def _world(names: int, rng: np.random.Generator) -> tuple[pa.StringArray, Ints]:
    """Return all addresses, and for each region its start and length; fewer for fewer names."""
    texts: list[str] = []
    spans = []
    for family, counts in ((4, WORLD), (6, WORLD_IPV6)):
        for kind, most in counts.items():
            count = min(most, max(LEAST_REGION, most * names // WORLD_NAMES))
            spans.append((len(texts), count))
            drawn = addresses_by_kind(kind, count, rng, family=family, skew=0.9)
            # In order, so that the addresses of a name stand side by side in one network;
            # volunteers and bots are anywhere.
            texts += sorted(drawn, key=ip_address) if kind in {"hosting", "cdn"} else drawn
    return pa.array(texts), np.array(spans)


def _word(number: int) -> str:
    """Spell *number* in syllables; different numbers give different words."""
    number += len(SYLLABLES)  # two syllables at least
    word = ""
    while number:
        number, digit = divmod(number, len(SYLLABLES))
        word += SYLLABLES[digit]
    return word


def _names(count: int, rng: np.random.Generator) -> tuple[list[str], list[str]]:
    """Return *count* different names under about 0.41 as many registered domains."""
    domain_count = max(1, round(count * 0.41))
    spellings = rng.permutation(domain_count * 8)[:domain_count]
    suffixes = rng.integers(0, len(SUFFIXES), domain_count)
    domains = [f"{_word(int(s))}.{SUFFIXES[i]}" for s, i in zip(spellings, suffixes, strict=True)]
    extra = (rng.random(count - domain_count) ** 3 * domain_count).astype(int)  # some have many
    owners = rng.permutation(np.concatenate([np.arange(domain_count), extra]))
    taken = [0] * domain_count
    texts = []
    for owner in owners.tolist():
        turn, place = divmod(taken[owner], len(HOSTS) + 1)
        taken[owner] += 1
        label = HOSTS[place - 1] + (str(turn) if turn else "") + "." if place else f"n{turn}."
        texts.append((label if place or turn else "") + domains[owner])
    return texts, [domains[o] for o in owners.tolist()]


def _behaviour(kind: Ints, popular: Mask, rng: np.random.Generator) -> dict[str, Ints]:
    """Draw answer size, pool, region, TTL and rotation for each name by its kind."""
    n = len(kind)
    choose = [kind == k for k in (ROUND_ROBIN, BALANCER, CDN)]
    size = np.select(
        choose,
        [rng.integers(2, 9, n), rng.integers(2, 9, n), rng.integers(1, 5, n)],
        np.where(rng.random(n) < np.where(popular, *ONE_ADDRESS), 1, rng.integers(2, 5, n)),
    )
    pool = np.select(choose, [size, size + rng.integers(2, 12, n), rng.integers(8, 60, n)], size)
    ttl = np.select(
        choose,
        [rng.choice([300, 3_600], n), np.full(n, 60), rng.choice([20, 30, 60, 300], n)],
        rng.choice([300, 3_600, 14_400, 86_400], n, p=[0.25, 0.35, 0.2, 0.2]),
    )
    period = np.select(choose, [ttl * 0 + 86_400, rng.integers(7_200, 86_400, n), ttl * 10], 86_400)
    region = np.where(kind == CDN, 1, np.where(rng.random(n) < IN_HOSTING, 0, 1))
    return {"size": size, "pool": pool, "ttl": ttl, "period": period, "region": region}


def _plant(
    kind: Ints, columns: dict[str, Ints], texts: list[str], rng: np.random.Generator
) -> tuple[Ints, list[str]]:
    """Turn some names of middling popularity into NTP pools and flux; return the flux names."""
    count = len(texts)
    ranks = np.unique(np.geomspace(max(8, count // 1_500), count // 20, 70).astype(int))
    ranks = ranks[: 30 + FLUX_NAMES + WILDCARD_LABELS] if len(ranks) > 50 else ranks  # noqa: PLR2004 - all that fit
    ranks = rng.permutation(ranks)
    flux, pools = ranks[: FLUX_NAMES + WILDCARD_LABELS], ranks[FLUX_NAMES + WILDCARD_LABELS :]
    for i, at in enumerate(pools.tolist()):
        kind[at] = NTP
        zone = "pool.ntp.org" if not i // 4 else f"zone{i // 4}.pool.ntp.org"
        texts[at] = f"{i % 4}.{zone}"
        _set(columns, at, size=4, ttl=150, pool=4_000, period=150, region=2)
    labels = []
    for i, at in enumerate(flux.tolist()):
        shape, size, ttl, pool, period = FLUX_SHAPES[i % len(FLUX_SHAPES)]
        kind[at] = FLUX
        wild = i >= FLUX_NAMES
        texts[at] = f"v{i:02d}x.wild-flux.info" if wild else f"{_word(7_000_000 + i)}-{shape}.biz"
        if wild:
            size, ttl, pool, period = FLUX_SHAPES[0][1:]
        _set(columns, at, size=size, ttl=ttl, pool=pool, period=period, region=3)
        labels.append(texts[at])
    return flux, labels


def _set(columns: dict[str, Ints], at: int, **values: int) -> None:
    for name, value in values.items():
        columns[name][at] = value


def _chains(chain: Ints, domains: list[str], rng: np.random.Generator) -> pa.StringArray:
    """Return the CNAMEs of each name; a shorter chain is the end of a longer one."""
    edge = rng.integers(0, len(EDGES), len(chain)).tolist()
    host = rng.integers(0, 60_000, len(chain)).tolist()
    texts = []
    for depth, domain, e, h in zip(chain.tolist(), domains, edge, host, strict=True):
        steps = [f"{domain}.cdn-alias.net", f"g{h % 977}.{EDGES[e]}", f"e{h}.{EDGES[e]}"]
        texts.append("".join(f"{step}," for step in steps[3 - depth :]))
    return pa.array(texts, pa.string())


def _absent(rng: np.random.Generator) -> pa.StringArray:
    """Return names that do not exist: slips of the keyboard, search domains, generated names."""
    words = [_word(int(w)) for w in rng.integers(10_000_000, 90_000_000, 40_000)]
    ends = (".com", ".net", ".local", ".corp.example", ".info", ".com.corp.example")
    return pa.array([w + ends[i % len(ends)] for i, w in enumerate(words)])


def reversed_names(world: pa.StringArray, count: int) -> pa.StringArray:
    """Return the PTR names of the first *count* IPv4 addresses of the world."""
    parts = pc.split_pattern(world.slice(0, count), ".")
    flipped = [pc.list_element(parts, i) for i in (3, 2, 1, 0)]
    return pc.binary_join_element_wise(*flipped, "in-addr.arpa", ".")
