from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fluxhound.cli.main import run

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty folder to work in, in which the store is the one of the settings."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FLUXHOUND_STORE", "flux.duckdb")
    return tmp_path


@pytest.fixture
def intel(capfdbinary: pytest.CaptureFixture[bytes]) -> Call:
    """Run one command line of ``fluxhound intel``; return status, output and messages."""

    def call(*args: str) -> tuple[int, str, str]:
        status = run(("intel", *args))
        out, err = capfdbinary.readouterr()
        return status, out.decode(), err.decode()

    return call


@pytest.fixture
def feed(folder: Path) -> Path:
    """A small feed, in a file."""
    path = folder / "feed.txt"
    path.write_text("evil.example\n9.9.9.9\nhttp://shared.example/x\ncom\n")
    return path
