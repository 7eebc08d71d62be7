from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from fluxhound.lab.writing.endpoints import exchange, ipv4_of, is_address, octets_of
from tests.lab.writing.made import CLIENT, RESOLVER, START, batch, row


def test_below_a_resolver_the_client_asks() -> None:
    found = exchange(batch([row()]), above=False)
    assert (found.asker.to_pylist(), found.responder.to_pylist()) == ([CLIENT], [RESOLVER])
    assert 1024 <= found.port[0] < 65_536
    assert 0 <= found.transaction[0] < 65_536


def test_above_a_resolver_the_resolver_asks_a_name_server() -> None:
    rows = batch([row(name=f"{n}.zone-of-some.example", time=START + n) for n in range(9)])
    found = exchange(rows, above=True)
    assert set(found.asker.to_pylist()) == {RESOLVER}
    (server,) = set(found.responder.to_pylist())  # of one zone: their names end alike
    assert ip_address(server) in ip_network("198.18.0.0/15")


def test_what_is_missing_is_made_up() -> None:
    rows = [row(time=START + n, client=None, sensor=None) for n in range(50)]
    found = exchange(batch(rows), above=False)
    assert all(ip_address(a) in ip_network("10.128.0.0/9") for a in found.asker.to_pylist())
    assert len(set(found.asker.to_pylist())) > 40
    (resolver,) = set(found.responder.to_pylist())
    assert ip_address(resolver) in ip_network("10.53.0.0/16")
    again = exchange(batch(rows), above=False)
    assert again.asker.to_pylist() == found.asker.to_pylist()
    assert again.transaction.tolist() == found.transaction.tolist()


def test_sensors_and_clients_that_are_no_addresses_get_one() -> None:
    rows = batch([row(sensor="berlin"), row(sensor="paris"), row(sensor="berlin", client="me")])
    found = exchange(rows, above=False)
    one, other, again = found.responder.to_pylist()
    assert one == again != other
    assert all(map(is_address, [*found.asker.to_pylist(), one, other]))


@pytest.mark.parametrize(
    ("text", "octets"),
    [
        ("192.0.2.1", b"\xc0\x00\x02\x01"),
        ("2001:db8::1", b"\x20\x01\x0d\xb8" + bytes(11) + b"\x01"),
        ("a.example", None),
        ("192.0.2", None),
        (":", None),
        ("a\0", None),
    ],
)
def test_octets_of_addresses(text: str, octets: bytes | None) -> None:
    assert octets_of(text) == octets
    assert is_address(text) is (octets is not None)


def test_parties_over_ipv4() -> None:
    assert ipv4_of("192.0.2.1") == b"\xc0\x00\x02\x01"
    assert ipv4_of("2001:db8::1")[0] == 10
