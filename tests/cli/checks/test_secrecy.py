from __future__ import annotations

from pathlib import Path

import pytest

from fluxhound.cli.checks.check import Level
from fluxhound.cli.checks.secrecy import MADE, file_check, secrecy_checks
from fluxhound.config import (
    ClientsSettings,
    DestinationSettings,
    EngineSettings,
    SensorSettings,
    ServiceSettings,
    Settings,
)


@pytest.mark.parametrize(
    ("mode", "level"),
    [(0o600, Level.OK), (0o400, Level.OK), (0o640, Level.FAIL), (0o604, Level.FAIL)],
)
def test_modes(tmp_path: Path, mode: int, level: Level) -> None:
    path = tmp_path / "key"
    path.write_text("x")
    path.chmod(mode)
    check = file_check("key", path)
    assert check.level is level
    assert level is Level.OK or check.advice == f"Others may use it: chmod 600 {path}"


def test_missing_files(tmp_path: Path) -> None:
    assert file_check("key", tmp_path / "key").level is Level.FAIL
    assert file_check("key", tmp_path / "key", made=True).value.endswith(MADE)
    assert file_check("key", tmp_path / "none" / "key", made=True).level is Level.FAIL
    (tmp_path / "file").write_text("")
    assert file_check("key", tmp_path / "file" / "key").level is Level.FAIL


def test_all_that_is_secret(tmp_path: Path) -> None:
    settings = Settings(
        engine=EngineSettings(store=tmp_path / "flux.duckdb"),
        sensor=(SensorSettings(name="r", input="x", password_file=tmp_path / "password"),),
        destination=(
            DestinationSettings(name="hook", kind="webhook", secret_file=tmp_path / "secret"),
            DestinationSettings(name="out", kind="stdout"),
        ),
    )
    topics = [each.topic for each in secrecy_checks(settings)]
    assert topics == ["tokens", "client key", "password r", "secret hook"]


def test_what_is_not_used_is_not_looked_at(tmp_path: Path) -> None:
    settings = Settings(
        engine=EngineSettings(store=tmp_path / "flux.duckdb"),
        service=ServiceSettings(listen="none"),
        clients=ClientsSettings(record=False),
    )
    assert list(secrecy_checks(settings)) == []
