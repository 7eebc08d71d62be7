from __future__ import annotations

import os
import socket
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fluxhound.cli.checks.check import Check, Level
from fluxhound.cli.checks.inputs import input_checks
from fluxhound.config import SensorSettings, ServiceSettings, Settings
from tests.cli.checks.listeners import closed_port, listener
from tests.servers.nats import NatsServer, needs_nats
from tests.servers.redis import RedisServer, needs_redis

OBSERVED = '{"time": 1700000000, "name": "a.example", "type": "A", "answers": "192.0.2.1"}\n'


def checked(where: object, **given: object) -> Check:
    sensor = SensorSettings(name="r", input=str(where), **given)  # type: ignore[arg-type]
    settings = Settings(sensor=(sensor,))
    (check,) = input_checks(settings, now=datetime.now(UTC))
    return check


def test_a_socket_for_dnstap(tmp_path: Path) -> None:
    path = tmp_path / "dnstap.sock"
    check = checked(f"dnstap+unix:{path}")
    assert (check.topic, check.level) == ("sensor r", Level.OK)
    assert check.value == f"dnstap on {path}, free"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        assert checked(f"dnstap+unix:{path}").value.endswith("free")
        server.listen()
        assert "a program listens" in checked(f"dnstap+unix:{path}").value


@pytest.mark.parametrize(
    ("name", "advice"),
    [("none/dnstap.sock", "There is no folder"), ("file", "no socket"), ("x" * 120, "shorter")],
)
def test_sockets_that_cannot_be(tmp_path: Path, name: str, advice: str) -> None:
    (tmp_path / "file").write_text("")
    check = checked(f"dnstap+unix:{tmp_path / name}")
    assert check.level is Level.FAIL
    assert advice in check.advice


def test_a_port_for_dnstap() -> None:
    assert checked(f"dnstap+tcp://127.0.0.1:{closed_port()}").value.endswith("free")
    with listener() as port:
        assert "a program listens" in checked(f"dnstap+tcp://127.0.0.1:{port}").value


@pytest.mark.parametrize(
    ("scheme", "query", "says", "hears"),
    [
        ("redis", "/0?stream=dns", b"+PONG\r\n", True),
        ("redis", "/0?stream=dns", b"-NOAUTH Authentication required.\r\n", True),
        ("nats", "?stream=DNS&subject=dns.>", b'INFO {"server_id":"x"}\r\n', False),
        ("kafka", "?topic=dns", b"", False),
    ],
)
def test_brokers(scheme: str, query: str, says: bytes, *, hears: bool) -> None:
    with listener(says, hears=hears) as port:
        check = checked(f"{scheme}://127.0.0.1:{port}{query}")
    assert check.level is Level.OK
    assert check.value == f"{scheme} at 127.0.0.1:{port}, it answers"


@needs_redis
def test_a_real_redis_with_a_password(tmp_path: Path) -> None:
    server = RedisServer(tmp_path / "redis", "--requirepass", "secret").start()
    try:
        assert checked(f"{server.url}?stream=dns").level is Level.OK
    finally:
        server.stop()


@needs_nats
def test_a_real_nats(tmp_path: Path) -> None:
    server = NatsServer(tmp_path / "nats").start()
    try:
        assert checked(f"{server.url}?stream=DNS&subject=dns.>").level is Level.OK
    finally:
        server.stop()


def test_brokers_that_do_not_answer() -> None:
    check = checked(f"redis://127.0.0.1:{closed_port()}/0?stream=dns")
    assert (check.level, "Connection refused" in check.advice) == (Level.FAIL, True)
    with listener(b"SSH-2.0-x\r\n") as port:
        check = checked(f"nats://127.0.0.1:{port}?stream=DNS&subject=dns.>")
    assert (check.level, check.advice) == (Level.FAIL, "What listens at 127.0.0.1 is no nats.")


def test_one_of_several_brokers_is_enough() -> None:
    with listener() as port:
        check = checked(f"kafka://127.0.0.1:{port},127.0.0.1:{closed_port()}?topic=dns")
    assert check.level is Level.WARN


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "dns.jsonl"
    path.write_text(OBSERVED)
    check = checked(path)
    assert check.level is Level.OK
    assert check.value.startswith(f"{path}, Table")
    an_hour_ago = time.time() - 3600
    os.utime(path, (an_hour_ago, an_hour_ago))
    check = checked(path)
    assert (check.level, "1 h ago" in check.value) == (Level.WARN, True)


def test_files_that_are_not_there_or_not_ours(tmp_path: Path) -> None:
    assert checked(tmp_path / "dns.log").level is Level.WARN
    assert checked(tmp_path / "*.log").level is Level.WARN
    (tmp_path / "dns.log").write_text("")
    assert checked(tmp_path / "dns.log").value.startswith(f"{tmp_path / 'dns.log'}, empty")
    (tmp_path / "dns.log").write_text("hello\n")
    assert checked(tmp_path / "dns.log").level is Level.FAIL
    assert checked(tmp_path / "dns.log", format="zeek").level is Level.OK
    os.mkfifo(tmp_path / "pipe")
    assert "no file" in checked(tmp_path / "pipe").advice


@pytest.mark.parametrize("where", ["ftp://a/b", "redis://127.0.0.1", "dnstap+unix:"])
def test_inputs_that_are_none(where: str) -> None:
    check = checked(where)
    assert check.level is Level.FAIL
    assert check.advice.startswith("[[sensor]] r: ")


def test_no_sensor() -> None:
    (check,) = input_checks(Settings(), now=datetime.now(UTC))
    assert "HTTP only" in check.value
    silent = Settings(service=ServiceSettings(listen="none"))
    assert list(input_checks(silent, now=datetime.now(UTC))) == []
