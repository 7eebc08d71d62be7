from __future__ import annotations

import duckdb
import pytest

from fluxhound.history.kept import find_kept, keep
from fluxhound.history.merging import Span
from fluxhound.history.store import Store
from tests.history.askings import add, fetch, row

DEEP = ".".join(["x"] * 30)


@pytest.mark.parametrize(
    ("kept", "names"),
    [
        (["evil.example"], ["evil.example", "www.evil.example", f"{DEEP}.evil.example"]),
        (["www.evil.example"], ["www.evil.example"]),
        (["example"], ["evil.example", "good.example", "notevil.example", "www.evil.example"]),
        (["vil.example", "", "com"], []),
        ([], []),
    ],
)
def test_a_name_is_kept_with_all_below_it(kept: list[str], names: list[str]) -> None:
    seen = ["evil.example", "www.evil.example", "notevil.example", "good.example"]
    with Store() as store:
        add(store, [row(1, name) for name in [*seen, f"{DEEP}.evil.example"] * 2])
        keep(store.connection, kept, until=9.0)
        find_kept(store.connection, Span(table="history", first=1, end=2))
        found = [name for (name,) in fetch(store, "SELECT name FROM kept_name ORDER BY name")]
        assert found == sorted({*names, *([f"{DEEP}.evil.example"] if "example" in kept else [])})


def test_only_names_in_the_span_are_found() -> None:
    with Store() as store:
        add(store, [row(1, "a.example"), row(2, "b.example"), row(1, "c.example")])
        keep(store.connection, ["example"], until=9.0)
        find_kept(store.connection, Span(table="history", first=1, end=2, until="c"))
        assert fetch(store, "SELECT name FROM kept_name") == [("a.example",)]


def test_the_latest_end_of_keeping_counts() -> None:
    with Store() as store:
        for until in (1.0, 3.0, 2.0):
            keep(store.connection, ["a.example", "b.example"], until=until)
        assert fetch(store, "SELECT * FROM kept ORDER BY name") == [
            ("a.example", 3.0),
            ("b.example", 3.0),
        ]


def test_names_that_come_twice_or_not_at_all_are_no_trouble() -> None:
    with Store() as store:
        keep(store.connection, [], until=1.0)
        keep(store.connection, ["a.example", "a.example"], until=1.0)
        assert fetch(store, "SELECT * FROM kept") == [("a.example", 1.0)]


def test_another_thread_may_keep_names_while_a_transaction_is_open() -> None:
    with Store() as store:
        keep(store.connection, ["a.example"], until=1.0)
        with store.transaction():
            store.connection.execute("DELETE FROM kept WHERE until < 0")
            keep(store.connection.cursor(), ["a.example", "b.example"], until=2.0)
        assert len(fetch(store, "SELECT * FROM kept WHERE until = 2")) == 2


def test_a_conflict_that_stays_is_told() -> None:
    with Store() as store:
        keep(store.connection, ["a.example"], until=1.0)
        with store.transaction():
            store.connection.execute("UPDATE kept SET until = 5")
            with pytest.raises(duckdb.TransactionException):
                keep(store.connection.cursor(), ["a.example"], until=2.0)
        assert fetch(store, "SELECT until FROM kept") == [(5.0,)]
