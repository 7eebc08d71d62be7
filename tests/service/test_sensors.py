from __future__ import annotations

from pathlib import Path

import pytest

from fluxhound.config import SensorSettings, Settings
from fluxhound.errors import ConfigurationError, FluxhoundError
from fluxhound.service.sensors import live_inputs
from fluxhound.sources.follow import FollowedFile
from fluxhound.sources.subscription import Subscription
from fluxhound.sources.tapapart import DnstapApart


def settings(**given: object) -> Settings:
    usual: dict[str, object] = {"name": "a", "input": "dns.log"}
    return Settings(sensor=(SensorSettings(**{**usual, **given}),))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("where", "kind"),
    [
        ("dnstap+unix:/run/fluxhound/dnstap.sock", DnstapApart),
        ("dnstap+tcp://127.0.0.1:6000", DnstapApart),
        ("dnstap+tcp://[::1]:6000", DnstapApart),
        ("redis://127.0.0.1:6379/0?stream=dns", Subscription),
        ("nats://127.0.0.1?stream=DNS", Subscription),
        ("kafka://127.0.0.1?topic=dns", Subscription),
        ("/var/log/zeek/current/dns.log", FollowedFile),
        ("/var/log/zeek/current/dns*.log", FollowedFile),
    ],
)
def test_what_is_written_tells_what_it_is(where: str, kind: type) -> None:
    [found] = live_inputs(settings(input=where))
    assert isinstance(found, kind)
    assert (found.name, found.sensor) == ("a", None)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"input": "dnstap+tcp://127.0.0.1"}, "sensor.* a: .*no address to listen on"),
        ({"input": "dnstap:/run/x"}, None),
        ({"input": "http://example.org/log"}, "is no input. Write a path"),
        ({"input": "dnstap+udp://127.0.0.1:1"}, "is no input. Write a path"),
        ({"input": "redis://127.0.0.1"}, "sensor.* a: .*stream"),
        ({"format": "zeke"}, "Did you mean zeek"),
    ],
)
def test_what_cannot_be_read_is_said(given: dict[str, str], message: str | None) -> None:
    if message is None:
        assert live_inputs(settings(**given))
        return
    with pytest.raises(FluxhoundError, match=message):
        live_inputs(settings(**given))
    assert issubclass(ConfigurationError, FluxhoundError)


def test_a_vantage_point_may_be_named() -> None:
    [named] = live_inputs(settings(vantage="branch"))
    assert named.sensor == "branch"


def test_only_some_are_made(tmp_path: Path) -> None:
    assert live_inputs(settings(), only=["b"]) == ()
