from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.history.merging import MOST_CLIENTS, Span, count_rows, merge, parts
from fluxhound.history.store import Store
from tests.history.askings import (
    ASKING_VIEW,
    HISTORY_VIEW,
    Row,
    add,
    add_askings,
    fetch,
    number,
    row,
)

names = st.sampled_from(["a.example", "b.example", "www.b.example", "é.example", "~"])

rows = st.builds(
    row,
    st.integers(0, 1),
    names,
    st.sampled_from(["192.0.2.1", "192.0.2.2", ""]),
    sensor=st.sampled_from(["", "r1"]),
    count=st.integers(1, 5),
    ttl=st.none() | st.integers(0, 600),
    at=st.integers(0, 3599).map(float),
    source=st.integers(1, 2),
)
askings = st.tuples(
    st.integers(0, 1), names, st.integers(1, 4), st.integers(0, 3599).map(float), st.integers(1, 5)
)


def whole(table: str, first: int = 0, end: int = 2) -> Span:
    return Span(table=table, first=first, end=end)


def merge_all(store: Store, table: str) -> None:
    with store.transaction():
        for hour in (0, 1):
            merge(store.connection, whole(table, hour, hour + 1), target=hour)


@settings(max_examples=15)
@given(st.lists(rows, max_size=12), st.lists(st.integers(0, 12), max_size=4))
def test_merging_at_any_moments_never_changes_what_the_history_means(
    listed: list[Row], moments: list[int]
) -> None:
    with Store() as merged, Store() as plain:
        add(plain, listed)
        for begin, end in itertools.pairwise(sorted({0, *moments, 12})):
            add(merged, listed[begin:end])
            merge_all(merged, "history")
        add(merged, listed[12:])
        assert fetch(merged, HISTORY_VIEW) == fetch(plain, HISTORY_VIEW)
        keys = number(plain, f"SELECT count(*) FROM ({HISTORY_VIEW.replace('ORDER BY ALL', '')})")
        assert number(merged, "SELECT count(*) FROM history") == keys


@settings(max_examples=10)
@given(st.lists(askings, max_size=10), st.integers(0, 10))
def test_merging_never_changes_who_asked(
    listed: list[tuple[int, str, int, float, int]], moment: int
) -> None:
    with Store() as merged, Store() as plain:
        add_askings(plain, listed)
        for part in (listed[:moment], listed[moment:]):
            add_askings(merged, part)
            merge_all(merged, "asking")
        assert fetch(merged, ASKING_VIEW) == fetch(plain, ASKING_VIEW)


@settings(max_examples=10)
@given(st.lists(rows, max_size=10), st.data())
def test_rows_may_come_in_any_order_and_any_grouping(
    listed: list[Row], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(listed))
    with Store() as one, Store() as other:
        add(one, listed)
        merge_all(one, "history")
        for each in shuffled:  # ((a + b) + c) ..., where the other is a + b + c
            add(other, [each])
            merge_all(other, "history")
        assert fetch(one, HISTORY_VIEW) == fetch(other, HISTORY_VIEW)


def test_merged_again_nothing_changes() -> None:
    with Store() as store:
        add(store, [row(0, "a.example", at=at) for at in (1.0, 2.0)])
        results = []
        for _ in range(2):
            with store.transaction():
                results.append(merge(store.connection, whole("history", 0, 1), target=0))
        assert results == [(2, 1), (1, 1)]
        assert fetch(store, "SELECT first, last, count FROM history") == [(1.0, 2.0, 2)]


def test_a_sum_too_large_stops_instead_of_failing() -> None:
    with Store() as store:
        add(store, [row(0, "a.example", count=(1 << 63) - 1)] * 2)
        merge_all(store, "history")
        assert number(store, "SELECT count FROM history") == (1 << 63) - 1


def test_the_clients_of_a_crowded_name_are_capped_and_all_askings_are_counted() -> None:
    with Store() as store:
        for start in (0, 700):
            store.connection.execute(
                f"""INSERT INTO asking SELECT 0, 'a.example', i + 1, i, i, 2, 1
                    FROM range({start}, {start + 900}) t(i)"""
            )
            add_askings(store, [(0, "b.example", 5, 1.0, 1)])
            merge_all(store, "asking")
        kept = "SELECT count(*), max(client) FROM asking WHERE name = 'a.example' AND client <> 0"
        assert fetch(store, kept) == [(MOST_CLIENTS, MOST_CLIENTS)]
        assert number(store, "SELECT sum(count) FROM asking WHERE name = 'a.example'") == 3600
        assert number(store, "SELECT count FROM asking WHERE client = 0") == 2 * 600
        assert fetch(store, "SELECT client, count FROM asking WHERE name = 'b.example'") == [(5, 2)]


@pytest.mark.parametrize("wanted", [1, 7, 50, 1000])
def test_parts_cover_each_row_once_in_the_order_of_the_names(wanted: int) -> None:
    with Store() as store:
        add(store, [row(i % 2, f"n{i % 97}.example") for i in range(500)])
        found = parts(store.connection, whole("history"), rows=wanted)
        assert sum(count_rows(store.connection, each) for each in found) == 500
        edges = [(each.since, each.until) for each in found]
        assert edges[0][0] == ""
        assert edges[-1][1] is None
        assert all(a[1] == b[0] for a, b in itertools.pairwise(edges))
        assert len(found) <= min(-(-500 // wanted), 97 + 1)


def test_a_single_name_is_never_parted() -> None:
    with Store() as store:
        add(store, [row(0, "a.example", f"192.0.2.{i}") for i in range(100)])
        found = parts(store.connection, whole("history"), rows=10)
        assert max(count_rows(store.connection, each) for each in found) == 100


def test_a_day_becomes_one_row_for_each_key() -> None:
    with Store() as store:
        add(store, [row(24 + hour, "a.example", count=2) for hour in range(24)])
        with store.transaction():
            assert merge(store.connection, whole("history", 24, 48), target=24) == (24, 1)
        assert fetch(store, "SELECT hour, first, last, count FROM history") == [
            (24, 24 * 3600.0, 47 * 3600.0, 48)
        ]
