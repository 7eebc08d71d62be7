"""An input that is silent, or cannot be read, says so once and clearly."""

from __future__ import annotations

import pytest

from fluxhound.sources.live import Health
from fluxhound.sources.silence import BAD_RUN, Vigil
from fluxhound.sources.tally import Tally


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def tally(good: int = 0, bad: int = 0, other: int = 0) -> Tally:
    counts = Tally(records=good + bad + other)
    counts.pass_over("other log", other)
    counts.reject("not a JSON object", b"\x1b[31mnoise", bad)
    return counts


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def vigil(clock: Clock) -> Vigil:
    return Vigil(Health(), name="edge", silent_after=600.0, clock=clock)


def told(vigil: Vigil) -> tuple[str, str]:
    vigil.look()
    return vigil.health.state, vigil.health.error


def test_silence_and_its_end(vigil: Vigil, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    vigil.took(tally(good=1))
    assert told(vigil) == ("running", "")
    clock.now = 599.0
    assert told(vigil) == ("running", "")
    for clock.now in (600.0, 700.0, 800.0):
        assert told(vigil)[0] == "silent"
    assert "no record for 10 minutes" in vigil.health.error
    vigil.took(tally(good=1))
    assert told(vigil) == ("running", "")
    assert vigil.health.last_record == 800.0
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]
    assert "records come again" in caplog.text


def test_silence_from_the_start(vigil: Vigil, clock: Clock) -> None:
    vigil.waiting("dns.log does not exist yet: waiting for it.")
    assert told(vigil) == ("starting", "dns.log does not exist yet: waiting for it.")
    clock.now = 600.0
    assert told(vigil) == ("silent", "dns.log does not exist yet: waiting for it.")


def test_silence_may_be_meant(clock: Clock) -> None:
    vigil = Vigil(Health(), name="edge", silent_after=0, clock=clock)
    clock.now = 1e9
    assert told(vigil) == ("running", "")


def test_nothing_but_bad_lines(vigil: Vigil, caplog: pytest.LogCaptureFixture) -> None:
    vigil.took(tally(bad=BAD_RUN))
    assert told(vigil) == ("running", "")
    vigil.took(tally(bad=1))
    state, sentence = told(vigil)
    assert state == "failing"
    assert "not a JSON object" in sentence
    assert "\\x1b[31mnoise" in sentence
    vigil.took(tally(bad=500))
    assert told(vigil)[0] == "failing"
    assert len(caplog.records) == 1
    vigil.took(tally(bad=500, good=1))
    assert told(vigil) == ("running", "")


def test_nothing_but_another_log(vigil: Vigil, clock: Clock) -> None:
    vigil.took(tally(other=500))
    assert told(vigil)[0] == "failing"
    among = Vigil(Health(), name="edge", silent_after=600, clock=clock, among_others=True)
    among.took(tally(other=500))
    assert told(among) == ("running", "")


def test_trouble_of_each_place(vigil: Vigil, caplog: pytest.LogCaptureFixture) -> None:
    vigil.trouble("a", "a: Permission denied.")
    vigil.trouble("b", "b: Permission denied.\n")
    assert told(vigil) == ("failing", "a: Permission denied.")
    vigil.trouble("a", "")
    assert told(vigil) == ("failing", "b: Permission denied.\\n")
    vigil.trouble("b", "")
    assert told(vigil) == ("running", "")
    assert len(caplog.records) == 2


def test_an_empty_portion_says_nothing(vigil: Vigil) -> None:
    vigil.took(Tally())
    assert vigil.health.last_record == float("-inf")
