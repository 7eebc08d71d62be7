"""Which pools of hosts exist in a run: those of each archetype, and those of name servers."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fluxhound.lab.answersets import V4
from fluxhound.lab.dice import U64, Ints, Reals, below, key, log_between, mix, unit, zipf_rank
from fluxhound.lab.parameters import Archetype, Parameters
from fluxhound.lab.plans import MOST_SLOTS, PoolPlan
from fluxhound.lab.world import World, mixture

#: Hosters that keep name servers of a domain's own (chosen).
OWN_SERVER_HOSTERS = 300
#: Operators of sinkholes that names are taken down to (chosen).
SINKHOLES = 6
#: Hosts of one provider of name service (chosen).
_PROVIDER_HOSTS = (4, 200)
#: Fewest and most sites of a CDN (chosen).
_SITES = (12, 400)
#: Hosts that serve bulletproof zones of one pool (chosen).
BULLETPROOF_HOSTS = 6

_STEADY_LINES, _STEADY_SERVERS = 0.9, 0.995  # chance that a host is up, day and night (chosen)


@dataclass(frozen=True, slots=True)
class Ground:
    """Where the pools of one archetype stand in the plan: each number is a row of it."""

    first: int
    pools: int
    #: Domains up to and with each pool, where pools have domains of their own; else empty.
    ends: Ints
    six: int = -1  # the same pools' IPv6 addresses
    servers: int = -1  # pools of rotating name servers, one for each pool
    bulletproof: int = -1  # pools of bulletproof name servers, one for each pool
    #: First row, sites and slots of a site, of each operator; rows of IPv6 follow later.
    site_first: Ints = dataclasses.field(default_factory=lambda: np.zeros(0, np.int64))
    site_count: Ints = dataclasses.field(default_factory=lambda: np.zeros(0, np.int64))
    site_first6: Ints = dataclasses.field(default_factory=lambda: np.zeros(0, np.int64))

    def pool_of(self, keys: U64, numbers: Ints, zipf: float) -> Ints:
        """Return the pool of each domain, counted within the archetype."""
        if len(self.ends):
            return np.searchsorted(self.ends, numbers, side="right")
        return zipf_rank(mix(keys, key("operator")), self.pools, zipf)


@dataclass(frozen=True, slots=True)
class Hosting:
    """All pools of a run, and who has which."""

    plan: PoolPlan
    grounds: Mapping[str, Ground]
    providers: int  # first row of the providers of name service
    own_servers: int  # first row of the hosters that keep name servers of domains' own
    sinkholes: int  # first row of the sinkholes that names are taken down to


class _Rows:
    """Collects blocks of pools; each block is added as a whole."""

    def __init__(self) -> None:
        self.blocks: list[PoolPlan] = []
        self.count = 0

    def add(self, block: PoolPlan) -> int:
        """Append *block* and return its first row."""
        first = self.count
        self.blocks.append(block)
        self.count += len(block)
        return first

    def plan(self) -> PoolPlan:
        """Return all blocks as one plan."""
        return PoolPlan(
            **{
                field.name: np.concatenate([getattr(block, field.name) for block in self.blocks])
                for field in dataclasses.fields(PoolPlan)
            }
        )


def hosting(counts: Mapping[str, int], given: Parameters, world: World, seed: int) -> Hosting:
    """Return the pools that *counts* domains of each archetype need."""
    rows = _Rows()
    grounds = {
        name: _ground(rows, given.archetype(name), count, world, seed)
        for name, count in counts.items()
        if count > 0
    }
    providers = rows.add(_providers(given.population.name_service_operators, seed))
    hosters = _keys(seed, "own servers", OWN_SERVER_HOSTERS)
    live = log_between(mix(hosters, 1), 50, 5000).astype(np.int64)
    shares = mixture({"hosting": 0.7, "cloud": 0.2, "unknown": 0.1})
    own = rows.add(PoolPlan.of(hosters, live=live, kinds=shares, steady=_STEADY_SERVERS))
    sinks = _keys(seed, "sinkholes", SINKHOLES)
    shares = mixture({"cloud": 0.5, "hosting": 0.3, "education": 0.2})
    sinkholes = rows.add(PoolPlan.of(sinks, live=2, kinds=shares, steady=_STEADY_SERVERS))
    return Hosting(rows.plan(), grounds, providers, own, sinkholes)


def _keys(seed: int, role: str, count: int) -> U64:
    return mix(seed, key(f"pool of {role}"), np.arange(count))


def _ground(rows: _Rows, a: Archetype, count: int, world: World, seed: int) -> Ground:
    """Add the pools of one archetype."""
    ends = np.zeros(0, np.int64) if a.operators else _ends(a, count, seed)
    keys = _keys(seed, a.name, a.operators or len(ends))
    main = _block(a, keys, world, 4)
    ground = Ground(rows.add(main), len(keys), ends)
    if a.dual_stack > 0:
        ground = dataclasses.replace(ground, six=rows.add(_block(a, keys, world, 6)))
    if a.site and a.lan_sites > 0:
        ground = _with_sites(ground, rows, a, keys, main.live)
    if "pool" in a.ns:
        servers = dataclasses.replace(main, key=_server_keys(a, main.key))
        ground = dataclasses.replace(ground, servers=rows.add(servers))
    if "bulletproof" in a.ns:
        kept = PoolPlan.of(
            mix(keys, key("bulletproof")), live=BULLETPROOF_HOSTS, kinds=mixture({"hosting": 1.0}),
            lans=1 + below(mix(keys, key("bulletproof lans")), 2), steady=_STEADY_SERVERS,
        )  # fmt: skip
        ground = dataclasses.replace(ground, bulletproof=rows.add(kept))
    return ground


def _ends(a: Archetype, count: int, seed: int) -> Ints:
    """Return the number of domains up to and with each pool, as many pools as *count* needs.

    A vantage sees some of a pool's domains: evenly in the logarithm from one up to all of them.
    """
    keys = _keys(seed, a.name, count)
    every = a.domains_per_pool.whole(mix(keys, key("domains")))
    seen = np.floor(log_between(mix(keys, key("seen")), 1.0, every + 1.0)).astype(np.int64)
    ends = np.cumsum(seen)
    return ends[: int(np.searchsorted(ends, count)) + 1]


def _server_keys(a: Archetype, keys: U64) -> U64:
    """Return the pools that rotating name servers come from: the same hosts, or others."""
    same = unit(mix(keys, key("ns pool"))) < a.ns_pool_same
    return np.where(same, keys, mix(keys, key("other hosts")))


def _block(a: Archetype, keys: U64, world: World, family: int) -> PoolPlan:
    def whole(name: str, low: int, high: int) -> Ints:
        drawn: Reals = getattr(a, name).whole(mix(keys, key(name)))
        return np.clip(drawn, low, high).astype(np.int64)

    kind = max(a.kinds, key=lambda name: a.kinds[name])
    lines = a.reassign > 0 or a.diurnal > 0
    return PoolPlan.of(
        keys,
        live=whole("live", 1, MOST_SLOTS),
        kinds=mixture(a.kinds),
        asns=whole("asns", 1, 4096),
        zipf=a.zipf,
        countries=world.countries(mix(keys, key("countries")), whole("countries", 0, 3), kind),
        prefixes_per_as=whole("prefixes_per_as", 1, 4096),
        turnover=a.turnover.draw(mix(keys, key("turnover"))),
        reassign=a.reassign if family == V4 else 0.0,  # prefixes are delegated longer
        diurnal=a.diurnal,
        steady=_STEADY_LINES if lines else _STEADY_SERVERS,
        lans=whole("lans", 0, 4096),
        family=family,
    )


def _with_sites(ground: Ground, rows: _Rows, a: Archetype, keys: U64, live: Ints) -> Ground:
    """Add a pool of one LAN for each site of the operators whose sites are LANs."""
    alone = unit(mix(keys, key("lan sites"))) < a.lan_sites
    mean = (a.site_slots.low + a.site_slots.high) / 2
    count = np.where(alone, np.clip(np.floor(live / mean), *_SITES), 0).astype(np.int64)
    owner = np.repeat(np.arange(len(keys)), count)
    number = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    sites = mix(keys[owner], key("site"), number)
    if not len(sites):
        return ground
    blocks = [
        PoolPlan.of(
            sites, live=np.maximum(a.site_slots.whole(mix(sites, 1)), 1).astype(np.int64),
            kinds=mixture(a.kinds), lans=1, steady=_STEADY_SERVERS, family=family,
            turnover=a.turnover.draw(mix(keys[owner], key("turnover"))),
        )
        for family in ((4, 6) if a.dual_stack > 0 else (4,))
    ]  # fmt: skip
    offsets = np.cumsum(count) - count
    firsts = [rows.add(block) + offsets for block in blocks]
    return dataclasses.replace(
        ground, site_first=firsts[0], site_count=count, site_first6=firsts[-1]
    )


def _providers(count: int, seed: int) -> PoolPlan:
    keys = _keys(seed, "name service", count)
    live = log_between(mix(keys, 1), *map(float, _PROVIDER_HOSTS)).astype(np.int64)
    shares = mixture({"hosting": 0.5, "cloud": 0.2, "cdn": 0.3})
    asns = 1 + below(mix(keys, 2), 3)
    return PoolPlan.of(keys, live=live, kinds=shares, asns=asns, steady=_STEADY_SERVERS)
