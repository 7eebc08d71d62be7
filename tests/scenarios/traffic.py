"""Names answered by an authority, asked by clients, seen behind the caches of resolvers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pyarrow as pa

from fluxhound.records import OBSERVATION
from tests.scenarios.addresses import addresses_by_kind

DAY = 86_400

#: Where traffic starts unless told otherwise: 2026-11-02 00:00 UTC, a Monday.
START = 1_793_577_600.0


class AddressSource(Protocol):
    """Where addresses come from: ``addresses_by_kind`` or one that a test makes up."""

    def __call__(
        self,
        kind: str,
        n: int,
        rng: np.random.Generator,
        *,
        asns: int | None = None,
        countries: Sequence[str] | None = None,
        among: Sequence[int] | None = None,
        family: int = 4,
        skew: float = 1.0,
    ) -> list[str]:
        """Return *n* distinct addresses of one kind of network."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """When and where the traffic is seen, and by how many."""

    rng: np.random.Generator
    duration_s: float = DAY
    start: float = START
    sensors: Sequence[str] = ("10.0.0.53",)  # resolvers, each with a cache of its own
    clients: int = 200  # over all resolvers
    queries_per_day: float = 2_000
    source: AddressSource = addresses_by_kind

    @property
    def days(self) -> float:
        return self.duration_s / DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One RRset of another section than the answer: its owner, type, rdata and TTL."""

    name: str
    type: str
    rdata: tuple[str, ...]
    ttl: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What an authority answers at one moment."""

    addresses: tuple[str, ...]
    ttl: int
    chain: tuple[str, ...] = ()  # CNAMEs on the way
    others: tuple[Record, ...] = ()  # authority and additional section


#: Given the name, the time and the resolver that asks.
Authority = Callable[[str, float, str], Reply]


@dataclass(slots=True)
class Cache:
    """One resolver's cache: answers live for their TTL, and the TTL counts down."""

    sensor: str
    authority: Authority
    kept: dict[str, tuple[float, Reply]] = field(default_factory=dict)

    def ask(self, name: str, time: float) -> tuple[Reply, int, bool]:
        """Return the reply, the TTL left in whole seconds, and whether it was fetched now."""
        fetched, reply = self.kept.get(name, (-np.inf, None))
        if reply is not None and time < fetched + reply.ttl:
            return reply, reply.ttl - int(time - fetched), False
        reply = self.authority(name, time, self.sensor)
        self.kept[name] = (time, reply)
        return reply, reply.ttl, True


def observe(
    setting: Setting,
    authority: Authority,
    names: Callable[[int], Sequence[str]],
    *,
    type_: str = "A",
) -> pa.Table:
    """Let clients ask at random (Poisson) and return what the resolvers answered.

    *names* is given the number of questions and returns the names asked for, in order of time.
    Other sections are seen only in a reply that was fetched: from the cache comes the answer alone.
    """
    rng = setting.rng
    count = int(rng.poisson(setting.queries_per_day * setting.days))
    times = np.sort(rng.uniform(setting.start, setting.start + setting.duration_s, count))
    clients = rng.integers(0, setting.clients, count)
    caches = [Cache(sensor, authority) for sensor in setting.sensors]
    rows: list[dict[str, object]] = []
    asked = zip(times.tolist(), clients.tolist(), names(count), strict=True)
    for time, client, name in asked:
        time = round(time, 6)  # noqa: PLW2901 - as logs have it
        cache = caches[client % len(caches)]
        reply, ttl, fetched = cache.ask(name, time)
        seen = {"time": time, "client": client_address(client), "sensor": cache.sensor}
        answers = ",".join((*reply.chain, *reply.addresses))
        rows.append({"name": name, "type": type_, "answers": answers, "ttl": ttl, **seen})
        for other in reply.others if fetched else ():
            rdata = ",".join(other.rdata)
            row = {"name": other.name, "type": other.type, "answers": rdata, "ttl": other.ttl}
            rows.append(row | seen)
    return pa.Table.from_pylist(rows, schema=OBSERVATION)


def client_address(number: int) -> str:
    """Return the private address of one client."""
    return f"10.20.{number // 250}.{number % 250 + 1}"


def only(name: str) -> Callable[[int], Sequence[str]]:
    """Ask for one name always."""
    return lambda count: [name] * count
