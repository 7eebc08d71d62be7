from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.service.web.guard import HEADERS, host_of, is_local_peer, is_loopback
from tests.service.web.serving import METRICS, Pipeline, bearer, get, served


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST:8053", 200),
        ("127.0.0.1", 200),
        ("127.9.9.9:1", 200),
        ("[::1]:8053", 200),
        ("evil.example", 421),
        ("localhost.evil.example", 421),
        ("127.0.0.1.evil.example:8053", 421),
        ("192.0.2.1", 421),
        ("", 421),
    ],
)
def test_only_this_machine_s_names_on_loopback(address: str, host: str, status: int) -> None:
    assert get(address, "/healthz", Host=host).status_code == status


def test_every_answer_carries_the_headers(address: str) -> None:
    for path in ("/healthz", "/none", "/api/v1/findings"):
        found = get(address, path).headers
        assert {name: found[name] for name in HEADERS} == HEADERS
        assert "server" not in found


def test_an_address_that_is_too_long(address: str) -> None:
    found = get(address, "/findings/" + "a" * 9000)
    assert found.status_code == 414


def test_a_proxy_does_not_make_others_local(address: str) -> None:
    proxied = {"X-Forwarded-For": "198.51.100.1"}
    assert get(address, "/metrics", "", **proxied).status_code == 401
    assert get(address, "/metrics", METRICS, **proxied).status_code == 200


@pytest.mark.parametrize(
    ("header", "host"),
    [
        ("a.example:80", "a.example"),
        ("A.Example.", "a.example"),
        ("[2001:db8::1]:80", "2001:db8::1"),
        ("[", ""),
        ("", ""),
    ],
)
def test_hosts(header: str, host: str) -> None:
    assert host_of(header) == host


@given(header=st.text(max_size=60))
def test_any_header_is_a_host(header: str) -> None:
    host = host_of(header)
    assert host == host.lower()
    assert is_loopback(host) in (True, False)


def test_loopback() -> None:
    assert is_loopback("::1")
    assert not is_loopback("localhost6.example")


def test_peers() -> None:
    assert is_local_peer({"client": None, "headers": []})
    assert is_local_peer({"client": ("127.0.0.1", 1), "headers": []})
    assert not is_local_peer({"client": ("192.0.2.1", 1), "headers": []})
    assert not is_local_peer({"client": ("127.0.0.1", 1), "headers": [(b"forwarded", b"")]})


def test_other_machines_need_the_port_s_own_host_only_on_loopback() -> None:
    with served(Pipeline(), listen="0.0.0.0:0") as address:
        port = address.rpartition(":")[2]
        found = httpx.get(
            f"http://127.0.0.1:{port}/healthz",
            headers={"Host": "flux.example"} | bearer(METRICS),
        )
        assert found.status_code == 200
