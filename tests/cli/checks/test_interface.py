from __future__ import annotations

import pytest

from fluxhound.cli.checks.check import Level
from fluxhound.cli.checks.interface import interface_checks
from fluxhound.config import ServiceSettings, Settings
from fluxhound.service.web.backend import Pulse
from fluxhound.sources.live import FAILING, Health
from tests.cli.checks.listeners import closed_port, listener
from tests.service.web.serving import Pipeline, served


def checked(listen: str) -> dict[str, tuple[Level, str]]:
    settings = Settings(service=ServiceSettings(listen=listen))
    return {each.topic: (each.level, each.value) for each in interface_checks(settings)}


def test_a_free_port() -> None:
    listen = f"127.0.0.1:{closed_port()}"
    assert checked(listen) == {"listen": (Level.OK, f"{listen}, free")}


def test_no_interface() -> None:
    assert checked("none")["listen"][0] is Level.OK
    assert checked("unix:/run/a.sock") == {"listen": (Level.OK, "unix:/run/a.sock")}


def test_a_service_that_runs() -> None:
    pipeline = Pipeline()
    with served(pipeline) as address:
        listen = address.removeprefix("http://")
        assert checked(listen)["service"] == (Level.OK, "ready")
        pipeline.now = Pulse(inputs={"r": Health(state=FAILING, error="no file")})
        assert checked(listen)["service"][0] is Level.FAIL
        assert checked(listen)["listen"] == (Level.OK, f"{listen}, a service answers")


@pytest.mark.parametrize("says", [b"", b"hello", b"HTTP/1.1 200 OK\r\n\r\n[1]"])
def test_something_else_that_runs(says: bytes) -> None:
    with listener(says) as port:
        assert checked(f"127.0.0.1:{port}")["listen"][0] is Level.FAIL


def test_reach() -> None:
    assert checked(f"0.0.0.0:{closed_port()}")["reach"][0] is Level.WARN
    assert checked("none.invalid:80")["listen"][0] is Level.FAIL
