from __future__ import annotations

import json

import pytest

from fluxhound.history.store import Store
from fluxhound.history.whoasked import MOST_NAMES, client_count, who_asked
from tests.history.askings import add_askings

HOUR = 3600.0


def filled() -> Store:
    store = Store()
    add_askings(
        store,
        [
            (7, "evil.example", 1, 0.0, 2),
            (8, "www.evil.example", 1, 5.0, 3),
            (8, "evil.example", 2, 9.0, 1),
            (8, "notevil.example", 3, 0.0, 1),
            (8, "evil.example.net", 4, 0.0, 1),
        ],
    )
    return store


def test_clients_of_a_name_and_of_all_below_it_are_told_the_latest_first() -> None:
    with filled() as store:
        found = who_asked(store.connection, "evil.example")
        assert found.document() == {
            "name": "evil.example",
            "clients": [
                {
                    "client": "0000000000000002",
                    "first": "1970-01-01T08:00:09Z",
                    "last": "1970-01-01T08:00:09Z",
                    "count": 1,
                    "names": ["evil.example"],
                },
                {
                    "client": "0000000000000001",
                    "first": "1970-01-01T07:00:00Z",
                    "last": "1970-01-01T08:00:05Z",
                    "count": 5,
                    "names": ["evil.example", "www.evil.example"],
                },
            ],
            "capped": False,
            "count": 6,
        }
        json.dumps(found.document())
        assert client_count(store.connection, "evil.example") == 2
        assert client_count(store.connection, "www.evil.example") == 1
        assert client_count(store.connection, "good.example") == 0


def test_only_what_was_asked_since_then() -> None:
    with filled() as store:
        found = who_asked(store.connection, "evil.example", since=8 * HOUR)
        assert [(each.client[-1], each.count) for each in found.clients] == [("2", 1), ("1", 3)]
        assert client_count(store.connection, "evil.example", since=8 * HOUR + 6) == 1


def test_clients_from_files_have_no_times_and_are_told_without_since() -> None:
    with filled() as store:
        store.connection.execute("INSERT INTO asked VALUES ('evil.example', 9, 1)")
        last = who_asked(store.connection, "evil.example").clients[-1]
        assert (last.client[-1], last.first, last.last, last.count) == ("9", None, None, None)
        assert last.document()["first"] is None
        assert len(who_asked(store.connection, "evil.example", since=0.0).clients) == 2
        assert client_count(store.connection, "evil.example") == 3
        assert client_count(store.connection, "evil.example", since=0.0) == 2


@pytest.mark.parametrize(("limit", "capped"), [(1, True), (2, False), (3, False)])
def test_a_long_list_is_capped_and_says_so(limit: int, capped: bool) -> None:
    with filled() as store:
        found = who_asked(store.connection, "evil.example", limit=limit)
        assert (len(found.clients), found.capped, found.count) == (min(limit, 2), capped, 6)


def test_clients_that_are_not_told_apart_are_counted_and_said() -> None:
    with filled() as store:
        add_askings(store, [(8, "evil.example", 0, 0.0, 50)])
        found = who_asked(store.connection, "evil.example")
        assert (len(found.clients), found.capped, found.count) == (2, True, 56)
        assert client_count(store.connection, "evil.example") == 2


def test_addresses_in_clear_are_shown_where_they_are_stored() -> None:
    with filled() as store:
        store.connection.execute("INSERT INTO client_address VALUES (1, '10.0.0.1')")
        clients = [each.client for each in who_asked(store.connection, "evil.example").clients]
        assert clients == ["0000000000000002", "10.0.0.1"]


def test_the_names_of_one_client_are_bounded() -> None:
    with Store() as store:
        add_askings(store, [(1, f"n{i}.evil.example", 1, 0.0, 1) for i in range(MOST_NAMES + 5)])
        assert len(who_asked(store.connection, "evil.example").clients[0].names) == MOST_NAMES


def test_where_no_client_is_ever_known_their_number_is_not_observable() -> None:
    with Store() as store:
        assert client_count(store.connection, "evil.example") is None
        assert who_asked(store.connection, "evil.example").clients == ()


def test_names_are_no_patterns() -> None:
    with filled() as store:
        for name in ("%", "_vil.example", "evil.exampl_", "'; DROP TABLE asking; --", ""):
            assert who_asked(store.connection, name).clients == ()
