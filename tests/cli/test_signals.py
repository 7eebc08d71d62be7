from __future__ import annotations

import os
import signal

import pytest

from fluxhound.cli.signals import told_by_signals


def test_each_signal_does_its_own_and_all_is_as_before() -> None:
    before = signal.getsignal(signal.SIGTERM)
    said: list[str] = []
    with told_by_signals(lambda: said.append("stop"), lambda: said.append("reload")) as told:
        os.kill(os.getpid(), signal.SIGHUP)
        assert not told.ended
        os.kill(os.getpid(), signal.SIGTERM)
    assert said == ["reload", "stop"]
    assert told.ended
    assert not told.interrupted
    assert signal.getsignal(signal.SIGTERM) is before


def interrupt(times: int) -> list[str]:
    said: list[str] = []
    with told_by_signals(lambda: said.append("stop"), lambda: None) as told:
        for _ in range(times):
            os.kill(os.getpid(), signal.SIGINT)
        assert told.interrupted
    return said


def test_a_second_interruption_ends_at_once() -> None:
    assert interrupt(1) == ["stop"]
    with pytest.raises(KeyboardInterrupt):
        interrupt(2)
