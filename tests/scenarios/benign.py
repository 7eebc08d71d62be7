"""What looks like flux and is not. Parameters: middle values of the ranges of the literature."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from tests.scenarios.pools import Shape, at, draw, scattered, schedule
from tests.scenarios.traffic import DAY, Authority, Record, Reply, Setting, observe, only

VOLUNTEERS = Shape(size=4, ttl=150, pool=3_000, period=150, kind="volunteer")
VOLUNTEERS_BY_PLACE = 800  # of the pool, near one resolver
SEEDS = Shape(size=24, ttl=60, pool=1_000, period=60, kind="peer")
OWN_CDN = Shape(size=4, ttl=60, pool=400, period=60, kind="cdn", asns=1)
#: Both AS numbers are Amazon's: one operator.
BALANCER = Shape(
    size=4, ttl=60, pool=6, period=2 * 3_600, turnover=0.15, kind="cloud", among=(16509, 14618)
)
ROUND_ROBIN = Shape(size=6, ttl=300, pool=6, period=300, kind="hosting", asns=2)
ANYCAST = Shape(size=2, ttl=300, pool=2, period=DAY, kind="cdn", asns=1)
PARKED = Shape(size=1, ttl=600, pool=2, period=DAY, kind="cloud", asns=1)
ORDINARY = Shape(size=1, ttl=3_600, pool=1, period=DAY, kind="hosting", asns=1)

#: A CDN with caches inside access networks: sites, addresses of a site, and how often a resolver
#: is sent to its own site. TTL 20 and two addresses as Akamai's; the share is chosen.
SITES, SITE_SIZE, OWN_SITE_SHARE = 40, 8, 0.85
SITE_TTL, SITE_ANSWERS = 20, 2

#: Dynamic DNS: seconds; addresses of a line change at multiples of a day (RIPE Atlas, 2016).
DYNAMIC_TTL = 60
DYNAMIC_HOSTS = 300

SERVERS_TTL = 86_400


def volunteer_pool(name: str, setting: Setting) -> pa.Table:
    """An NTP pool: each query gets four of the servers near the resolver."""
    pool = draw(VOLUNTEERS, setting, VOLUNTEERS.pool)
    near: dict[str, Authority] = {}
    for sensor in setting.sensors:
        part = setting.rng.choice(len(pool), VOLUNTEERS_BY_PLACE, replace=False)
        nearby = [pool[i] for i in part.tolist()]
        near[sensor] = scattered(nearby, VOLUNTEERS.size, VOLUNTEERS.ttl, setting)
    answer = _served(lambda n, t, s: near[s](n, t, s), name, 6, setting)
    return observe(setting, answer, only(name))


def peer_seeds(name: str, setting: Setting) -> pa.Table:
    """A seed of a peer-to-peer network: two dozen random peers in every answer."""
    pool = draw(SEEDS, setting, SEEDS.pool)
    return observe(setting, scattered(pool, SEEDS.size, SEEDS.ttl, setting), only(name))


def cdn_in_networks(name: str, setting: Setting) -> pa.Table:
    """A CDN whose caches stand in access networks; the answer depends on where one asks."""
    sites = [setting.source("access", SITE_SIZE, setting.rng, asns=1) for _ in range(SITES)]
    chain = (f"{name}.edgesuite-like.net", f"a{setting.rng.integers(1, 2_000)}.g.edge-like.net")
    place = {sensor: int(setting.rng.integers(SITES)) for sensor in setting.sensors}

    def answer(_: str, time: float, sensor: str) -> Reply:
        own = setting.rng.random() < OWN_SITE_SHARE
        site = sites[place[sensor] if own else int(setting.rng.integers(SITES))]
        chosen = setting.rng.choice(SITE_SIZE, SITE_ANSWERS, replace=False)
        return Reply(addresses=tuple(site[i] for i in chosen), ttl=SITE_TTL, chain=chain)

    return observe(setting, answer, only(name))


def cdn_own_network(name: str, setting: Setting) -> pa.Table:
    """A CDN in its own network: a few of the site's addresses for every query."""
    pool = draw(OWN_CDN, setting, OWN_CDN.pool)
    share = max(1, len(pool) // max(4, len(setting.sensors)))
    sites = {
        sensor: scattered(pool[i * share : (i + 1) * share], OWN_CDN.size, OWN_CDN.ttl, setting)
        for i, sensor in enumerate(setting.sensors)
    }
    chain = (f"{setting.rng.bytes(7).hex()}.cloudfront-like.net",)

    def answer(asked: str, time: float, sensor: str) -> Reply:
        reply = sites[sensor](asked, time, sensor)
        return Reply(addresses=reply.addresses, ttl=reply.ttl, chain=chain)

    return observe(setting, answer, only(name))


def balancer(name: str, setting: Setting) -> pa.Table:
    """A load balancer in a cloud: a handful of hosts in two networks of one operator that drift."""
    sets = schedule(BALANCER, setting)

    def answer(_: str, time: float, sensor: str) -> Reply:
        hosts = sets[at(time, setting, BALANCER.period)]
        order = setting.rng.permutation(len(hosts)).tolist()
        return Reply(addresses=tuple(hosts[i] for i in order), ttl=BALANCER.ttl)

    return observe(setting, answer, only(name))


def steady(shape: Shape, setting: Setting) -> Authority:
    """Answer with the whole pool (or one of its sets), in turning order."""
    pool = draw(shape, setting, shape.pool)

    def answer(_: str, time: float, sensor: str) -> Reply:
        order = setting.rng.permutation(len(pool)).tolist()
        return Reply(addresses=tuple(pool[i] for i in order[: shape.size]), ttl=shape.ttl)

    return answer


def round_robin(name: str, setting: Setting) -> pa.Table:
    """Six servers, always all of them, in another order."""
    return observe(setting, steady(ROUND_ROBIN, setting), only(name))


def anycast(name: str, setting: Setting) -> pa.Table:
    """Two addresses that never change, announced everywhere."""
    return observe(setting, steady(ANYCAST, setting), only(name))


def parked(name: str, setting: Setting) -> pa.Table:
    """Many names below one registered domain on the two addresses of a parking service."""
    names = [f"{setting.rng.bytes(3).hex()}.{name}" for _ in range(50)]
    return observe(setting, steady(PARKED, setting), _among(names, setting))


def ordinary(name: str, setting: Setting) -> pa.Table:
    """One server, TTL one hour, with name servers that stay."""
    return observe(setting, _served(steady(ORDINARY, setting), name, 2, setting), only(name))


def dynamic_host(name: str, setting: Setting) -> pa.Table:
    """A host behind an access line that gets a new address once a day."""
    lines = _lines(setting, 1)
    return observe(setting, lines[0], only(name))


def dynamic_apex(name: str, setting: Setting) -> pa.Table:
    """Three hundred such hosts of one provider: many addresses under one registered domain."""
    lines = _lines(setting, DYNAMIC_HOSTS)
    names = [f"{_host_label(setting)}{i}.{name}" for i in range(DYNAMIC_HOSTS)]
    number = {host: i for i, host in enumerate(names)}
    return observe(setting, lambda n, t, s: lines[number[n]](n, t, s), _among(names, setting))


def _lines(setting: Setting, count: int) -> list[Authority]:
    """Return hosts on access lines: 60 % keep their address, the others change it daily."""
    changes = int(setting.days) + 2
    steady_share = 0.6 if count > 1 else 0.0
    if count > 1:  # lines in all networks
        homes = setting.source("access", count * changes, setting.rng)
        rows = [homes[i::count] for i in range(count)]
    else:
        rows = [setting.source("access", changes, setting.rng, asns=1)]
    fixed = setting.rng.random(count) < steady_share
    hours = setting.rng.uniform(0, DAY, count)

    def line(i: int) -> Authority:
        def answer(_: str, time: float, sensor: str) -> Reply:
            turn = 0 if fixed[i] else int((time - setting.start + hours[i]) // DAY)
            return Reply(addresses=(rows[i][turn],), ttl=DYNAMIC_TTL)

        return answer

    return [line(i) for i in range(count)]


def _served(authority: Authority, zone: str, count: int, setting: Setting) -> Authority:
    """Add name servers that stay, with their addresses, in several hosting networks."""
    addresses = setting.source("hosting", count, setting.rng, asns=count)
    hosts = tuple(f"ns{i + 1}.{zone}" for i in range(count))
    glue = [
        Record(name=host, type="A", rdata=(address,), ttl=SERVERS_TTL)
        for host, address in zip(hosts, addresses, strict=True)
    ]
    others = (Record(name=zone, type="NS", rdata=hosts, ttl=SERVERS_TTL), *glue)

    def answer(name: str, time: float, sensor: str) -> Reply:
        return replace(authority(name, time, sensor), others=others)

    return answer


def _host_label(setting: Setting) -> str:
    words = ("home", "nas", "cam", "my", "vpn", "pi", "box", "mail", "game", "door")
    return str(setting.rng.choice(words))


def _among(names: Sequence[str], setting: Setting) -> Callable[[int], Sequence[str]]:
    """Ask for names of a list, some far more often than others."""
    weights = 1 / np.arange(1, len(names) + 1) ** 0.8

    def asked(count: int) -> Sequence[str]:
        chosen = setting.rng.choice(len(names), count, p=weights / weights.sum())
        return [names[i] for i in chosen.tolist()]

    return asked
