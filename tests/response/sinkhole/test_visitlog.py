from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from fluxhound.errors import StoreError
from fluxhound.response.sinkhole.limits import Limits
from fluxhound.response.sinkhole.visitlog import VisitLog
from tests.response.sinkhole.making import Clock, asking

FEW = Limits(lines_per_s=2, network_lines_per_s=1, window_s=5)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(each) for each in path.read_text("ascii").splitlines()]


def test_it_is_appended_to_and_private(tmp_path: Path) -> None:
    path = tmp_path / "visits.jsonl"
    for _ in range(2):
        log = VisitLog(path, Limits(), clock=Clock())
        log.add([asking("evil.example")])
        log.sync()
        log.close()
    assert [each["name"] for each in lines(path)] == ["evil.example"] * 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_is_left_out_is_counted(tmp_path: Path) -> None:
    clock = Clock()
    log = VisitLog(tmp_path / "log", FEW, clock=clock)
    log.add([asking("a.example", "10.0.0.1", at) for at in range(8)])  # 5 of a network
    log.add([asking("a.example", f"10.0.{at}.1") for at in range(1, 8)], lost=3)  # 10 of all
    assert log.left_out == 8
    assert len(lines(tmp_path / "log")) == 10
    clock.now += 6
    log.add([asking("a.example", "10.0.0.1")])
    *_, told, last = lines(tmp_path / "log")
    assert told == {
        "time": "2027-01-15T08:00:06.000Z",
        "left_out": 8,
        "since": "2027-01-15T08:00:00.000Z",
    }
    assert last["client"] == "10.0.0.1"


@pytest.mark.parametrize("how", ["moved", "removed"])
def test_a_file_that_is_rotated_away_is_followed(how: str, tmp_path: Path) -> None:
    path = tmp_path / "log"
    log = VisitLog(path, Limits(), clock=Clock())
    log.add([asking("a.example")])
    if how == "moved":
        path.rename(tmp_path / "log.1")
    else:
        path.unlink()
    log.sync()
    log.add([asking("b.example")])
    assert [each["name"] for each in lines(path)] == ["b.example"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_counted_and_survived(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.symlink_to("/dev/full")
    log = VisitLog(path, Limits(), clock=Clock())
    log.add([asking("a.example"), asking("b.example")])
    log.sync()
    assert log.unwritten == 2
    path.unlink()
    log.sync()
    log.add([asking("c.example")])
    assert [each["name"] for each in lines(path)] == ["c.example"]


def test_half_a_line_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log"
    log = VisitLog(path, Limits(), clock=Clock())
    log.add([asking("a.example")])
    real = os.write
    monkeypatch.setattr(os, "write", lambda where, octets: real(where, octets[:10]))
    log.add([asking("b.example")])
    monkeypatch.setattr(os, "write", real)
    log.add([asking("c.example")])
    assert [each["name"] for each in lines(path)] == ["a.example", "c.example"]
    assert log.unwritten == 1


def test_a_folder_that_is_gone_is_survived(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    log = VisitLog(folder / "log", Limits(), clock=Clock())
    (folder / "log").unlink()
    folder.rmdir()
    log.sync()
    log.add([asking("a.example")])
    assert log.unwritten == 1


def test_a_path_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written"):
        VisitLog(tmp_path / "none" / "log", Limits(), clock=Clock())
