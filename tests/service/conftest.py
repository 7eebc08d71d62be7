"""A day of simulated traffic, as a Zeek log: made once for all tests of the service."""

from __future__ import annotations

from pathlib import Path

import pytest

from fluxhound.cli.main import run


@pytest.fixture(scope="session")
def zeek_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    log = tmp_path_factory.mktemp("traffic") / "dns.log"
    options = ["--domains", "1500", "--flux", "all=2", "--seed", "11", "--position", "above", "-q"]
    assert run(["lab", "generate", "--out", str(log), "--no-truth", *options]) == 0
    return log
