from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from fluxhound.errors import ConfigurationError
from fluxhound.service.alerts.delivery import DeliveryError
from fluxhound.service.alerts.settings import Endpoint, MessageFormat, SyslogSettings
from fluxhound.service.alerts.syslog import Syslog
from tests.servers.certificates import Certificate, certificate
from tests.servers.rsyslog import AVAILABLE, rsyslog
from tests.service.alerts.letters import NOW, closed_port, letter, listening, until
from tests.service.alerts.rfc5424 import frames, parse
from tests.sharing import alerting


def syslog(transport: str, port: int, host: str = "127.0.0.1", **given: object) -> Syslog:
    usual: dict[str, object] = {
        "name": "siem",
        "endpoint": Endpoint(transport=transport, host=host, port=port),
        "format": MessageFormat.CEF,
        "timeout_s": 5.0,
    }
    return Syslog(SyslogSettings(**{**usual, **given}))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate(tmp_path_factory.mktemp("certificates"))


class Receiver:
    """Notes all octets of all connections."""

    def __init__(self) -> None:
        self.streams: list[bytearray] = []
        self.closed = 0

    def talk(self, connection: socket.socket) -> None:
        stream = bytearray()
        self.streams.append(stream)
        while octets := connection.recv(65536):
            stream += octets
        self.closed += 1

    def messages(self) -> list[bytes]:
        return [message for stream in self.streams for message in frames(bytes(stream))[0]]


def over_tls(
    made: Certificate, talk: Callable[[socket.socket], None]
) -> Callable[[socket.socket], None]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.certificate, made.key)

    def converse(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            talk(secure)

    return converse


@pytest.mark.parametrize("form", list(MessageFormat))
def test_messages_arrive_over_tcp(form: MessageFormat) -> None:
    receiver = Receiver()
    with listening(receiver.talk) as port:
        chosen = syslog("tcp", port, format=form, structured=True)
        chosen.deliver([letter(n) for n in range(20)], now=NOW)
        chosen.deliver([letter(20)], now=NOW)
        until(lambda: len(receiver.messages()) == 21)
        chosen.close()
    assert len(receiver.streams) == 1, "one connection for all"
    assert frames(bytes(receiver.streams[0]))[1] == b""
    message = parse(receiver.messages()[20])
    assert message.structured["fluxhound@32473"]["name"] == "d20.example"
    if form is MessageFormat.CEF:
        _, pairs = alerting.parse_cef(message.message.decode())
        assert pairs["destinationDnsDomain"] == "d20.example"
    elif form is MessageFormat.LEEF:
        assert alerting.parse_leef(message.message.decode())[1]["domain"] == "d20.example"
    else:
        assert b"d20.example" in orjson.dumps(orjson.loads(message.message))


def test_messages_arrive_over_udp_each_in_a_datagram() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(5)
        chosen = syslog("udp", receiver.getsockname()[1], format=MessageFormat.ECS)
        chosen.deliver([letter(0), letter(1)], now=NOW)
        datagrams = [receiver.recv(65536) for _ in range(2)]
        chosen.close()
    assert max(map(len, datagrams)) <= 2048
    documents = [orjson.loads(parse(datagram).message) for datagram in datagrams]
    assert [document["dns"]["question"]["name"] for document in documents] == [
        "d0.example",
        "d1.example",
    ]


def test_messages_arrive_over_tls(ours: Certificate) -> None:
    receiver = Receiver()
    with listening(over_tls(ours, receiver.talk)) as port:
        chosen = syslog("tls", port, ca_file=ours.authority)
        chosen.deliver([letter(0)], now=NOW)
        chosen.deliver([letter(1)], now=NOW)
        until(lambda: len(receiver.messages()) == 2)
        chosen.close()


@pytest.mark.parametrize(
    ("host", "trusted"), [("127.0.0.1", False), ("127.0.0.2", True)], ids=["authority", "name"]
)
def test_a_wrong_certificate_is_refused(ours: Certificate, host: str, *, trusted: bool) -> None:
    receiver = Receiver()
    with listening(over_tls(ours, receiver.talk), host=host) as port:
        chosen = syslog("tls", port, host=host, ca_file=ours.authority if trusted else None)
        with pytest.raises(DeliveryError, match="certificate verify failed"):
            chosen.deliver([letter(0)], now=NOW)
    assert receiver.messages() == []


def test_a_server_without_tls_is_refused(ours: Certificate) -> None:
    def greet(connection: socket.socket) -> None:
        connection.sendall(b"220 hello\r\n")
        connection.recv(1000)

    with listening(greet) as port:
        chosen = syslog("tls", port, ca_file=ours.authority)
        with pytest.raises(DeliveryError):
            chosen.deliver([letter(0)], now=NOW)


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_a_refused_connection_is_told(transport: str) -> None:
    with pytest.raises(DeliveryError, match="Connection refused"):
        syslog(transport, closed_port()).deliver([letter(0)], now=NOW)


def test_a_closed_udp_port_is_told_by_the_next_send() -> None:
    chosen = syslog("udp", closed_port())
    with pytest.raises(DeliveryError, match="Connection refused"):  # noqa: PT012 - the first may pass
        for _ in range(5):
            chosen.deliver([letter(0)], now=NOW)
            time.sleep(0.01)


def test_an_unknown_host_is_told() -> None:
    with pytest.raises(DeliveryError, match=r"nowhere\.invalid"):
        syslog("tcp", 1, host="nowhere.invalid").deliver([letter(0)], now=NOW)


def test_a_name_that_no_host_can_have_is_told() -> None:
    with pytest.raises(DeliveryError, match="too long"):
        syslog("tcp", 1, host="x" * 70 + ".example").deliver([letter(0)], now=NOW)


def test_a_server_that_was_restarted_gets_a_new_connection() -> None:
    receiver = Receiver()
    restarts = threading.Semaphore(0)

    def once(connection: socket.socket) -> None:
        receiver.streams.append(bytearray(connection.recv(65536)))
        restarts.acquire(timeout=20)

    with listening(once) as port:
        chosen = syslog("tcp", port)
        for number in range(4):
            chosen.deliver([letter(number)], now=NOW)
            restarts.release()
            until(lambda: _ended(chosen))
        chosen.close()
    assert len(receiver.messages()) == 4


def _ended(chosen: Syslog) -> bool:
    assert chosen._socket is not None
    with socket.socket(fileno=socket.dup(chosen._socket.fileno())) as copy:
        copy.settimeout(0)
        try:
            return copy.recv(1, socket.MSG_PEEK) == b""
        except BlockingIOError:
            return False
        except ConnectionError:
            return True


def test_a_server_that_closes_at_once_is_no_success() -> None:
    with listening(lambda connection: connection.recv(100)) as port:
        chosen = syslog("tcp", port)
        with pytest.raises(DeliveryError):  # noqa: PT012 - its closing may be noticed one later
            for _ in range(20):
                chosen.deliver([letter(n) for n in range(50)], now=NOW)


def test_a_server_that_reads_nothing_ends_in_time() -> None:
    free = threading.Event()

    def hold(connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        free.wait(20)

    with listening(hold) as port:
        chosen = syslog("tcp", port, timeout_s=0.3, format=MessageFormat.ECS)
        begun = time.monotonic()
        with pytest.raises(DeliveryError, match=r"timed out|acknowledge"):  # noqa: PT012 - it fills
            for _ in range(200):
                chosen.deliver([letter(n) for n in range(50)], now=NOW)
        assert time.monotonic() - begun < 10
        free.set()


def test_a_server_that_never_greets_over_tls_ends_in_time(ours: Certificate) -> None:
    free = threading.Event()
    with listening(lambda _: free.wait(20)) as port:
        chosen = syslog("tls", port, ca_file=ours.authority, timeout_s=0.2)
        with pytest.raises(DeliveryError, match="timed out"):
            chosen.deliver([letter(0)], now=NOW)
        free.set()


@pytest.mark.parametrize(("transport", "facility"), [("tcp", 24), ("smtp", 4)])
def test_what_syslog_does_not_know_is_refused(transport: str, facility: int) -> None:
    with pytest.raises(ConfigurationError):
        syslog(transport, 1, facility=facility)


def test_certificates_that_are_none_are_refused(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    for name in ("ca.pem", "missing.pem"):
        with pytest.raises(ConfigurationError, match=name):
            syslog("tls", 1, ca_file=tmp_path / name)


@pytest.mark.skipif(not AVAILABLE, reason="needs rsyslogd: apt-get install rsyslog")
def test_a_real_rsyslog_understands_udp_and_tcp(tmp_path: Path) -> None:
    with rsyslog(tmp_path) as server:
        over_udp = syslog("udp", server.udp, format=MessageFormat.LEEF)
        over_tcp = syslog("tcp", server.tcp, format=MessageFormat.CEF, structured=True)
        over_udp.deliver([letter(0)], now=NOW)
        over_tcp.deliver([letter(n) for n in range(1, 30)], now=NOW)
        until(lambda: len(server.messages()) == 30)
        over_udp.close()
        over_tcp.close()
        found = {message["message"][:4]: message for message in server.messages()}
    assert found["CEF:"]["app"] == "fluxhound"
    assert found["CEF:"]["pri"] == "35"
    assert found["CEF:"]["kind"] == "APPEARED"
    assert found["CEF:"]["structured"].startswith('[origin software="fluxhound"')
    assert alerting.parse_cef(found["CEF:"]["message"])[1]["act"] == "appeared"
    # rsyslog writes control characters of what it gets, the tab too, as #NNN, unless told not to.
    leef = found["LEEF"]["message"].replace("#011", "\t")
    assert alerting.parse_leef(leef)[1]["domain"] == "d0.example"


@pytest.mark.skipif(not AVAILABLE, reason="needs rsyslogd: apt-get install rsyslog")
def test_a_real_rsyslog_understands_tls(tmp_path: Path, ours: Certificate) -> None:
    with rsyslog(tmp_path, ours) as server:
        chosen = syslog("tls", server.tcp, ca_file=ours.authority, format=MessageFormat.ECS)
        chosen.deliver([letter(n) for n in range(10)], now=NOW)
        until(lambda: len(server.messages()) == 10)
        chosen.close()
        document = orjson.loads(server.messages()[-1]["message"])
    assert alerting.faults("ecs-9.4.0-alert.json", document) == []
