from __future__ import annotations

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.history.functions import client_pseudonym, register_functions


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    made = duckdb.connect()
    register_functions(made, client_key=b"a key")
    return made


@pytest.mark.parametrize(
    ("call", "value"),
    [
        ("canonical_name('WWW.Bücher.Example.')", "www.xn--bcher-kva.example"),
        ("canonical_name('')", ""),
        ("canonical_answers('BÜCHER.a.,TXT 1 ü,::1')", "xn--bcher-kva.a,txt 1 ü,::1"),
        ("split_answer_text('a|b.example,2001:DB8::1')", "2001:db8::1|a|b.example"),
        ("client_pseudonym('10.0.0.1')", client_pseudonym("10.0.0.1", b"a key")),
    ],
)
def test_sql_calls_them(connection: duckdb.DuckDBPyConnection, call: str, value: object) -> None:
    assert connection.execute(f"SELECT {call}").fetchall() == [(value,)]


def test_many_values_come_back_in_order(connection: duckdb.DuckDBPyConnection) -> None:
    rows = connection.execute(
        "SELECT client_pseudonym('c' || i), i FROM range(5000) t(i) ORDER BY i"
    ).fetchall()
    assert [client_pseudonym(f"c{i}", b"a key") for i in range(5000)] == [row[0] for row in rows]


@given(st.text(max_size=60), st.binary(min_size=1, max_size=64))
def test_pseudonyms_depend_on_client_and_key(client: str, key: bytes) -> None:
    here = client_pseudonym(client, key)
    assert 0 <= here < 2**64
    assert here == client_pseudonym(client, key)
    assert here != client_pseudonym(client + "x", key)
    assert here != client_pseudonym(client, key[:-1] + bytes([key[-1] ^ 1]))
