from __future__ import annotations

import pytest

from fluxhound.response.sinkhole.limits import Place, client_network, parse_place


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("192.0.2.1:80", Place(address="192.0.2.1", port=80)),
        ("[2001:DB8:0::1]:443", Place(address="2001:db8::1", port=443)),
        ("127.0.0.1:0", Place(address="127.0.0.1", port=0)),
    ],
)
def test_places(text: str, place: Place) -> None:
    assert parse_place(text) == place


@pytest.mark.parametrize(
    "text",
    ["", "80", "192.0.2.1", "2001:db8::1:443", "[192.0.2.1]:80", "192.0.2.1:65536", "192.0.2.1:-1",
     "host:80", "192.0.2.1:", ":80", "192.0.2.1:99999999999999999999"],
)  # fmt: skip
def test_what_is_no_place(text: str) -> None:
    with pytest.raises(ValueError, match="is no place; write"):
        parse_place(text)


@pytest.mark.parametrize(
    ("client", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:0:1::77", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
    ],
)
def test_networks_of_clients(client: str, network: str) -> None:
    assert client_network(client) == network
