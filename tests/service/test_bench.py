from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest

from fluxhound.history.store import Store
from fluxhound.service.bench import COMMON, HUB_DOMAINS, Bench
from fluxhound.service.tracking import NO_ADDRESSES, NO_ALIASES

NOBODY = np.array([], dtype=np.uint64)


def keys(*values: int) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    return np.array(values, dtype=np.uint64)


def rows(*each: tuple[int, int, str, str], last: float = 100.0, kind: str = "A") -> pa.Table:
    """Return rows of (domain, hour, name, answers)."""
    count = len(each)
    return pa.table(
        {
            "domain": pa.array([d for d, _, _, _ in each], pa.uint64()),
            "text": pa.array([hash(a) % 2**60 for _, _, _, a in each], pa.uint64()),
            "hour": pa.array([h for _, h, _, _ in each], pa.int32()),
            "sensor": ["r"] * count,
            "name": [n for _, _, n, _ in each],
            "type": [kind] * count,
            "answers": [a for _, _, _, a in each],
            "first": [1.0] * count,
            "last": [last] * count,
            "count": pa.array([2] * count, pa.int64()),
            "ttl_max": pa.array([300] * count, pa.int64()),
            "ttl_min": pa.array([60] * count, pa.int64()),
        }
    )


def links(table: dict[str, list[int]]) -> pa.Table:
    return pa.table({name: pa.array(values, pa.uint64()) for name, values in table.items()})


@pytest.fixture
def engine() -> Iterator[Store]:
    with Store(None, threads=1) as store:
        yield store


@pytest.fixture
def bench(engine: Store) -> Bench:
    return Bench(engine.connection, most_rows=6)


def copied(bench: Bench, engine: Store, *domains: int) -> list[tuple[str, int]]:
    with engine.connection.cursor() as cursor:
        bench.copy(cursor, keys(*domains), among=keys(*range(1, 3000)))
        return sorted(cursor.execute("SELECT name, count FROM temp.history").fetchall())


def test_equal_rows_are_one(bench: Bench, engine: Store) -> None:
    for last in (100.0, 200.0):
        bench.add(rows((1, 5, "a", "192.0.2.1"), last=last), NO_ALIASES, NO_ADDRESSES)
    assert copied(bench, engine, 1) == [("a", 4)]
    assert len(bench) == 2
    bench.merge(keys(1), np.array([0.0]), oldest_hour=0)
    assert len(bench) == 1
    assert copied(bench, engine, 1) == [("a", 4)]


def test_what_is_too_much_or_too_old_goes(bench: Bench, engine: Store) -> None:
    bench.add(rows((7, 1, "old", "x")), NO_ALIASES, NO_ADDRESSES)
    for domain in range(1, 6):
        some = [(domain, 5, f"{domain}", f"192.0.2.{i}") for i in range(2)]
        bench.add(rows(*some, last=float(domain)), NO_ALIASES, NO_ADDRESSES)
    lost = bench.merge(keys(1, 2, 7), np.array([5.0, 1.0, 9.0]), oldest_hour=4)
    assert lost.tolist() == [7]
    assert len(bench) == 6
    left = [d for d in range(1, 6) if copied(bench, engine, d)]
    assert left == [1, 2, 5]  # candidates, and of the others the latest


def test_merging_is_asked_for() -> None:
    with Store(None, threads=1) as engine:
        bench = Bench(engine.connection, most_rows=10**6)
        assert not bench.full
        many = rows((1, 1, "a", "b")).take(pa.array([0] * 50_000))
        bench.add(many, NO_ALIASES, NO_ADDRESSES)
        assert bench.full
        bench.merge(NOBODY, np.array([]), oldest_hour=0)
        assert not bench.full


def test_chains_bring_the_rows_that_lead_to_a_domain(bench: Bench, engine: Store) -> None:
    table = rows((1, 5, "www.a.com", "e.cdn.net,192.0.2.1"))
    text = table.column("text")[0].as_py()
    alias = links({"text": [text], "name": [11], "domain": [2]})
    bench.add(table, alias, NO_ADDRESSES)
    assert copied(bench, engine, 2) == [("www.a.com", 2)]
    assert bench.texts_into(keys(2)).tolist() == [text]
    assert bench.names_into(keys(2)).tolist() == [11]
    bench.merge(NOBODY, np.array([]), oldest_hour=0)
    assert bench.names_into(keys(2)).tolist() == [11]
    bench.drop(keys(1))
    bench.merge(NOBODY, np.array([]), oldest_hour=0)
    assert bench.names_into(keys(2)).size == 0


def test_neighbours_and_hosts_come_too(bench: Bench, engine: Store) -> None:
    bench.add(
        rows((1, 5, "a", "192.0.2.1"), (2, 5, "b", "192.0.2.1"), (3, 5, "c", "x")),
        NO_ALIASES,
        links({"address": [*range(COMMON)] * 2 + [0], "domain": [1] * COMMON + [2] * COMMON + [3]}),
    )
    assert copied(bench, engine, 1) == [("a", 2), ("b", 2)]
    bench.add(rows((1, 5, "a", "ns.d,c"), kind="NS"), NO_ALIASES, NO_ADDRESSES)
    assert [name for name, _ in copied(bench, engine, 1)] == ["a", "a", "b", "c"]


def test_neighbours_are_candidates(bench: Bench, engine: Store) -> None:
    shared = links({"address": [*range(COMMON)] * 2, "domain": [1] * COMMON + [2] * COMMON})
    bench.add(rows((1, 5, "a", "x"), (2, 5, "b", "x")), NO_ALIASES, shared)
    with engine.connection.cursor() as cursor:
        for among, shown in ((1, ["a"]), (2, ["a", "b"])):
            bench.copy(cursor, keys(1), among=keys(among))
            found = cursor.execute("SELECT name FROM temp.history ORDER BY ALL").fetchall()
            assert [name for (name,) in found] == shown


def test_hubs_bring_nobody(bench: Bench, engine: Store) -> None:
    many = range(2, HUB_DOMAINS + 5)
    addresses = {
        "address": [a for a in range(3) for _ in many] + [0, 1, 2],
        "domain": [d for _ in range(3) for d in many] + [1, 1, 1],
    }  # fmt: skip
    bench.add(rows((1, 5, "a", "x"), (2, 5, "b", "x")), NO_ALIASES, links(addresses))
    assert copied(bench, engine, 1) == [("a", 2)]


def test_filling_replaces_and_adds_only_what_is_missing(bench: Bench, engine: Store) -> None:
    bench.add(rows((1, 5, "a", "x"), (2, 5, "b", "y")), NO_ALIASES, NO_ADDRESSES)
    older = rows((1, 4, "a", "w"), (1, 5, "a", "x"), (2, 5, "b", "y"))
    bench.fill(keys(1), older, NO_ALIASES, NO_ADDRESSES)
    assert len(bench) == 3
    assert copied(bench, engine, 1) == [("a", 2), ("a", 2)]


def test_an_empty_bench(bench: Bench, engine: Store) -> None:
    bench.add(rows((1, 5, "a", "x")), NO_ALIASES, NO_ADDRESSES)
    bench.clear()
    assert len(bench) == 0
    assert copied(bench, engine, 1) == []
