from __future__ import annotations

import socket
import threading
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from fluxhound.errors import ConfigurationError
from fluxhound.service.web import server
from fluxhound.service.web.server import WebServer, bound, host_and_port
from fluxhound.service.web.tokens import Scope, Tokens, digest
from tests.service.web.serving import READ, TOKENS, Pipeline, get, served


def test_it_starts_serves_and_stops() -> None:
    before = set(threading.enumerate())
    made = WebServer(Pipeline().backend(), TOKENS, listen="127.0.0.1:0")
    made.start()
    address = made.address
    assert get(address, "/healthz").text == "ok\n"
    made.stop()
    made.stop()
    with pytest.raises(httpx.ConnectError):
        get(address, "/healthz")
    assert set(threading.enumerate()) <= before


def test_a_port_in_use_is_one_sentence() -> None:
    with served(Pipeline()) as address:
        taken = address.removeprefix("http://")
        with pytest.raises(ConfigurationError, match=f"Cannot listen on {taken}.*listen of"):
            WebServer(Pipeline().backend(), TOKENS, listen=taken).start()


@pytest.mark.parametrize(
    "listen", ["", "8053", "localhost", "127.0.0.1:", "127.0.0.1:x", "a:70000", ":80"]
)
def test_what_is_no_address(listen: str) -> None:
    with pytest.raises(ConfigurationError, match="write an address and a port"):
        WebServer(Pipeline().backend(), TOKENS, listen=listen)


@pytest.mark.parametrize("listen", ["192.0.2.1:80", "none.invalid:80", "unix:/none/a.sock"])
def test_what_cannot_be_listened_on(listen: str) -> None:
    with pytest.raises(ConfigurationError, match="Cannot listen on"):
        bound(listen)


def test_hosts_and_ports() -> None:
    assert host_and_port("[::1]:0") == ("::1", 0)
    with served(Pipeline(), listen="[::1]:0") as address:
        assert address.startswith("http://[::1]:")
        assert get(address, "/healthz").status_code == 200


def test_a_socket_file(tmp_path: Path) -> None:
    path = tmp_path / "api.sock"
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(path))
    with served(Pipeline(), listen=f"unix:{path}"):
        assert path.stat().st_mode & 0o777 == 0o660
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(path))) as client:
            assert client.get("http://flux/metrics").status_code == 200
            assert client.get("http://flux/api/v1/findings").status_code == 401
        with pytest.raises(ConfigurationError, match="Cannot listen"):
            bound(f"unix:{path}")
    assert not path.exists()


def test_a_file_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "api.sock"
    path.write_text("mine")
    with pytest.raises(ConfigurationError):
        bound(f"unix:{path}")
    assert path.read_text() == "mine"


def test_tokens_can_be_renewed() -> None:
    made = WebServer(Pipeline().backend(), TOKENS, listen="127.0.0.1:0")
    made.start()
    try:
        assert get(made.address, "/api/v1/findings", READ).status_code == 200
        made.renew(Tokens(scopes={digest("n" * 40): frozenset({Scope.READ})}))
        assert get(made.address, "/api/v1/findings", READ).status_code == 401
        assert get(made.address, "/api/v1/findings", "n" * 40).status_code == 200
    finally:
        made.stop()


def test_the_name_in_links_is_a_host_too() -> None:
    made = WebServer(
        Pipeline().backend(), TOKENS, listen="127.0.0.1:0", hosts=frozenset({"Flux.example"})
    )
    made.start()
    try:
        assert get(made.address, "/healthz", Host="flux.example").status_code == 200
        assert get(made.address, "/healthz", Host="other.example").status_code == 421
    finally:
        made.stop()


@pytest.mark.parametrize(
    "sent", [b"", b"GET / HTTP/1.1\r\nHost: loc", b"GET /healthz HTTP/1.1\r\n"]
)
def test_slow_senders_are_cut_off(sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "HEAD_S", 0.2)
    with served(Pipeline()) as address:
        where = urlsplit(address)
        with socket.create_connection((where.hostname, where.port), timeout=10) as connection:
            connection.sendall(sent)
            assert connection.recv(100) == b""


@pytest.mark.parametrize(
    "sent",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"GET /healthz HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 40_000 + b"\r\n\r\n",
    ],
)
def test_broken_requests(address: str, sent: bytes) -> None:
    where = urlsplit(address)
    with socket.create_connection((where.hostname, where.port), timeout=10) as connection:
        connection.sendall(sent)
        assert connection.recv(100).startswith(b"HTTP/1.1 4")
    assert get(address, "/healthz").status_code == 200
