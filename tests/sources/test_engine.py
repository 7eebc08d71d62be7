from __future__ import annotations

import ipaddress
import threading

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.sources.engine import CHUNK_ROWS, Engine, in_chunks


def value(expression: str, argument: object) -> object:
    table = pa.table({"x": pa.array([argument])})
    sql = f"SELECT {expression} AS y FROM t"
    return Engine.here().select(sql, t=table).column("y")[0].as_py()


@pytest.mark.parametrize(
    ("text", "four", "six"),
    [
        ("192.0.2.1", True, False),
        ("256.0.2.1", False, False),
        ("1.2.3.4.5", False, False),
        ("a1.2.3.4", False, False),
        ("2001:db8::1", False, True),
        ("::ffff:192.0.2.1", False, True),
        ("example.com", False, False),
        ("", False, False),
        ("a:b.example", False, False),
    ],
)
def test_addresses(text: str, *, four: bool, six: bool) -> None:
    assert (value("is_v4(x)", text), value("is_v6(x)", text)) == (four, six)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.ip_addresses(), min_size=1, max_size=30))
def test_every_address_is_one(addresses: list[ipaddress.IPv4Address]) -> None:
    table = pa.table({"x": [str(address) for address in addresses]})
    result = Engine.here().select("SELECT is_v4(x) AS four, is_address(x) AS any_ FROM t", t=table)
    assert result.column("four").to_pylist() == [a.version == 4 for a in addresses]
    assert all(result.column("any_").to_pylist())


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1600000000.5", 1600000000.5),
        ("2020-09-13T12:26:40.5+0000", 1600000000.5),
        ("2020-09-13T14:26:40.5+0200", 1600000000.5),
        ("2020-09-13T12:26:40", 1600000000.0),
        ("x" * 100, None),
        ("", None),
        (None, None),
    ],
)
def test_seconds(text: str | None, seconds: float | None) -> None:
    assert value("seconds(x::VARCHAR)", text) == seconds


def test_engines_work_side_by_side() -> None:
    results: list[int] = []

    def count(number: int) -> None:
        table = pa.table({"x": range(number)})
        results.append(
            Engine.here().select("SELECT count(*) AS n FROM t", t=table).column(0)[0].as_py()
        )

    threads = [threading.Thread(target=count, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == list(range(8))


def test_statements_read_the_tables_they_are_given() -> None:
    engine = Engine.here()
    assert engine is Engine.here()
    values: list[list[object]] = [[1], [2, 3], ["a", "b"], [[1, 2]], [None]]
    for column in values:
        found = engine.select("SELECT x AS y FROM t", t=pa.table({"x": column}))
        assert found.column("y").to_pylist() == column


def test_chunks() -> None:
    assert in_chunks(pa.array(range(CHUNK_ROWS + 1))).num_chunks == 2
    assert in_chunks(pa.array([], pa.string())).num_chunks == 0


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (r'["x\\044y.test", "192.0.2.1"]', [r"x\044y.test", "192.0.2.1"]),
        (r'["b\u00fccher.test"]', ["bücher.test"]),
        ("[192.0.2.1 192.0.2.2]", ["192.0.2.1", "192.0.2.2"]),
        ('["192.0.2.1", ', ["192.0.2.1"]),
        ("192.0.2.1;192.0.2.2|x.test", ["192.0.2.1", "192.0.2.2", "x.test"]),
        ("[" * 5000, []),
    ],
)
def test_lists_are_read_as_json_where_they_are(cell: str, expected: list[str]) -> None:
    table = pa.table({"x": [cell]})
    assert Engine.here().select("SELECT listed(x) AS l FROM t", t=table)["l"].to_pylist() == [
        expected
    ]


def test_times_of_rfc_3339_may_be_in_lower_case() -> None:
    table = pa.table({"x": ["2023-11-14t22:13:20z", "2023-11-14T22:13:20Z"]})
    found = Engine.here().select("SELECT seconds(x) AS s FROM t", t=table)["s"].to_pylist()
    assert found == [1_700_000_000.0, 1_700_000_000.0]
