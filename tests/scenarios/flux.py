"""Fast flux in its known forms. Parameters: generator ranges of the literature, middle values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pyarrow as pa

from tests.scenarios.pools import Shape, at, draw, rotating, scattered, schedule
from tests.scenarios.traffic import Authority, Record, Reply, Setting, observe, only

CLASSIC = Shape(size=5, ttl=300, pool=500, period=300, turnover=0.25, asns=60)
ONE_ADDRESS = Shape(size=1, ttl=180, pool=200, period=300, turnover=0.25, asns=40)
TTL_ZERO = Shape(size=4, ttl=0, pool=500, period=300, asns=60)
TTL_LONG = Shape(size=3, ttl=1_800, pool=300, period=1_800, turnover=0.25, asns=50)
SLOW = Shape(size=2, ttl=3_600, pool=100, period=4 * 3_600, turnover=0.15, asns=40)
#: Ukraine and Russia, TTL 150: as the Dark Cloud network (Hubbard and Mahjoub, RSA 2016).
REGIONAL = Shape(size=10, ttl=150, pool=1_000, period=300, turnover=0.2, kind="regional")
IPV6 = Shape(size=4, ttl=300, pool=400, period=300, turnover=0.25, asns=25, family=6)

#: Double flux: addresses of name servers rotate more slowly than those of names (30 to 120 min;
#: about 90 in Honeynet's Know Your Enemy, 2007).
GLUE = Shape(size=1, ttl=600, pool=60, period=2_700, turnover=0.25, asns=30)
NAME_SERVERS = 4
STABLE_NS_TTL = 86_400
ROTATING_NS_TTL = 900
ROTATING_NS_PERIOD = 3_600


def rotation(shape: Shape) -> Callable[[str, Setting], pa.Table]:
    """Return a builder of single flux of one shape."""

    def build(name: str, setting: Setting) -> pa.Table:
        kind = "A" if shape.family == 4 else "AAAA"
        return observe(setting, rotating(shape, setting), only(name), type_=kind)

    return build


def ttl_zero(name: str, setting: Setting) -> pa.Table:
    """Every query is answered afresh, nothing is cached."""
    pool = draw(TTL_ZERO, setting, TTL_ZERO.pool)
    return observe(setting, scattered(pool, TTL_ZERO.size, 0, setting), only(name))


def wildcard(name: str, setting: Setting) -> pa.Table:
    """A fresh label for each victim, asked one to three times; the pool is classic."""
    return observe(setting, rotating(CLASSIC, setting), fresh_labels(name, setting))


def fresh_labels(name: str, setting: Setting) -> Callable[[int], Sequence[str]]:
    """Ask for a new label below *name* one to three times, then for the next."""

    def names(count: int) -> Sequence[str]:
        asked: list[str] = []
        while len(asked) < count:
            label = setting.rng.bytes(6).hex()
            asked += [f"{label}.{name}"] * int(setting.rng.integers(1, 4))
        return asked[:count]

    return names


def double(name: str, setting: Setting) -> pa.Table:
    """Names and addresses of the name servers rotate, with short TTLs, as the answers do."""
    servers = _rotating_servers(name, setting)
    return observe(setting, rotating(CLASSIC, setting, [servers]), only(f"www.{name}"))


def double_by_glue(name: str, setting: Setting) -> pa.Table:
    """The name servers keep their names; their addresses rotate."""
    hosts = tuple(f"ns{i + 1}.{name}" for i in range(NAME_SERVERS))
    servers = _servers(name, setting, lambda _: hosts, ttl=STABLE_NS_TTL)
    return observe(setting, rotating(CLASSIC, setting, [servers]), only(f"www.{name}"))


def _rotating_servers(zone: str, setting: Setting) -> Authority:
    def hosts(time: float) -> tuple[str, ...]:
        turn = at(time, setting, ROTATING_NS_PERIOD)
        return tuple(f"ns{turn * 2 + i + 1}.{zone}" for i in range(NAME_SERVERS))

    return _servers(zone, setting, hosts, ttl=ROTATING_NS_TTL)


def _servers(
    zone: str, setting: Setting, hosts: Callable[[float], tuple[str, ...]], *, ttl: int
) -> Authority:
    """Return NS records and glue; the name servers stand in a pool of their own."""
    together = replace(GLUE, size=NAME_SERVERS)
    sets = schedule(together, setting)

    def answer(name: str, time: float, sensor: str) -> Reply:
        now = hosts(time)
        addresses = sets[at(time, setting, together.period)]
        glue = [
            Record(name=host, type="A", rdata=(address,), ttl=GLUE.ttl)
            for host, address in zip(now, addresses, strict=True)
        ]
        servers = Record(name=zone, type="NS", rdata=now, ttl=ttl)
        return Reply(addresses=(), ttl=0, others=(servers, *glue))

    return answer
