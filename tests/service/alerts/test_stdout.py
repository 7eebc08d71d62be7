from __future__ import annotations

import io
import os

import pytest

from fluxhound.service.alerts.delivery import DeliveryError
from fluxhound.service.alerts.settings import MessageFormat, StdoutSettings
from fluxhound.service.alerts.stdout import Stdout
from tests.service.alerts.letters import NOW, letter

SETTINGS = StdoutSettings(name="out", format=MessageFormat.CEF)


def test_each_alert_is_a_line(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    out = Stdout(SETTINGS)
    out.deliver([letter(0), letter(1)], now=NOW)
    out.close()
    lines = capfdbinary.readouterr().out.splitlines()
    assert [line[:6] for line in lines] == [b"CEF:0|"] * 2


def test_a_reader_that_went_away_is_told() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with pytest.raises(DeliveryError, match="Broken pipe"), io.FileIO(writing, "w") as stream:
        Stdout(SETTINGS, stream).deliver([letter(0)], now=NOW)


def test_a_closed_stream_is_told() -> None:
    stream = io.BytesIO()
    stream.close()
    with pytest.raises(DeliveryError):
        Stdout(SETTINGS, stream).deliver([letter(0)], now=NOW)
