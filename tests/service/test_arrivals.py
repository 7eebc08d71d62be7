from __future__ import annotations

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.profiles.gate import list_owners
from fluxhound.service.arrivals import Reader

READER = Reader(salt="salt")


def rows(*each: tuple[str, str, str]) -> pa.Table:
    names, kinds, answers = zip(*each, strict=True)
    return pa.table({"name": list(names), "type": list(kinds), "answers": list(answers)})


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("a.com", "A", "192.0.2.1,192.0.2.2"), ("a.com", "A", "192.0.2.2,192.0.2.1"), True),
        (("a.com", "A", "192.0.2.1"), ("a.com", "A", "192.0.2.2"), False),
        (("a.com", "A", "192.0.2.1"), ("b.com", "A", "192.0.2.1"), False),
    ],
)
def test_order_does_not_matter(
    one: tuple[str, str, str], other: tuple[str, str, str], *, same: bool
) -> None:
    pair = READER.keys(rows(one, other)).pair
    assert (pair[0] == pair[1]) == same


def test_another_salt_gives_other_keys() -> None:
    some = rows(("a.com", "A", "192.0.2.1"))
    assert Reader().keys(some).name[0] != Reader().keys(some).name[0]


def test_pieces() -> None:
    pieces = READER.pieces(
        rows(
            ("a.com", "NS", "ns1.a.com,ns2.a.com"),
            ("a.com", "A", "edge.b.net,rrsig 5 b.net,192.0.2.1,198.51.100.2"),
            ("a.com", "AAAA", "2001:db8::1"),
        )
    )
    assert pieces.address_row.tolist() == [1, 1, 2]
    assert pieces.ipv6.tolist() == [False, False, True]
    assert len(set(pieces.network.tolist())) == 3
    assert pieces.chain_row.tolist() == [1]
    assert pieces.chain_text.to_pylist() == ["edge.b.net"]
    assert pieces.chain_name[0] == READER.keys(rows(("edge.b.net", "A", ""))).name[0]


TEXTS = st.lists(
    st.sampled_from(
        ["192.0.2.1", "192.0.2.01", "1.2.3", "9", "2001:db8::1", "a.example.", "x y", "", ".", "é9"]
    )
    | st.text(max_size=8),
    max_size=6,
).map(",".join)


@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_addresses_and_chains_are_those_of_the_gate(texts: list[str]) -> None:
    table = rows(*((f"n{i}.com", "A", text) for i, text in enumerate(texts)))
    pieces = READER.pieces(table)
    with duckdb.connect() as gate:
        gate.register("table_", table)
        gate.execute("CREATE TEMP VIEW seen AS SELECT *, NULL::BIGINT AS ttl_max FROM table_")
        list_owners(gate)
        addresses = gate.execute(
            "SELECT hash(unnest(addresses)) FROM text JOIN pair USING (text_key)"
        ).fetchall()
        chains = gate.execute("SELECT owner FROM chain_owner JOIN pair USING (text_key)").fetchall()
    assert sorted(pieces.address.tolist()) == sorted(a for (a,) in addresses)
    assert sorted(pieces.chain_text.to_pylist()) == sorted(c for (c,) in chains)


def test_domain_keys_are_those_of_the_gate() -> None:
    with duckdb.connect() as engine:
        key = engine.execute("SELECT hash('=' || 'a.com')").fetchall()[0][0]
    assert READER.domain_keys(pa.array(["a.com"])).tolist() == [key]
