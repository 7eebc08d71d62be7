"""Pools of addresses that an authority draws from, and how they change."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tests.scenarios.traffic import DAY, Authority, Record, Reply, Setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How addresses are chosen and for how long."""

    size: int  # addresses in an answer
    ttl: int  # seconds
    pool: int  # addresses alive at a time
    period: float  # seconds between two answer sets
    turnover: float = 0.0  # share of the pool that is replaced in a day
    kind: str = "access"
    asns: int | None = None
    countries: Sequence[str] | None = None
    among: Sequence[int] | None = None  # AS numbers
    family: int = 4


def schedule(shape: Shape, setting: Setting) -> list[tuple[str, ...]]:
    """Return one answer set for each period: drawn from a pool whose members come and go."""
    periods = math.ceil(setting.duration_s / shape.period) + 1
    leaving = shape.pool * shape.turnover * shape.period / DAY  # expected, in one period
    reserve = math.ceil(leaving * periods * 1.5 + 5 * math.sqrt(leaving * periods) + 1)
    drawn = draw(shape, setting, shape.pool + (reserve if shape.turnover else 0))
    pool, waiting = drawn[: shape.pool], drawn[shape.pool :]
    sets = []
    for _ in range(periods):
        chosen = setting.rng.choice(shape.pool, min(shape.size, shape.pool), replace=False)
        sets.append(tuple(pool[i] for i in chosen.tolist()))
        for i in setting.rng.integers(0, shape.pool, setting.rng.poisson(leaving)).tolist():
            if waiting:
                pool[i] = waiting.pop()
    return sets


def draw(shape: Shape, setting: Setting, n: int) -> list[str]:
    """Draw *n* addresses of the shape's networks."""
    return setting.source(
        shape.kind,
        n,
        setting.rng,
        asns=shape.asns,
        countries=shape.countries,
        among=shape.among,
        family=shape.family,
    )


def rotating(shape: Shape, setting: Setting, others: Sequence[Authority] = ()) -> Authority:
    """Answer everyone with the set of the current period; *others* fill the other sections."""
    sets = schedule(shape, setting)

    def answer(name: str, time: float, sensor: str) -> Reply:
        records: list[Record] = []
        for other in others:
            records += other(name, time, sensor).others
        chosen = sets[at(time, setting, shape.period)]
        return Reply(addresses=chosen, ttl=shape.ttl, others=tuple(records))

    return answer


def scattered(pool: Sequence[str], size: int, ttl: int, setting: Setting) -> Authority:
    """Answer every query with another random part of the pool."""

    def answer(name: str, time: float, sensor: str) -> Reply:
        chosen = setting.rng.choice(len(pool), min(size, len(pool)), replace=False)
        return Reply(addresses=tuple(pool[i] for i in chosen.tolist()), ttl=ttl)

    return answer


def at(time: float, setting: Setting, period: float) -> int:
    """Return the number of the period that *time* falls into."""
    return int((time - setting.start) // period)
