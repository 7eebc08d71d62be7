from __future__ import annotations

import contextlib
import itertools
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from fluxhound.errors import UnreadableInputError, UsageError
from fluxhound.intel.web import REDIRECTS, FetchError, Reach, fetch
from tests.intel.servers import Reply, Request, Server, make_certificate, serving

HERE = Reach(private=True, timeout=5)


def local(_: str, __: int) -> list[str]:
    """Resolve every name to the loopback."""
    return ["127.0.0.1"]


def answer(request: Request) -> Reply:
    if request.path.startswith("/to/"):
        return Reply(302, headers={"Location": request.path.removeprefix("/to/")})
    replies = {
        "/feed": Reply(body=b"evil.example\n", headers={"ETag": '"1"'}),
        "/loop": Reply(302, headers={"Location": "/loop"}),
        "/nowhere": Reply(302),
        "/large": Reply(body=b"x" * 200_000),
        "/short": Reply(body=b"x", headers={"Content-Length": "100"}),
        "/see-other": Reply(303, headers={"Location": "/feed"}),
        "/again": Reply(307, headers={"Location": "/feed"}),
    }
    return replies.get(request.path, Reply(404))


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(answer) as found:
        yield found


def test_a_feed_is_fetched(server: Server) -> None:
    found = fetch(f"{server.url}/feed?a=b", reach=HERE, headers={"If-None-Match": '"0"'})
    assert (found.status, found.body, found.headers["etag"]) == (200, b"evil.example\n", '"1"')
    asked = server.requests[-1]
    assert asked.query == "a=b"
    assert asked.headers["if-none-match"] == '"0"'
    assert asked.headers["host"] == f"127.0.0.1:{server.port}"
    assert asked.headers["user-agent"].startswith("fluxhound/")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://localhost/",
        "http://[::1]/",
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://0x7f.1/",
    ],
)
def test_private_addresses_are_out_of_reach(url: str) -> None:
    with pytest.raises(FetchError):
        fetch(url, reach=Reach(timeout=1))


def test_one_private_address_among_several_is_enough() -> None:
    with pytest.raises(FetchError, match="private or reserved"):
        fetch("http://feeds.example/", resolve=lambda *_: ["9.9.9.9", "127.0.0.1"])


@pytest.mark.parametrize(
    "location",
    ["file:///etc/passwd", "ftp://feeds.example/", "gopher://127.0.0.1/", "http://:0/", ""],
)
def test_redirects_to_other_schemes_are_refused(server: Server, location: str) -> None:
    url = f"{server.url}/to/{location}" if location else f"{server.url}/nowhere"
    with pytest.raises(FetchError):
        fetch(url, reach=HERE)


def test_redirects_to_private_addresses_are_refused(server: Server) -> None:
    def resolve(host: str, _: int) -> list[str]:
        return ["9.9.9.9"] if host == "127.0.0.1" else ["10.0.0.1"]

    asked: list[str] = []

    def connect(address: tuple[str, int], *_: object) -> socket.socket:
        asked.append(address[0])
        return socket.create_connection(("127.0.0.1", address[1]), 5)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fluxhound.intel.web.socket", _Connecting(connect))
        with pytest.raises(FetchError, match="at a private or reserved address"):
            fetch(f"{server.url}/to/http://internal.example/", resolve=resolve)
    assert asked == ["9.9.9.9"]


class _Connecting:
    """The module of sockets, but for how connections are made."""

    def __init__(self, connect: object) -> None:
        self.create_connection = connect


def test_redirects_end(server: Server) -> None:
    with pytest.raises(FetchError, match=f"more than {REDIRECTS} redirects"):
        fetch(f"{server.url}/loop", reach=HERE)


def test_a_redirected_search_keeps_its_question_only_if_told(server: Server) -> None:
    fetch(f"{server.url}/again", reach=HERE, body=b"{}")
    assert (server.requests[-1].method, server.requests[-1].body) == ("POST", b"{}")
    fetch(f"{server.url}/see-other", reach=HERE, body=b"{}")
    assert server.requests[-1].method == "GET"


def test_secrets_are_not_carried_to_another_host(server: Server) -> None:
    with serving(answer) as other:
        secret = {"Authorization": "secret"}
        fetch(f"{server.url}/to/{other.url}/feed", reach=HERE, headers=secret)
        assert "authorization" not in other.requests[-1].headers
        fetch(f"{server.url}/to//feed", reach=HERE, headers=secret)


def test_large_answers_are_cut_off(server: Server) -> None:
    with pytest.raises(UnreadableInputError, match="larger than"):
        fetch(f"{server.url}/large", reach=Reach(private=True, limit_bytes=100_000))


def test_slow_answers_are_given_up() -> None:
    times = itertools.chain([0.0, 5.0], itertools.repeat(700.0))
    with serving(answer) as found, pytest.raises(FetchError, match="not whole after"):
        fetch(f"{found.url}/large", reach=HERE, clock=lambda: next(times))


def test_headers_that_never_end_are_given_up() -> None:
    def trickle(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection, contextlib.suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
            while True:
                connection.sendall(b"X")
                connection.recv(1_000)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=trickle, args=(server,), daemon=True)
        thread.start()
        with pytest.raises(FetchError, match="not whole after 0 seconds"):
            fetch(
                f"http://127.0.0.1:{server.getsockname()[1]}/",
                reach=Reach(private=True, timeout=20, whole=0.3),
            )
        thread.join()


def test_answers_cut_short_are_told(server: Server) -> None:
    with pytest.raises(FetchError, match="cut short after 1 of 100 bytes"):
        fetch(f"{server.url}/short", reach=HERE)


def test_silence_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(FetchError, match="no answer"):
            fetch(f"http://127.0.0.1:{port}/", reach=Reach(private=True, timeout=0.2))
    with pytest.raises(FetchError, match="no answer"):
        fetch(f"http://127.0.0.1:{port}/", reach=HERE)


@pytest.mark.parametrize("garbage", [b"\0" * 100, b"SSH-2.0-x\r\n", b"HTTP/1.1 x\r\n"])
def test_what_is_no_http_is_told(garbage: bytes) -> None:
    def talk(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(1_000)
            connection.sendall(garbage)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=talk, args=(server,))
        thread.start()
        with pytest.raises(FetchError):
            fetch(f"http://127.0.0.1:{server.getsockname()[1]}/", reach=HERE)
        thread.join()


@pytest.mark.parametrize("url", ["feeds.example", "ftp://feeds.example/", "http://", "http://a:x/"])
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(UsageError, match="is no address of a feed"):
        fetch(url)


def test_certificates_are_checked(tmp_path: Path) -> None:
    mine, other = make_certificate(tmp_path), make_certificate(tmp_path, "other.example")
    with serving(answer, mine) as server:
        url = f"https://feeds.example:{server.port}/feed"
        trusting = Reach(private=True, ca_file=str(mine), timeout=5)
        assert fetch(url, reach=trusting, resolve=local).status == 200
        for reach in (HERE, Reach(private=True, ca_file=str(other), timeout=5)):
            with pytest.raises(FetchError, match="certificate is not trusted"):
                fetch(url, reach=reach, resolve=local)
        wrong_name = f"https://elsewhere.example:{server.port}/feed"
        with pytest.raises(FetchError, match="certificate is not trusted"):
            fetch(wrong_name, reach=trusting, resolve=local)
    with pytest.raises(UsageError, match="list of authorities"):
        fetch("https://feeds.example/", reach=Reach(ca_file=str(tmp_path / "none")))


def test_encryption_is_never_given_up(tmp_path: Path) -> None:
    mine = make_certificate(tmp_path)
    with serving(answer) as plain, serving(answer, mine) as server:
        url = f"https://feeds.example:{server.port}/to/{plain.url}/feed"
        with pytest.raises(FetchError, match="from https to http"):
            fetch(url, reach=Reach(private=True, ca_file=str(mine), timeout=5), resolve=local)


def test_a_proxy_is_asked_instead(server: Server) -> None:
    reach = Reach(proxy=server.url, timeout=5)
    assert fetch("http://feeds.example/feed", reach=reach).status in {200, 404}
    assert server.requests[-1].headers["host"] == "feeds.example"
    with pytest.raises(FetchError, match="no answer"):  # this server makes no tunnels
        fetch("https://feeds.example/feed", reach=reach)
