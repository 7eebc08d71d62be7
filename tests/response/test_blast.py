from __future__ import annotations

from collections.abc import Iterator

import pytest

from fluxhound.history.store import Store
from fluxhound.response import blast as module
from fluxhound.response.blast import blasts, name_servers
from fluxhound.response.entries import Blast, Trigger
from tests.history.askings import add, add_askings, row

HOUR = 490_000

ROWS = [
    row(HOUR, "evil.lab", "45.1.1.1,45.1.1.2", count=10),
    row(HOUR, "www.evil.lab", "45.1.1.3", count=5),
    row(HOUR, "notevil.lab", "203.0.113.1", count=999),
    row(HOUR, "www.shop.lab", "cdn.evil.lab,203.0.113.2", count=7),
    row(HOUR, "img.shop.lab", "x.cdn.net,cdn.evil.lab,203.0.113.2", count=1),
    row(HOUR, "cafe.pw", "2001:db8:0:0::1,45.1.1.2", count=1),
    row(HOUR, "bot.duckdns.org", "198.51.100.7", count=3),
    row(HOUR, "x.bot.duckdns.org", "198.51.100.7", count=1),
    row(HOUR, "home.duckdns.org", "198.51.100.8", count=3),
    row(HOUR, "ns1.bad.xyz", "45.9.9.9,45.9.9.8", count=2),
    row(HOUR - 5000, "old.evil.lab", "45.1.1.9", count=1000),
    (HOUR, "", "evil.lab", "NS", "ns1.bad.xyz,ns2.bad.xyz", 0.0, 0.0, 1, 60, 60, 1),
    (HOUR, "", "flux.pw", "NS", "ns1.bad.xyz.", 0.0, 0.0, 1, 60, 60, 1),
    (HOUR, "", "good.lab", "NS", "ns2.bad.xyz,ns.good.lab", 0.0, 0.0, 1, 60, 60, 1),
]
ASKED = [
    (HOUR, "evil.lab", 11, 0.0, 3), (HOUR, "www.evil.lab", 11, 0.0, 1),
    (HOUR, "www.evil.lab", 12, 0.0, 1), (HOUR, "www.evil.lab", 0, 0.0, 9),
    (HOUR, "notevil.lab", 13, 0.0, 1),
]  # fmt: skip


@pytest.fixture
def store() -> Iterator[Store]:
    with Store() as opened:
        add(opened, ROWS)
        yield opened


def one(
    store: Store, subject: str, trigger: Trigger = Trigger.NAME, *, exact: bool = False
) -> Blast:
    key = (trigger, subject)
    return blasts(store.connection.cursor(), {key: exact}, since_hour=HOUR - 10)[key]


def test_how_often_and_by_whom_it_was_asked(store: Store) -> None:
    add_askings(store, ASKED)
    found = one(store, "evil.lab")
    assert (found.asked, found.names, found.clients) == (15, 2, 2)
    assert (found.rank, found.ranked) == (2, 10)
    exact = one(store, "evil.lab", exact=True)
    assert (exact.asked, exact.names, exact.clients) == (10, 1, 1)
    assert one(store, "never.seen") == Blast(subject="never.seen", clients=0, ranked=10)


def test_clients_that_nobody_records_are_not_known(store: Store) -> None:
    assert one(store, "evil.lab").clients is None


def test_what_is_an_alias_of_it(store: Store) -> None:
    assert one(store, "evil.lab").aliased.names == ("shop.lab",)
    assert one(store, "cdn.evil.lab", exact=True).aliased.count == 1
    assert one(store, "evil.lab", exact=True).aliased.count == 0


def test_what_shares_its_addresses_suffix_and_servers(store: Store) -> None:
    found = one(store, "evil.lab")
    assert found.addresses.names == ("cafe.pw",)
    assert found.servers.names == ("flux.pw", "good.lab")
    assert found.server_names == ("ns1.bad.xyz", "ns2.bad.xyz")
    assert found.suffix.count == 0
    bot = one(store, "bot.duckdns.org", exact=True)
    assert bot.suffix.names == ("home.duckdns.org",)


def test_what_a_name_server_serves(store: Store) -> None:
    assert one(store, "ns1.bad.xyz", Trigger.NSDNAME, exact=True).servers.names == (
        "evil.lab",
        "flux.pw",
    )
    by_address = one(store, "45.9.9.9", Trigger.NSIP, exact=True)
    assert by_address.servers.names == ("evil.lab", "flux.pw")
    assert by_address.server_names == ("ns1.bad.xyz",)


def test_all_are_looked_at_together(store: Store) -> None:
    keys = {(Trigger.NAME, name): False for name in ("evil.lab", "notevil.lab", "cafe.pw", "pw")}
    together = blasts(store.connection.cursor(), keys, since_hour=HOUR - 10)
    assert together == {key: one(store, key[1]) for key in keys}
    assert blasts(store.connection.cursor(), {}) == {}


def test_of_many_neighbours_a_few_are_listed_and_all_counted(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_LISTED", 1)
    found = one(store, "evil.lab").servers
    assert (found.count, found.names) == (2, ("flux.pw",))
    monkeypatch.setattr(module, "MOST_LOOKED_AT", 1)
    assert one(store, "evil.lab").servers.count == 2


def test_the_name_servers_of_domains_and_their_addresses(store: Store) -> None:
    found = name_servers(store.connection.cursor(), ["evil.lab", "none.lab"], since_hour=0)
    assert found == {
        "evil.lab": {"ns1.bad.xyz": ("45.9.9.8", "45.9.9.9"), "ns2.bad.xyz": ()},
        "none.lab": {},
    }


def test_the_store_is_only_read(store: Store) -> None:
    tables = "SELECT table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE'"
    before = store.connection.execute(tables).fetchall()
    one(store, "evil.lab")
    assert store.connection.execute(tables).fetchall() == before
