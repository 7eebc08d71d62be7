"""Ways to evade, each as a grid of changed parameters of one archetype.

For measuring what evasion costs who evades: every way gives up some flux, and the grid goes from
little to much. The ways are those that the literature and reports name; one not among them (benign
answers for probers) changes nothing here, since Fluxhound sends no queries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType

Changes = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One point of a grid: how it is called, and the parameters that differ."""

    label: str
    changes: Changes

    def overrides(self, archetype: str) -> Mapping[str, Changes]:
        """Return what ``Setting.overrides`` takes."""
        return {archetype: self.changes}


@dataclass(frozen=True, slots=True, kw_only=True)
class Evasion:
    """One way to evade: of which archetype, what it is meant to break, what the attacker pays."""

    name: str
    archetype: str
    breaks: str
    price: str
    points: tuple[Point, ...]
    #: Days that must be watched to judge it fairly.
    days: float = 1.0


def _hours(seconds: float) -> str:
    if seconds >= 3600:  # noqa: PLR2004 - an hour
        return f"{seconds / 3600:g} h"
    return f"{seconds / 60:g} min"


def _points(label: str, **values: tuple[object, ...]) -> tuple[Point, ...]:
    """Return the product of values of some parameters; *label* is filled with them."""
    made = (dict(zip(values, each, strict=True)) for each in product(*values.values()))
    return tuple(Point(label=label.format(**each), changes=each) for each in made)


def _slow() -> tuple[Point, ...]:
    pairs = product((1_800, 7_200, 21_600, 86_400), (12, 60, 300))
    return tuple(
        Point(
            label=f"every {_hours(rotation)}, pool of {live}",
            changes={"rotation_s": rotation, "ttl": min(rotation, 3_600), "live": live},
        )
        for rotation, live in pairs
    )


def _few() -> tuple[Point, ...]:
    return tuple(
        Point(
            label=f"{live} live hosts",
            changes={"live": live, "asns": min(live, 20), "answers": 1, "rotation_s": 1_800},
        )
        for live in (2, 3, 4, 6, 8, 12, 20, 40)
    )


def _rented() -> tuple[Point, ...]:
    return tuple(
        Point(
            label=f"{share:.0%} rented",
            changes={
                "kinds": {"access": 0.94 * (1 - share), "unknown": 0.06 * (1 - share)}
                | ({"hosting": 0.6 * share, "cloud": 0.4 * share} if share else {})
            },
        )
        for share in (0.0, 0.25, 0.5, 0.75, 0.9, 1.0)
    )


def _local() -> tuple[Point, ...]:
    return tuple(
        Point(
            label=f"{live} servers in {lans} /24, every {_hours(rotation)}",
            changes={"lans": lans, "live": live, "asns": 1, "rotation_s": rotation},
        )
        for lans, live, rotation in product((1, 4), (8, 60), (300, 3_600, 21_600))
    )


def _ttl() -> tuple[Point, ...]:
    return tuple(
        Point(
            label=f"TTL {ttl} s, new answer every {_hours(rotation)}",
            changes={"ttl": ttl, "rotation_s": rotation},
        )
        for ttl, rotation in product((0, 30, 3_600, 86_400), (300, 3_600))
    )


def _by_place() -> tuple[Point, ...]:
    return tuple(
        Point(
            label=f"{places} places, pool of {live}",
            changes={"view": "place", "places": places, "elsewhere": 0.0, "live": live},
        )
        for places, live in product((2, 3, 6), (60, 600, 3_000))
    )


def _decoys() -> tuple[Point, ...]:
    return tuple(
        Point(
            label=f"{sort} decoys in each answer: {count}",
            changes={"decoys": count, "decoy_sort": sort},
        )
        for sort, count in product(("private", "popular", "rented"), (1, 2, 4, 8))
    )


def _residents() -> tuple[Point, ...]:
    return tuple(
        Point(
            label=f"{turnover:.0%} new hosts a day",
            changes={"turnover": turnover, "reassign": 0.0, "diurnal": 0.0},
        )
        for turnover in (0.2, 0.1, 0.05, 0.02, 0.0)
    )


EVASIONS: Mapping[str, Evasion] = MappingProxyType(
    {
        e.name: e
        for e in (
            Evasion(
                name="slow rotation",
                archetype="slow",
                breaks="short windows, gates on TTL",
                price="hosts stay exposed for hours, and die in service",
                points=_slow(),
                days=7.0,
            ),
            Evasion(
                name="few addresses",
                archetype="low-count",
                breaks="counts of addresses and networks",
                price="few hosts carry all, and are soon listed",
                points=_few(),
            ),
            Evasion(
                name="rented hosts",
                archetype="one-address",
                breaks="kinds of host, dispersion",
                price="rent, identity, and take-down by one provider",
                points=_rented(),
            ),
            Evasion(
                name="one network",
                archetype="bulletproof",
                breaks="all dispersion",
                price="one AS number to block",
                points=_local(),
            ),
            Evasion(
                name="one region",
                archetype="regional",
                breaks="counts of countries and networks",
                price="a market of few hosts, up at the same hours",
                points=_points(
                    "networks in one country: {asns}", asns=(1, 2, 4, 8), countries=(1,)
                ),
            ),
            Evasion(
                name="TTL games",
                archetype="one-address",
                breaks="gates on TTL",
                price="none with short TTLs; dead hosts stay cached with long ones",
                points=_ttl(),
            ),
            Evasion(
                name="answers by place",
                archetype="classic",
                breaks="agreement between places (Knysz, Hu and Shin 2011)",
                price="each place needs a pool of its own",
                points=_by_place(),
            ),
            Evasion(
                name="decoys",
                archetype="classic",
                breaks="shares and means of any property (Akamai 2017)",
                price="victims that are sent to a decoy are lost",
                points=_decoys(),
            ),
            Evasion(
                name="a name for each victim",
                archetype="wildcard",
                breaks="state of single names",
                price="a zone with a wildcard",
                points=_points(
                    "{live} live hosts, label decides in {by_label:.0%}",
                    live=(12, 100, 1_000),
                    by_label=(0.0, 1.0),
                ),
            ),
            Evasion(
                name="new names each day",
                archetype="dga",
                breaks="history of names",
                price="registrations",
                points=_points(
                    "domains on a pool: {domains_per_pool}, {popularity:g} of the queries",
                    domains_per_pool=(1, 10, 100),
                    popularity=(0.1, 0.3, 1.0),
                ),
            ),
            Evasion(
                name="random answer for each query",
                archetype="per-query",
                breaks="agreement between places",
                price="none",
                points=_points("pool of {live}", live=(12, 50, 200, 1_000)),
            ),
            Evasion(
                name="hosts that stay",
                archetype="per-query",
                breaks="turnover: a closed pool of volunteers looks the same",
                price="only the few hosts that are always on",
                points=_residents(),
                days=3.0,
            ),
            Evasion(
                name="asked for rarely",
                archetype="classic",
                breaks="whatever needs many answers",
                price="few victims at one vantage",
                points=_points("{popularity:g} of the queries", popularity=(0.02, 0.1, 0.3, 1.0)),
            ),
        )
    }
)
