"""The systemd unit is sound, and stays shut in."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "deploy" / "systemd"
UNIT = FOLDER / "fluxhound.service"
ANALYZE = shutil.which("systemd-analyze")
#: Of ten; systemd calls more than this no longer "OK". It is 1.2 or 1.3 by its version.
MOST_EXPOSED = 20  # in tenths, as --threshold wants it


@pytest.fixture
def analyze() -> str:
    if ANALYZE is None:
        if os.environ.get("CI"):
            pytest.fail("no systemd-analyze here: make setup installs it")
        pytest.skip("no systemd-analyze here: make setup installs it")
    return ANALYZE


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with a program that is there."""
    text = re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", UNIT.read_text(encoding="utf-8"))
    path = tmp_path / UNIT.name
    path.write_text(text, encoding="utf-8")
    return path


def said(*command: str) -> str:
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    output = run.stdout + run.stderr
    assert run.returncode == 0, output
    return output


def test_systemd_takes_every_line(analyze: str, unit: Path) -> None:
    assert said(analyze, "verify", "--man=no", str(unit)) == ""


def test_the_check_would_notice_a_wrong_line(analyze: str, unit: Path) -> None:
    unit.write_text(unit.read_text().replace("ProtectHome=", "ProtectHme="))
    assert "ProtectHme" in said(analyze, "verify", "--man=no", str(unit))


def test_it_is_shut_in(analyze: str, unit: Path) -> None:
    threshold = f"--threshold={MOST_EXPOSED}"
    told = said(analyze, "security", "--offline=yes", "--no-pager", threshold, str(unit))
    assert "Overall exposure level" in told


def test_the_program_is_started_with_a_command_that_exists() -> None:
    text = UNIT.read_text(encoding="utf-8")
    start = re.search(r"(?m)^ExecStart=(.*)$", text)
    assert start is not None
    assert start[1].split()[1:] == ["serve", "--config", "/etc/fluxhound/fluxhound.toml"]
    assert "ExecReload=/bin/kill -HUP $MAINPID" in text


def test_its_user_is_made() -> None:
    made = (FOLDER / "fluxhound.sysusers").read_text(encoding="utf-8").splitlines()
    assert [line.split()[:2] for line in made if not line.startswith("#")] == [["u", "fluxhound"]]
    assert "User=fluxhound\n" in UNIT.read_text(encoding="utf-8")
