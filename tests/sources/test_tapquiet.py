"""When a dnstap input is said to be silent, and how often."""

import logging

import pytest

from fluxhound.sources.live import RUNNING, SILENT, Health
from fluxhound.sources.tapquiet import Quiet


def test_silence_begins_and_ends_with_one_word_each(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    health = Health()
    one = Quiet(health, name="r1", silent_after=600.0, now=1000.0)
    for now in (1000.0, 1599.0):
        one.look(now)
        assert (health.state, health.error) == (RUNNING, "")
    for now in (1600.0, 1700.0):
        one.look(now)
        assert health.state == SILENT
    assert health.error.startswith("r1: no record for 10 minutes, no server is connected.")
    health.connections = 1
    one.look(1701.0)
    assert "a server is connected, but sends nothing" in health.error
    health.last_record = 1702.0
    one.look(1702.5)
    assert (health.state, health.error) == (RUNNING, "")
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]


def test_zero_is_never_silent() -> None:
    health = Health()
    Quiet(health, name="r1", silent_after=0.0, now=0.0).look(1e9)
    assert health.state == RUNNING
