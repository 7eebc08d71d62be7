from __future__ import annotations

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.history.recall import RRset, merged, rrsets, unchained
from fluxhound.history.schema import TABLES

ROWS = [
    ("r1", "www.kx.example", "A", "edge.kx.example,192.0.2.2,192.0.2.1", 100.0, 160.0, 3),
    ("r2", "www.kx.example", "A", "edge.kx.example,192.0.2.2,192.0.2.1", 90.0, 130.0, 2),
    ("r1", "kx.example", "NS", "ns2.kx.example,ns1.kx.example.", 50.0, 60.0, 1),
    ("r1", "notkx.example", "A", "192.0.2.9", 1.0, 2.0, 1),
    ("r1", "kx.example", "AAAA", "2001:0DB8::0001", 200.0, 210.0, 4),
]


@pytest.fixture
def history() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(TABLES)
    connection.executemany(
        "INSERT INTO history SELECT 0, ?, ?, ?, ?, ?, ?, ?, 60, 60, 0",
        ROWS,
    )
    return connection


def rrset(name: str, kind: str, *rdata: str, first: float, last: float, count: int) -> RRset:
    return RRset(name=name, type=kind, rdata=rdata, first=first, last=last, count=count)


def test_a_name_is_recalled_with_its_chain(history: duckdb.DuckDBPyConnection) -> None:
    assert rrsets(history, "www.kx.example") == (
        rrset("edge.kx.example", "A", "192.0.2.1", "192.0.2.2", first=90, last=160, count=5),
        rrset("www.kx.example", "CNAME", "edge.kx.example", first=90, last=160, count=5),
    )


def test_what_is_below_a_name_is_recalled_on_request(history: duckdb.DuckDBPyConnection) -> None:
    alone = rrsets(history, "kx.example")
    assert [(r.type, r.rdata) for r in alone] == [
        ("AAAA", ("2001:db8::1",)),
        ("NS", ("ns1.kx.example", "ns2.kx.example")),
    ]
    names = {r.name for r in rrsets(history, "kx.example", below=True)}
    assert names == {"kx.example", "www.kx.example", "edge.kx.example"}


def test_no_more_than_asked_for(history: duckdb.DuckDBPyConnection) -> None:
    assert len(rrsets(history, "kx.example", below=True, most=1)) == 1


def test_an_unknown_name_is_nothing(history: duckdb.DuckDBPyConnection) -> None:
    assert rrsets(history, "x'; DROP TABLE history; --") == ()


@given(st.text(max_size=60), st.sampled_from(["A", "AAAA", "NS"]))
def test_any_answers_are_taken(answers: str, kind: str) -> None:
    found = list(unchained("a.example", kind, answers, 1.0, 2.0, 3))
    assert all(each.type in {kind, "CNAME"} for each in found)


_sets = st.builds(
    RRset,
    name=st.sampled_from(["a", "b"]),
    type=st.just("A"),
    rdata=st.just(("192.0.2.1",)),
    first=st.integers(0, 50),
    last=st.integers(50, 99),
    count=st.integers(1, 9),
)


@given(st.lists(_sets))
def test_order_does_not_matter(sets: list[RRset]) -> None:
    whole = merged(sets)
    assert whole == merged(reversed(sets)) == merged(merged(sets))
    assert sum(each.count for each in whole) == sum(each.count for each in sets)
