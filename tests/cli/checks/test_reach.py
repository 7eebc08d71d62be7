from __future__ import annotations

import socket
import ssl
from pathlib import Path

from fluxhound.cli.checks.reach import answers_at, reason, said, unreachable
from tests.cli.checks.listeners import closed_port, listener


def test_something_listens() -> None:
    with listener(b"INFO {}") as port:
        assert unreachable("127.0.0.1", port) is None
        assert said("127.0.0.1", port, b"") == b"INFO {}"


def test_nothing_listens() -> None:
    port = closed_port()
    assert unreachable("127.0.0.1", port) == "Connection refused"
    assert said("127.0.0.1", port, b"x") == b""


def test_names_that_are_none() -> None:
    assert unreachable("none.invalid", 1)
    assert unreachable("a" * 70 + ".invalid", 1)


def test_no_tls() -> None:
    with listener(b"220 plain\r\n" * 10) as port:
        assert unreachable("127.0.0.1", port, tls=True)


def test_a_socket_file(tmp_path: Path) -> None:
    path = tmp_path / "s"
    assert not answers_at(path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        assert not answers_at(path)
        server.listen()
        assert answers_at(path)


def test_reasons() -> None:
    assert reason(TimeoutError()) == "no answer in time"
    assert reason(ConnectionRefusedError(111, "Connection refused")) == "Connection refused"
    wrong = ssl.SSLCertVerificationError()
    wrong.verify_message = "self-signed certificate"
    assert reason(wrong) == "its certificate is not valid: self-signed certificate"
    assert reason(UnicodeError("label too long")) == "label too long"
