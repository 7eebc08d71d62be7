from __future__ import annotations

import errno
import os
from pathlib import Path

import orjson
import pytest

from fluxhound.service.alerts.delivery import DeliveryError
from fluxhound.service.alerts.journal import Journal
from fluxhound.service.alerts.settings import JournalSettings, MessageFormat
from tests.service.alerts.letters import NOW, letter


def journal(path: Path) -> Journal:
    return Journal(JournalSettings(name="file", path=path, format=MessageFormat.JSON))


def names(path: Path) -> list[str]:
    return [orjson.loads(line)["finding"]["name"] for line in path.read_bytes().splitlines()]


def test_lines_are_appended(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    first = journal(path)
    first.deliver([letter(0), letter(1)], now=NOW)
    first.close()
    second = journal(path)
    second.deliver([letter(2)], now=NOW)
    second.close()
    assert names(path) == ["d0.example", "d1.example", "d2.example"]
    assert path.stat().st_mode & 0o777 == 0o640 & ~_umask()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_a_rotated_file_is_left_and_a_new_one_begun(tmp_path: Path) -> None:
    path, old = tmp_path / "alerts.jsonl", tmp_path / "alerts.jsonl.1"
    chosen = journal(path)
    chosen.deliver([letter(0)], now=NOW)
    path.rename(old)
    chosen.deliver([letter(1)], now=NOW)
    path.unlink()
    path.touch()
    chosen.deliver([letter(2)], now=NOW)
    chosen.close()
    assert names(old) == ["d0.example"]
    assert names(path) == ["d2.example"]


def test_copy_and_truncate_is_survived(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    chosen = journal(path)
    chosen.deliver([letter(0)], now=NOW)
    os.truncate(path, 0)
    chosen.deliver([letter(1)], now=NOW)
    chosen.close()
    assert names(path) == ["d1.example"]


def test_a_half_line_of_somebody_who_was_killed_stays_alone(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    path.write_bytes(b'{"half": ')
    chosen = journal(path)
    chosen.deliver([letter(0)], now=NOW)
    chosen.close()
    half, whole = path.read_bytes().splitlines()
    assert half == b'{"half": '
    assert orjson.loads(whole)["kind"] == "appeared"


def test_a_full_disk_leaves_no_half_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "alerts.jsonl"
    chosen = journal(path)
    chosen.deliver([letter(0)], now=NOW)
    room, write = [300], os.write

    def full(file: int, lines: memoryview) -> int:
        if not room[0]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        wrote = write(file, lines[: room[0]])
        room[0] -= wrote
        return wrote

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(DeliveryError, match="No space left on device"):
        chosen.deliver([letter(1), letter(2)], now=NOW)
    monkeypatch.undo()
    assert names(path) == ["d0.example"]
    chosen.deliver([letter(1), letter(2)], now=NOW)
    chosen.close()
    assert names(path) == ["d0.example", "d1.example", "d2.example"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
def test_a_device_is_no_journal() -> None:
    with pytest.raises(DeliveryError, match="no regular file"):
        journal(Path("/dev/full")).deliver([letter(0)], now=NOW)


def test_a_pipe_that_nobody_reads_does_not_hang_us(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(DeliveryError):
        journal(path).deliver([letter(0)], now=NOW)


def test_a_folder_that_is_missing_is_told_until_it_is_there(tmp_path: Path) -> None:
    path = tmp_path / "later" / "alerts.jsonl"
    chosen = journal(path)
    with pytest.raises(DeliveryError, match="No such file or directory"):
        chosen.deliver([letter(0)], now=NOW)
    path.parent.mkdir()
    chosen.deliver([letter(0)], now=NOW)
    chosen.close()
    assert names(path) == ["d0.example"]
