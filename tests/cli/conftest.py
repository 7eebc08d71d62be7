from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fluxhound.cli import session
from fluxhound.cli.main import run
from tests.cli.stand_in import StandIn


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No settings of the machine, an empty folder to work in, and the logging as it was."""
    for name in os.environ:
        if name.startswith("FLUXHOUND_") or name in {"NO_COLOR", "FORCE_COLOR", "COLUMNS"}:
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    ours = logging.getLogger("fluxhound")
    handlers, level, own = list(logging.root.handlers), logging.root.level, ours.level
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    ours.setLevel(own)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    stand_in = StandIn()
    monkeypatch.setattr(session, "analyze", stand_in)
    return stand_in


@pytest.fixture
def log(tmp_path: Path) -> str:
    (tmp_path / "dns.log").write_text("#separator \\x09\n")
    return "dns.log"


@pytest.fixture
def fluxhound(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> Callable[..., tuple[int, str, str]]:
    """Run one command line in this process; return its status, output and messages."""

    def call(*args: str) -> tuple[int, str, str]:
        status = run(args)
        out, err = capfdbinary.readouterr()
        return status, out.decode(), err.decode()

    return call
