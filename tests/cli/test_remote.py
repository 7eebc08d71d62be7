from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.cli.remote import _parsed, ask_service, read_token
from fluxhound.errors import StoreError, UsageError
from fluxhound.history.whoasked import Asker, WhoAsked

FOUND = WhoAsked(
    name="evil.example",
    clients=(
        Asker(
            client="00000000000000ff",
            first=3600.0,
            last=7200.0,
            count=3,
            names=("evil.example", "www.evil.example"),
        ),
        Asker(client="10.0.0.1", first=None, last=None, count=None, names=()),
    ),
    capped=True,
    count=9,
)


class Service(http.server.HTTPServer):
    """A stand-in that answers what it is told to and remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer: tuple[int, bytes] = (200, json.dumps(FOUND.document()).encode())
        self.asked: list[tuple[str, str | None]] = []
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Service

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers["Authorization"]))
        status, body = self.server.answer
        self.send_response(status)
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_the_answer_comes_back_as_it_was(service: Service) -> None:
    since = datetime(2026, 11, 24, 8, tzinfo=UTC)
    assert ask_service(f"{service.url}/base/", "secret", "evil.example", since=since) == FOUND
    ((path, authorization),) = service.asked
    assert authorization == "Bearer secret"
    assert urlsplit(path).path == "/base/api/v1/clients"
    assert parse_qs(urlsplit(path).query) == {
        "name": ["evil.example"],
        "since": [since.isoformat()],
    }


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (403, b'{"detail": "This token may not see clients."}', "403. This token may not"),
        (401, b"no json", "401. Check the token"),
        (302, b"", "302"),
        (200, b"{}", "no answer of Fluxhound"),
        (200, b"<html>", "no answer of Fluxhound"),
        (200, b'{"name": "a", "clients": [{}], "capped": false}', "no answer of Fluxhound"),
    ],
)
def test_what_goes_wrong_is_told(service: Service, status: int, body: bytes, told: str) -> None:
    service.answer = (status, body)
    with pytest.raises(StoreError, match=told):
        ask_service(service.url, "secret", "evil.example", since=None)
    assert len(service.asked) == 1  # a redirection is not followed


def test_a_service_that_is_not_there_is_told() -> None:
    with pytest.raises(StoreError, match="cannot be asked"):
        ask_service("http://127.0.0.1:1", "secret", "evil.example", since=None)


def test_an_answer_that_never_ends_is_cut(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fluxhound.cli.remote.LARGEST_ANSWER", 10)
    with pytest.raises(StoreError, match="too long"):
        ask_service(service.url, "secret", "evil.example", since=None)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://resolver.example:8053", "in clear"),
        ("http://192.0.2.1", "in clear"),
        ("ftp://127.0.0.1", "no address"),
        ("127.0.0.1:8053", "no address"),
        ("http://", "no address"),
        ("http://127.0.0.1:x", "no address"),
        ("http://[::1", "no address"),
        ("http://127.0.0.1?a=b", "no address"),
    ],
)
def test_wrong_addresses_are_refused_before_the_token_leaves(url: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        ask_service(url, "secret", "evil.example", since=None)


@pytest.mark.parametrize(
    ("content", "token"),
    [(b"abc\n", "abc"), (b"abc def\n", "abc"), (b"\n", None), (b"\xff", None), (b"a\x01b", None)],
)
def test_tokens_are_read(tmp_path: Path, content: bytes, token: str | None) -> None:
    path = tmp_path / "token"
    path.write_bytes(content)
    if token:
        assert read_token(path) == token
    else:
        with pytest.raises(UsageError, match="token"):
            read_token(path)


def test_a_token_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        read_token(tmp_path / "token")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "clients", "capped", "count", "client", "first", "names"]),
            inner,
        )
    ),
    max_leaves=15,
)


@given(json_values.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=50))
def test_no_answer_is_a_surprise(body: bytes) -> None:
    found = _parsed(body)
    assert found is None or found.document()
