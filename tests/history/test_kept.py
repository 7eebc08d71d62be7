from __future__ import annotations

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
