"""From a URL to an input: what is refused before anything is connected, and encryption."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fluxhound.errors import ConfigurationError, MissingExtraError, UsageError
from fluxhound.sources.brokerinput import broker_input
from fluxhound.sources.jetstream import JetStreamFeed
from fluxhound.sources.kafkatopic import KafkaFeed
from fluxhound.sources.redisstream import RedisFeed
from tests.servers.certificates import certificate
from tests.servers.nats import NatsServer, needs_nats
from tests.servers.redis import RedisServer, needs_redis
from tests.subscribing import impatient, running

__all__ = ["impatient"]  # a fixture
URLS = {
    "redis": "redis://127.0.0.1:1/0?stream=dns",
    "nats": "nats://127.0.0.1:1?stream=DNS",
    "confluent_kafka": "kafka://127.0.0.1:1?topic=dns",
}


@pytest.mark.parametrize(
    ("url", "feed"),
    list(zip(URLS.values(), (RedisFeed, JetStreamFeed, KafkaFeed), strict=True)),
)
def test_each_kind_has_its_feed(url: str, feed: type) -> None:
    made = broker_input(url, name="dns", sensor="s", format="suricata")
    assert isinstance(made._feed, feed)
    assert (made.name, made.sensor, made.format) == ("dns", "s", "suricata")
    assert made.health.state == "starting"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"start": "middle"}, "'end' or 'beginning'"),
        ({"silent_after": 0.0}, "silent_after"),
        ({"format": "pcap"}, "suricata, zeek-json"),
        ({"password_file": Path("missing")}, "cannot be read"),
        ({"ca_file": Path("missing")}, "not encrypted"),
    ],
)
def test_what_is_not_usable_is_told_at_once(options: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        broker_input(URLS["redis"], name="dns", **options)


def test_an_unknown_format_is_told() -> None:
    with pytest.raises(UsageError, match="suricata"):
        broker_input(URLS["redis"], name="dns", format="suricatta")


@pytest.mark.parametrize(
    ("library", "extra"), [("redis", "redis"), ("nats", "nats"), ("confluent_kafka", "kafka")]
)
def test_a_missing_library_is_told_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch, library: str, extra: str
) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **more: Any) -> Any:
        if name.partition(".")[0] == library:
            raise ImportError(name)
        return real(name, *args, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    monkeypatch.delitem(sys.modules, library, raising=False)
    wanted = rf"pip install 'fluxhound\[{extra}\]'"
    with (
        pytest.raises(MissingExtraError, match=wanted),
        running(broker_input(URLS[library], name="dns")),
    ):
        pass


def redis_with_tls(folder: Path) -> tuple[RedisServer, str]:
    made = certificate(folder)
    server = RedisServer(folder / "state")
    files = ["--tls-cert-file", str(made.certificate), "--tls-key-file", str(made.key)]
    server.options = (
        *("--port", "0", "--tls-port", str(server.port), *files),
        *("--tls-auth-clients", "no"),
    )
    return server, f"rediss://127.0.0.1:{server.port}/0?stream=dns"


def nats_with_tls(folder: Path) -> tuple[NatsServer, str]:
    made = certificate(folder)
    server = NatsServer(
        folder / "state", "--tls", "--tlscert", str(made.certificate), "--tlskey", str(made.key)
    )
    return server, f"tls://127.0.0.1:{server.port}?stream=DNS"


@pytest.mark.parametrize(
    ("serve", "well"),
    [
        pytest.param(redis_with_tls, "", marks=needs_redis),
        pytest.param(nats_with_tls, "no stream", marks=needs_nats),
    ],
)
def test_encrypted_connections_are_checked(
    tmp_path: Path, serve: Callable[[Path], tuple[Any, str]], well: str
) -> None:
    server, url = serve(tmp_path)
    server.start()
    try:
        trusting = broker_input(url, name="dns", ca_file=tmp_path / "localhost-ca.pem")
        with running(trusting) as outlet:
            state = "failing" if well else "running"
            outlet.wait(lambda: trusting.health.state == state)
            assert well in trusting.health.error
        doubting = broker_input(url, name="dns")
        with running(doubting) as outlet:
            outlet.wait(lambda: doubting.health.state == "failing")
            assert "certificate" in doubting.health.error.lower()
    finally:
        server.stop()
