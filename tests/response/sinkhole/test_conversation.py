"""Real clients: curl, openssl, this interpreter's TLS, and sockets that say anything."""

from __future__ import annotations

import shutil
import socket
import ssl
import struct
import subprocess
from pathlib import Path

import pytest

from fluxhound.response.sinkhole.hello import read_hello
from fluxhound.response.sinkhole.limits import Limits
from fluxhound.response.sinkhole.page import render_answer, render_head
from tests.response.sinkhole.greeting import KNOWN
from tests.response.sinkhole.running import Running, everything, sealed
from tests.servers.daemon import until

CURL = shutil.which("curl")
OPENSSL = shutil.which("openssl")
GET = b"GET /gate.php?id=7 HTTP/1.1\r\nHost: evil.example\r\nUser-Agent: bot/1\r\n\r\n"


@pytest.fixture
def running(tmp_path: Path) -> Running:
    return Running(tmp_path / "sinkhole")


def curl(running: Running, scheme: str, *more: str) -> str:
    place = running.sinkhole.places[0]
    host = f"[{place.address}]" if ":" in place.address else place.address
    url = f"{scheme}://evil.example:{place.port}/gate.php"
    words = ["--resolve", f"evil.example:{place.port}:{host}", "--noproxy", "*", "--max-time", "9"]
    done = subprocess.run(
        [str(CURL), "-s", "-k", "-i", *words, *more, url],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


@pytest.mark.skipif(not CURL, reason="no curl here")
@pytest.mark.parametrize(
    ("scheme", "more", "method", "protocol"),
    [
        ("http", (), "GET", "http"),
        ("https", (), "GET", "https"),
        ("http", ("--head",), "HEAD", "http"),
        ("https", ("--data", "stolen=1"), "POST", "https"),
        ("https", ("--tls-max", "1.2", "--http1.1"), "GET", "https"),
        ("http", ("--http1.0",), "GET", "http"),
        ("http", ("--header", "Expect: 100-continue", "--data", "a" * 2_000), "POST", "http"),
    ],
)
def test_curl_gets_the_page(
    running: Running, scheme: str, more: tuple[str, ...], method: str, protocol: str
) -> None:
    with running:
        answer = curl(running, scheme, *more)
        (visit,) = running.visits()
    assert answer.startswith("HTTP/1.1 403 Forbidden")
    assert ("may be infected" in answer) is (method != "HEAD")
    assert (visit["method"], visit["protocol"], visit["end"]) == (method, protocol, "answered")
    assert (visit["name"], visit["path"]) == ("evil.example", "/gate.php")
    assert visit["agent"].startswith("curl/")
    assert ("ja4" in visit) is (protocol == "https")
    assert "stolen" not in str(visit)


@pytest.mark.skipif(not CURL, reason="no curl here")
def test_curl_over_ipv6(tmp_path: Path) -> None:
    with Running(tmp_path / "x", "[::1]:0") as running:
        assert curl(running, "https").startswith("HTTP/1.1 403")
        (visit,) = running.visits()
    assert (visit["client"], visit["address"]) == ("::1", "::1")


@pytest.mark.skipif(not CURL, reason="no curl here")
def test_http2_by_prior_knowledge_is_recorded_and_not_answered(running: Running) -> None:
    with running:
        assert curl(running, "http", "--http2-prior-knowledge") == ""
        (visit,) = running.visits()
    assert (visit["protocol"], visit["method"], visit["end"]) == ("http", "PRI", "closed")


@pytest.mark.skipif(not OPENSSL, reason="no openssl here")
@pytest.mark.parametrize("version", ["-tls1", "-tls1_1", "-tls1_2", "-tls1_3"])
def test_openssl_speaks_any_version(running: Running, version: str) -> None:
    with running:
        where = f"127.0.0.1:{running.port}"
        words = ["-connect", where, "-servername", "evil.example", "-quiet", version]
        old = ["-cipher", "DEFAULT:@SECLEVEL=0"] if version in ("-tls1", "-tls1_1") else []
        done = subprocess.run(
            [str(OPENSSL), "s_client", *words, *old], input=GET, capture_output=True, check=False
        )
        (visit,) = running.visits()
    assert done.stdout.startswith(b"HTTP/1.1 403"), done.stderr
    assert (visit["protocol"], visit["sni"]) == ("https", "evil.example")


def test_the_certificate_is_for_the_name_that_was_wanted(running: Running) -> None:
    with running:
        context = ssl.create_default_context(cafile=str(running.setup.folder / "ca.pem"))
        for name in ("evil.example", "www.evil.example", "127.0.0.1"):
            with (
                running.connect() as connection,
                context.wrap_socket(connection, server_hostname=name) as talk,
            ):
                talk.sendall(GET)
                assert everything(talk).startswith(b"HTTP/1.1 403")
        visits = running.visits()
    assert [each.get("sni") for each in visits] == ["evil.example", "www.evil.example", None]


def test_a_client_that_checks_certificates_is_recorded_all_the_same(running: Running) -> None:
    with running:
        context = ssl.create_default_context()
        with running.connect() as connection, pytest.raises(ssl.SSLCertVerificationError):
            context.wrap_socket(connection, server_hostname="evil.example")
        until(lambda: bool(running.setup.log_path.read_bytes()))  # not before it heard of it
        (visit,) = running.visits()
    assert (visit["protocol"], visit["end"]) == ("tls", "handshake-failed")
    assert visit["error"] == "TLSV1_ALERT_UNKNOWN_CA"
    assert (visit["name"], len(visit["ja3"])) == ("evil.example", 32)


def test_something_else_within_tls(running: Running) -> None:
    with running:
        with running.connect() as connection, sealed(connection, "evil.example") as talk:
            talk.sendall(b"\x00\x01bot")
            assert everything(talk) == b""
        (visit,) = running.visits()
    assert (visit["protocol"], visit["first_hex"]) == ("tls", "0001626f74")
    assert visit["end"] in ("closed", "reset")


@pytest.mark.parametrize("octets", [b"NICK bot\r\n", b"\x00" * 10, b"SSH-2.0-x\r\n", b"\xff" * 500])
def test_anything_else_gets_silence(running: Running, octets: bytes) -> None:
    with running:
        assert running.ask(octets) == b""
        (visit,) = running.visits()
    assert (visit["protocol"], visit["octets"]) == ("other", len(octets))
    assert visit["first_hex"] == octets[:64].hex()


def test_first_octets_may_come_one_by_one(running: Running) -> None:
    with running:
        with running.connect() as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for octet in GET:
                connection.send(bytes([octet]))
            assert everything(connection) == render_answer()
        (visit,) = running.visits()
    assert (visit["end"], visit["agent"]) == ("answered", "bot/1")


def test_nothing_that_was_sent_comes_back(running: Running) -> None:
    marks = b"GET /<script>reflected</script> HTTP/1.1\r\nHost: reflected\r\nX: reflected\r\n\r\n"
    with running:
        assert running.ask(marks) == render_answer()
        assert running.ask(b"HEAD /reflected HTTP/1.1\r\n\r\n") == render_head()
        assert running.ask(b"TRACE /reflected HTTP/1.1\r\n\r\n") == render_answer()
        assert running.ask(b"GET /reflected\r\n") == render_answer()


def test_one_request_is_answered_once(running: Running) -> None:
    with running:
        assert running.ask(GET * 3) == render_answer()
        (visit,) = running.visits()
    assert visit["path"] == "/gate.php?id=7"


def test_silence_ends_in_time(running: Running) -> None:
    with running:
        assert running.ask(b"") == b""
        (visit,) = running.visits()
    assert (visit["protocol"], visit["end"]) == ("silent", "deadline")
    assert 0.5 < visit["seconds"] < 2


@pytest.mark.parametrize(
    ("octets", "protocol"),
    [
        (b"GET / HTTP/1.1\r\nHost: evil.example\r\n", "http"),
        (b"GET /", "other"),
        (KNOWN["curl"].octets[:100], "tls"),
        (KNOWN["curl"].octets, "tls"),
        (b"\x16", "other"),
    ],
)
def test_what_is_never_finished_ends_in_time(
    running: Running, octets: bytes, protocol: str
) -> None:
    with running, running.connect() as connection:
        connection.sendall(octets)
        everything(connection)
        (visit,) = running.visits()
    assert (visit["protocol"], visit["end"]) == (protocol, "deadline")
    if protocol == "http":
        assert visit["name"] == "evil.example"


def test_no_more_is_read_than_may_be(tmp_path: Path) -> None:
    limits = Limits(idle_s=0.3, octets=5_000)
    with Running(tmp_path / "x", limits=limits) as running:
        with running.connect() as connection:
            connection.sendall(b"\x00" * 5_001)
            everything(connection)
        (visit,) = running.visits()
    assert (visit["octets"], visit["end"]) == (5_000, "too-much")


def test_a_connection_that_is_broken_off(running: Running) -> None:
    with running:
        connection = running.connect()
        connection.sendall(b"GET / HTTP/1.1\r\n")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
        with running.connect() as connection:
            connection.sendall(GET)
            everything(connection)
        visits = running.visits()
    assert {each["end"] for each in visits} <= {"reset", "closed", "answered"}
    assert len(visits) == 2


def test_damaged_handshakes_end_without_a_word_in_the_messages(
    running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    octets = KNOWN["curl"].octets
    assert read_hello(octets).hello
    with running:
        for at in range(0, len(octets), 40):
            changed = octets[:at] + bytes([octets[at] ^ 0xFF]) + octets[at + 1 :]
            with running.connect() as connection:
                connection.sendall(changed)
                connection.shutdown(socket.SHUT_WR)
                everything(connection)
        visits = running.visits()
    assert len(visits) == len(range(0, len(octets), 40))
    assert not [each for each in caplog.records if each.levelname in ("ERROR", "WARNING")]


def test_the_whole_has_its_time_too(tmp_path: Path) -> None:
    limits = Limits(total_s=0.5, first_s=5, head_s=5, idle_s=5)
    with Running(tmp_path / "x", limits=limits) as running:
        assert running.ask(b"anything") == b""
        (visit,) = running.visits()
    assert visit["end"] == "deadline"
    assert visit["seconds"] < 2
