from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pytest

from fluxhound.errors import StoreError
from fluxhound.history.compaction import Compactor
from fluxhound.history.store import Store
from fluxhound.intel import contacts
from fluxhound.intel.contacts import SPREAD_ADDRESSES, SPREAD_S, Contacts, Correlation
from fluxhound.sources.flows.flow import FLOW

#: time, name, answers, TTL.
ANSWERS = [
    (10_000.0, "evil.example", "192.0.2.1,192.0.2.2", 300),
    (10_100.0, "www.evil.example", "cdn.example,192.0.2.3", 300),
    (90_000.0, "evil.example", "192.0.2.1", 60),
    (10_000.0, "evil.example", "2001:DB8:0::1", 300),
    (10_000.0, "good.example", "192.0.2.2", 300),
    (10_000.0, "notevil.example", "192.0.2.9", 300),
    (10_000.0, "pool.example", ",".join(f"198.51.100.{n}" for n in range(1, 30)), 300),
]


@pytest.fixture
def store() -> Iterator[Store]:
    with Store() as opened:
        kinds = ["AAAA" if ":" in row[2] else "A" for row in ANSWERS]
        times, names, answers, ttls = zip(*ANSWERS, strict=True)
        table = pa.table(
            {"time": times, "name": names, "type": kinds, "answers": answers, "ttl": ttls}
        )
        compactor = Compactor(opened.connection)
        for batch in table.to_batches():
            compactor.take(batch)
        compactor.finish()
        yield opened


def flow(time: float, address: str, client: str = "10.0.0.1", **more: object) -> dict[str, object]:
    return {
        "time": time, "time_last": time + 1, "client": client, "address": address, "port": 443,
        "protocol": "tcp", "octets": 100, "packets": 3, "state": "established",
    } | more  # fmt: skip


def found(store: Store, names: list[str], *flows: dict[str, object]) -> Contacts:
    correlation = Correlation(store.connection, names)
    for each in flows:
        correlation.take(pa.RecordBatch.from_pylist([each], schema=FLOW))
    return correlation.finish()


@pytest.mark.parametrize(
    ("time", "address", "counts"),
    [
        (10_000.0, "192.0.2.1", True),
        (9_996.0, "192.0.2.1", True),  # the clocks differ
        (9_990.0, "192.0.2.1", False),
        (10_900.0, "192.0.2.1", True),  # TTL and grace
        (10_901.0, "192.0.2.1", False),
        (50_000.0, "192.0.2.1", False),  # between two times at which it was the answer
        (90_000.0, "192.0.2.1", True),
        (90_661.0, "192.0.2.1", False),
        (10_100.0, "192.0.2.3", True),  # below the name, at the end of a chain
        (10_000.0, "2001:0db8:0000::0001", True),
        (10_000.0, "192.0.2.9", False),  # of a name that only ends alike
        (10_000.0, "203.0.113.1", False),
    ],
)
def test_a_flow_counts_while_the_answer_could_be_in_use(
    store: Store, time: float, address: str, *, counts: bool
) -> None:
    assert bool(found(store, ["evil.example"], flow(time, address)).contacts) is counts


def test_what_a_client_did_is_summed(store: Store) -> None:
    result = found(
        store,
        ["evil.example"],
        flow(10_000.0, "192.0.2.1"),
        flow(10_150.0, "192.0.2.3", octets=50, state="attempted"),
        flow(10_020.0, "192.0.2.1", client="10.0.0.2", octets=None, state=None),
        flow(10_020.0, "203.0.113.1", client="10.0.0.3"),
    )
    assert (result.flows, result.watched, result.capped) == (4, 4, False)
    one, two = result.contacts
    assert (one.name, one.client, one.connections) == ("evil.example", "10.0.0.1", 2)
    assert (one.first, one.last, one.octets) == (10_000.0, 10_151.0, 150)
    assert (one.established, one.addresses) == (1, ("192.0.2.1", "192.0.2.3"))
    assert (two.client, two.octets, two.established) == ("10.0.0.2", None, None)
    assert not (one.weak)
    assert not (two.weak)
    assert not (one.spread)


def test_an_address_that_serves_others_is_weak_evidence(store: Store) -> None:
    (only,) = found(store, ["evil.example"], flow(10_000.0, "192.0.2.2")).contacts
    assert (only.shared, only.weak) == (1, True)
    (both,) = found(
        store, ["evil.example"], flow(10_000.0, "192.0.2.2"), flow(10_000.0, "192.0.2.1")
    ).contacts
    assert (both.shared, both.weak) == (1, False)


def test_domains_of_one_flux_network_share_by_trade(store: Store) -> None:
    for domain in ("evil.example", "good.example"):
        store.connection.execute(
            "INSERT INTO network_unit VALUES ('0badcafe', '192.0.2.2', ?, 1.0)", [domain]
        )
    (contact,) = found(store, ["evil.example"], flow(10_000.0, "192.0.2.2")).contacts
    assert (contact.shared, contact.weak) == (0, False)


def test_attempts_alone_are_weak(store: Store) -> None:
    (contact,) = found(
        store, ["evil.example"], flow(10_000.0, "192.0.2.1", state="attempted")
    ).contacts
    assert contact.weak


@pytest.mark.parametrize(
    ("count", "apart", "spread"),
    [
        (SPREAD_ADDRESSES, 1.0, True),
        (SPREAD_ADDRESSES - 1, 1.0, False),
        (SPREAD_ADDRESSES, SPREAD_S / (SPREAD_ADDRESSES - 1), True),
        (SPREAD_ADDRESSES, SPREAD_S / (SPREAD_ADDRESSES - 1) + 1, False),
    ],
)
def test_many_addresses_in_a_short_time(
    store: Store, count: int, apart: float, *, spread: bool
) -> None:
    flows = [flow(10_000.0 + n * apart, f"198.51.100.{n + 1}") for n in range(count)]
    (contact,) = found(store, ["pool.example"], *flows).contacts
    assert contact.spread is spread


def test_the_same_address_again_and_again_is_no_spread(store: Store) -> None:
    flows = [flow(10_000.0 + n, "198.51.100.1") for n in range(20)]
    (contact,) = found(store, ["pool.example"], *flows).contacts
    assert (contact.within, contact.spread) == (1, False)


def test_bounds_are_told(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contacts, "PORTION_ROWS", 1)
    monkeypatch.setattr(contacts, "MOST_KEPT", 3)
    flows = [flow(10_000.0 + n, "198.51.100.1") for n in range(5)]
    result = found(store, ["pool.example"], *flows)
    assert (result.contacts[0].connections, result.capped) == (3, True)


def test_names_that_answered_nothing_have_no_contacts(store: Store) -> None:
    result = found(store, ["unknown.example", "com"], flow(10_000.0, "192.0.2.1"))
    assert (result.contacts, result.watched) == ((), 0)
    assert found(store, []).contacts == ()


def test_too_little_memory_is_said(store: Store) -> None:
    correlation = Correlation(store.connection, ["pool.example"])
    flows = [flow(10_000.0 + n % 500, f"198.51.100.{n % 29 + 1}") for n in range(200_000)]
    correlation.take_all([pa.RecordBatch.from_pylist(flows, schema=FLOW)])
    store.connection.execute("SET temp_directory = ''")
    store.connection.execute("SET memory_limit = '24MB'")
    with pytest.raises(StoreError, match="--memory"):
        correlation.finish()
