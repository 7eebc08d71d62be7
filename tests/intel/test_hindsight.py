from __future__ import annotations

from collections.abc import Iterator

import pytest

from fluxhound.history.store import Store
from fluxhound.intel.gathering import Gathering, Origin, Told
from fluxhound.intel.hindsight import look_back
from fluxhound.intel.indicator import Kind, Role
from fluxhound.sources.tally import Tally

HOUR = 490_000  # in 2025
DAY = 24


@pytest.fixture
def store() -> Iterator[Store]:
    with Store() as found:
        rows = [
            (HOUR, "www.evil.example", "A", "cdn.other.example,9.9.9.9", 3),
            (HOUR + DAY, "www.evil.example", "A", "9.9.9.9", 2),
            (HOUR + 2 * DAY, "www.evil.example", "A", "9.9.9.10", 1),
            (HOUR, "good.example", "A", "8.8.8.8", 100),
            (HOUR, "good.example", "NS", "ns1.bad.example,ns2.bad.example", 1),
        ]
        for hour, name, kind, answers, count in rows:
            at = hour * 3600.0
            found.connection.execute(
                "INSERT INTO history VALUES (?, 's', ?, ?, ?, ?, ?, ?, NULL, NULL, 1)",
                [hour, name, kind, answers, at, at + 60, count],
            )
        yield found


def asked(store: Store, *pairs: tuple[str, int]) -> None:
    for name, client in pairs:
        store.connection.execute("INSERT INTO asked VALUES (?, ?, 1)", [name, client])


def told(
    store: Store,
    text: str,
    kind: Kind | None = None,
    role: Role = Role.ANYWHERE,
    known: int = HOUR + 10 * DAY,
) -> list[tuple[str, str, int, int, int | None]]:
    gathering = Gathering(Tally(), Origin(source="feed"))
    gathering.add(text, kind, Told(role=role))
    found = look_back(store, gathering.table(), known=known * 3600.0)
    assert all(sighting.source == "feed" for sighting in found)
    return [(s.seen, s.where, s.days, s.responses, s.clients) for s in found]


def test_a_name_that_was_asked_for_is_found(store: Store) -> None:
    asked(store, ("www.evil.example", 1), ("www.evil.example", 2), ("good.example", 3))
    assert told(store, "evil.example") == [("www.evil.example", "name", 3, 6, 2)]
    assert told(store, "evil.example", Kind.HOST) == []


def test_only_what_was_before_counts(store: Store) -> None:
    assert told(store, "evil.example", known=HOUR + DAY) == [
        ("www.evil.example", "name", 1, 3, None)
    ]
    assert told(store, "evil.example", known=HOUR) == []


def test_addresses_and_chains_are_found_in_answers(store: Store) -> None:
    asked(store, ("www.evil.example", 1))
    assert told(store, "9.9.9.9") == [("9.9.9.9", "answer", 2, 5, 1)]
    assert told(store, "9.9.9.0/24") == [
        ("9.9.9.9", "answer", 2, 5, 1),
        ("9.9.9.10", "answer", 1, 1, 1),
    ]
    assert told(store, "other.example") == [("cdn.other.example", "answer", 1, 3, 1)]


def test_name_servers_are_found(store: Store) -> None:
    assert told(store, "ns1.bad.example", Kind.HOST, Role.NAME_SERVER) == [
        ("ns1.bad.example", "name-server", 1, 1, None)
    ]
    assert told(store, "www.evil.example", Kind.HOST, Role.NAME_SERVER) == []


def test_urls_are_left_out(store: Store) -> None:
    assert told(store, "http://good.example/x") == []


def test_it_is_told_in_a_sentence(store: Store) -> None:
    gathering = Gathering(Tally())
    gathering.add("evil.example")
    table = gathering.table()
    known = (HOUR + 10 * DAY) * 3600.0
    assert look_back(store, table, known=known)[0].sentence == (
        "www.evil.example was seen on 3 days before it was known"
    )
    asked(store, ("www.evil.example", 1))
    assert look_back(store, table, known=known)[0].sentence == (
        "www.evil.example was seen on 3 days by 1 client before it was known"
    )
    assert look_back(store, table, known=known, most=0) == []
