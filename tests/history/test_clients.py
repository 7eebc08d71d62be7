from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.errors import StoreError
from fluxhound.history.clients import (
    Askers,
    canonical_client,
    digest_of,
    pseudonym_text,
    pseudonyms,
)
from fluxhound.history.functions import client_pseudonym
from fluxhound.history.store import Store
from tests.history.askings import fetch, number

KEY = b"k" * 32
HOUR = 3600.0


def asked(*rows: tuple[str, str | None, float], counts: list[int] | None = None) -> pa.Table:
    names, clients, times = zip(*rows, strict=True) if rows else ((), (), ())
    columns = {
        "name": pa.array(names, pa.string()),
        "client": pa.array(clients, pa.string()),
        "time": pa.array(times, pa.float64()),
    }
    if counts is not None:
        columns["count"] = pa.array(counts, pa.int64())
    return pa.table(columns)


def add(store: Store, table: pa.Table, *, pseudonymise: bool = True) -> dict[int, int]:
    askers = Askers(store, key=KEY, pseudonymise=pseudonymise)
    with store.transaction():
        return askers.add(table, source=3)


def test_askings_are_one_row_for_each_hour_name_and_client() -> None:
    rows = [
        ("a.example", "10.0.0.1", 7 * HOUR + 1),
        ("a.example", "10.0.0.1", 7 * HOUR + 9),
        ("a.example", "10.0.0.1", 8 * HOUR),
        ("a.example", "10.0.0.2", 7 * HOUR),
        ("b.example", "10.0.0.1", 7 * HOUR),
        ("b.example", None, 7 * HOUR),
    ]
    with Store() as store:
        assert add(store, asked(*rows)) == {7: 3, 8: 1}
        one = client_pseudonym("10.0.0.1", KEY)
        found = fetch(
            store,
            f"""SELECT hour, first, last, count, source FROM asking
                WHERE name = 'a.example' AND client = {one} ORDER BY hour""",
        )
        assert found == [(7, 25201.0, 25209.0, 2, 3), (8, 28800.0, 28800.0, 1, 3)]
        assert number(store, "SELECT count(DISTINCT client) FROM asking") == 2


def test_counts_are_added_where_there_are_some() -> None:
    rows = [("a.example", "10.0.0.1", 1.0), ("a.example", "10.0.0.1", 2.0)]
    with Store() as store:
        add(store, asked(*rows, counts=[5, 7]))
        assert number(store, "SELECT count FROM asking") == 12


@pytest.mark.parametrize("rows", [(), (("a.example", None, 1.0),)])
def test_without_clients_nothing_is_added(rows: tuple[tuple[str, None, float], ...]) -> None:
    with Store() as store:
        assert add(store, asked(*rows)) == {}
        assert number(store, "SELECT count(*) FROM asking") == 0


def test_chunked_columns_are_one() -> None:
    table = pa.concat_tables(
        [asked((f"{i}.example", f"10.0.0.{i % 2}", float(i))) for i in range(5)]
    )
    with Store() as store:
        assert add(store, table) == {0: 5}
        assert number(store, "SELECT count(DISTINCT client) FROM asking") == 2


def test_forms_of_one_address_are_one_client() -> None:
    forms = ["2001:db8::1", "2001:DB8:0:0::1", "2001:0db8:0000::0001"]
    with Store() as store:
        add(store, asked(*((f"a{i}.example", form, 1.0) for i, form in enumerate(forms))))
        assert number(store, "SELECT count(DISTINCT client) FROM asking") == 1


def test_addresses_are_stored_only_when_told(tmp_path: object) -> None:
    rows = [("a.example", "10.0.0.1", 1.0), ("b.example", "10.0.0.1", 1.0)]
    with Store() as store:
        add(store, asked(*rows))
        assert number(store, "SELECT count(*) FROM client_address") == 0
        add(store, asked(*rows, ("a.example", "2001:DB8::1", 1.0)), pseudonymise=False)
        add(store, asked(*rows), pseudonymise=False)
        assert fetch(store, "SELECT address FROM client_address ORDER BY 1") == [
            ("10.0.0.1",),
            ("2001:db8::1",),
        ]


def test_another_key_is_refused() -> None:
    with Store() as store:
        Askers(store, key=KEY)
        with pytest.raises(StoreError, match="another key"):
            Askers(store, key=b"x" * 32)


def test_live_clients_are_seen_where_those_of_files_are() -> None:
    with Store() as store:
        store.connection.execute("INSERT INTO asked VALUES ('file.example', 1, 1)")
        add(store, asked(("live.example", "10.0.0.1", 1.0)))
        store.connection.execute("INSERT INTO asking VALUES (0, 'crowd.example', 0, 0, 0, 1, 1)")
        names = [name for (name,) in fetch(store, "SELECT name FROM asked_by ORDER BY 1")]
        assert names == ["file.example", "live.example"]


def test_forgetting_an_input_forgets_who_asked_it() -> None:
    with Store() as store:
        add(store, asked(("a.example", "10.0.0.1", 1.0)))
        store.connection.execute("INSERT INTO input VALUES (3, 'live:a', 0, 'a', '', 0, 0, '')")
        with store.transaction():
            store.forget("live:a")
        assert number(store, "SELECT count(*) FROM asking") == 0


@settings(max_examples=50)
@given(st.lists(st.text(max_size=40), max_size=5))
def test_any_text_has_a_pseudonym(texts: list[str]) -> None:
    hashed = pseudonyms(map(canonical_client, texts), KEY).to_pylist()
    assert len(hashed) == len(texts)
    assert all(0 < each < 1 << 64 and len(pseudonym_text(each)) == 16 for each in hashed)
    assert all(int.from_bytes(digest_of(each), "little") == each for each in hashed)
