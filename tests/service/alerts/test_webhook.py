from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import http.server
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.errors import ConfigurationError
from fluxhound.service.alerts.delivery import DeliveryError, Letter
from fluxhound.service.alerts.settings import MessageFormat, WebhookSettings
from fluxhound.service.alerts.webhook import Webhook, key_of, signature, wait_s
from tests.servers.certificates import Certificate, certificate
from tests.service.alerts.letters import NOW, closed_port, letter, listening
from tests.sharing import alerting

SECRET = b"0123456789abcdef0123456789abcdef"


def webhook(
    port: int, scheme: str = "http", path: str = "/hook?team=soc", **given: object
) -> Webhook:
    usual: dict[str, object] = {
        "name": "chat",
        "url": f"{scheme}://localhost:{port}{path}",
        "secret": SECRET,
        "format": MessageFormat.JSON,
        "timeout_s": 5.0,
    }
    return Webhook(WebhookSettings(**{**usual, **given}))  # type: ignore[arg-type]


class Receiver(http.server.ThreadingHTTPServer):
    """A real HTTP server that notes requests and answers as it is told to."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.status = 204
        self.answer: dict[str, str] = {}
        self.body = b""
        if context is not None:
            self.socket = context.wrap_socket(self.socket, server_side=True)

    def handle_error(self, *_: object) -> None:
        """Say nothing: clients that go away are what is tested."""


class Handler(http.server.BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {key.lower(): value for key, value in self.headers.items()}
        self.server.requests.append((self.path, headers, body))
        self.send_response(self.server.status)
        for key, value in self.server.answer.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def receiving(context: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    with Receiver(context) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join(10)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as server:
        yield server


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate(tmp_path_factory.mktemp("certificates"))


def port_of(server: Receiver) -> int:
    return int(server.server_address[1])


def genuine(headers: dict[str, str], body: bytes, now: float) -> bool:
    """Verify a signature as the Standard Webhooks specification says: an oracle, not our code."""
    moment = headers["webhook-timestamp"]
    signed = f"{headers['webhook-id']}.{moment}.".encode() + body
    digest = base64.b64encode(hmac.new(SECRET, signed, hashlib.sha256).digest()).decode()
    fresh = abs(now - int(moment)) < 300
    offered = headers["webhook-signature"].split(" ")
    return fresh and any(hmac.compare_digest(f"v1,{digest}", each) for each in offered)


def test_a_signed_alert_arrives(receiver: Receiver) -> None:
    webhook(port_of(receiver)).deliver([letter(0)], now=NOW)
    ((path, headers, body),) = receiver.requests
    assert path == "/hook?team=soc"
    assert headers["content-type"] == "application/json"
    assert headers["webhook-id"] == letter(0).told.id == orjson.loads(body)["id"]
    assert genuine(headers, body, NOW)
    assert not genuine(headers, body + b" ", NOW)
    assert not genuine({**headers, "webhook-id": "x"}, body, NOW)
    assert not genuine(headers, body, NOW + 301), "a replay"


@pytest.mark.parametrize("form", list(MessageFormat))
def test_every_format_can_be_posted(receiver: Receiver, form: MessageFormat) -> None:
    webhook(port_of(receiver), format=form).deliver([letter(0)], now=NOW)
    _, headers, body = receiver.requests[0]
    assert genuine(headers, body, NOW)
    assert headers["content-type"].startswith(
        "text/plain" if form in {MessageFormat.CEF, MessageFormat.LEEF} else "application/json"
    )


@pytest.mark.parametrize("status", [500, 502, 503, 429, 408])
def test_a_busy_server_is_asked_again_when_it_wishes(receiver: Receiver, status: int) -> None:
    receiver.status, receiver.answer = status, {"Retry-After": "77"}
    with pytest.raises(DeliveryError, match=f"answer was {status}") as caught:
        webhook(port_of(receiver)).deliver([letter(0)], now=NOW)
    assert (caught.value.permanent, caught.value.after_s) == (False, 77.0)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 413, 301, 302, 307, 308])
def test_a_refusal_is_final_and_redirects_are_not_followed(receiver: Receiver, status: int) -> None:
    receiver.status = status
    receiver.answer = {"Location": f"http://localhost:{port_of(receiver)}/elsewhere"}
    receiver.body = b"go\x1b[31m away"
    with pytest.raises(DeliveryError, match=f"answer was {status} go \\[31m away") as caught:
        webhook(port_of(receiver)).deliver([letter(0)], now=NOW)
    assert caught.value.permanent
    assert len(receiver.requests) == 1


def test_errors_do_not_tell_the_path_which_may_be_a_secret(receiver: Receiver) -> None:
    receiver.status = 500
    with pytest.raises(DeliveryError) as caught:
        webhook(port_of(receiver), path="/services/T0/hush").deliver([letter(0)], now=NOW)
    assert "hush" not in str(caught.value)


def test_a_huge_answer_is_not_read_to_its_end() -> None:
    sent = []

    def flood(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")
        for _ in range(1000):
            connection.sendall(b"x" * 65536)
            sent.append(65536)

    with listening(flood) as port:
        webhook(port).deliver([letter(0)], now=NOW)
    assert sum(sent) < 50 << 20


@pytest.mark.parametrize(
    "answer",
    [b"", b"\x00" * 100, b"HTTP/1.1 banana\r\n\r\n", b"SSH-2.0-x\r\n", b"HTTP/1.1 200 OK\r\n",
     b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 5000, b"HTTP/1.1 " + b"2" * 100000],
)  # fmt: skip
def test_nonsense_is_a_failure(answer: bytes) -> None:
    def reply(connection: socket.socket) -> None:
        connection.settimeout(0.3)  # what is left unread would reset the connection
        with contextlib.suppress(TimeoutError):
            while connection.recv(65536):
                pass
        connection.sendall(answer)

    with listening(reply) as port:
        chosen = webhook(port)
        if answer.endswith(b"200 OK\r\n"):  # headers that end with the connection are complete
            chosen.deliver([letter(0)], now=NOW)
            return
        with pytest.raises(DeliveryError) as caught:
            chosen.deliver([letter(0)], now=NOW)
        assert not caught.value.permanent


@pytest.mark.parametrize("begin", [b"HTTP/1.1 200 O", b"HTTP/1.1 200 OK\r\nX: "])
def test_a_server_that_dribbles_ends_in_time(begin: bytes) -> None:
    def dribble(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(begin)
        for _ in range(2000):
            connection.sendall(b"x")
            time.sleep(0.01)

    with listening(dribble) as port:
        begun = time.monotonic()
        with contextlib.suppress(DeliveryError):  # whoever said 200 has taken it
            webhook(port, timeout_s=0.1).deliver([letter(0)], now=NOW)
        assert time.monotonic() - begun < 5


def test_a_server_that_says_nothing_ends_in_time() -> None:
    free = threading.Event()
    with listening(lambda _: free.wait(20)) as port:
        with pytest.raises(DeliveryError, match="timed out"):
            webhook(port, timeout_s=0.1).deliver([letter(0)], now=NOW)
        free.set()


def test_a_refused_connection_is_told() -> None:
    with pytest.raises(DeliveryError, match="ConnectionRefusedError"):
        webhook(closed_port()).deliver([letter(0)], now=NOW)


def test_https_is_verified(ours: Certificate, tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(ours.certificate, ours.key)
    other = certificate(tmp_path, "other.example", "192.0.2.1")
    with receiving(context) as server:
        port = port_of(server)
        webhook(port, "https", ca_file=ours.authority).deliver([letter(0)], now=NOW)
        assert genuine(*server.requests[0][1:], NOW)
        for untrusted in (None, other.authority):
            with pytest.raises(DeliveryError, match="certificate verify failed"):
                webhook(port, "https", ca_file=untrusted).deliver([letter(0)], now=NOW)
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    "url",
    ["", "ftp://x/", "http://siem.example/", "https://", "https://u:p@h/", "https://h/a b",
     "https://h/\r\nX: y", "https://h:99999/", "https://[::1/", "/path"],
)  # fmt: skip
def test_a_url_that_is_none_or_not_safe_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="URL is not usable"):
        webhook(1, url=url)


@pytest.mark.parametrize("secret", [b"", b"short", b"whsec_c2hvcnQ=", b"whsec_not base64!"])
def test_a_secret_that_is_none_is_refused(secret: bytes) -> None:
    with pytest.raises(ConfigurationError, match="secret"):
        webhook(1, secret=secret)


def test_certificates_that_are_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="PEM"):
        webhook(1, "https", ca_file=tmp_path / "missing")


def test_a_secret_may_be_written_as_the_specification_writes_it() -> None:
    assert key_of(b"whsec_" + base64.b64encode(SECRET) + b"\n") == SECRET
    assert signature(SECRET, "a", "1", b"") == signature(
        key_of(b"whsec_" + base64.b64encode(SECRET)), "a", "1", b""
    )


@given(st.text(max_size=40))
def test_any_wish_is_a_time_or_none(wish: str) -> None:
    seconds = wait_s(wish, NOW)
    assert seconds is None or seconds >= 0


def test_hostile_names_stay_in_the_body(receiver: Receiver) -> None:
    told = alerting.alert(alerting.hostile().finding, id="a\r\nX-Evil: 1")
    webhook(port_of(receiver)).deliver([Letter(told=told)], now=NOW)
    _, headers, body = receiver.requests[0]
    assert "x-evil" not in headers
    assert headers["webhook-id"] == "aX-Evil:1"
    assert genuine(headers, body, NOW)
