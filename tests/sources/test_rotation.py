"""Which files belong to a log, and in which order they were written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fluxhound.sources.rotation import family, is_rotated


@pytest.mark.parametrize(
    ("name", "of"),
    [
        ("dns.log.1", "dns.log"),
        ("dns.log.12.gz", "dns.log"),
        ("dns.log.gz", "dns.log"),
        ("dns.log-20261124", "dns.log"),
        ("dns.log-20261124.zst", "dns.log"),
        ("dns.log.2026-11-24_08", "dns.log"),
        ("dns.log.old", "dns.log"),
        ("dns.1.log", "dns.log"),
        ("dns.08:00:00-09:00:00.log", "dns.log"),
        ("dns.08:00:00-09:00:00.log.gz", "dns.log"),
        ("dns-26-11-24_08.00.00.log", "dns.log"),
        ("eve-2026-11-24.json", "eve.json"),
        ("eve-2026-11-24T08:00:00+0000.json.xz", "eve.json"),
        ("queries.1", "queries"),
    ],
)
def test_rotated_names(name: str, of: str) -> None:
    assert is_rotated(name, of)


@pytest.mark.parametrize(
    ("name", "of"),
    [
        ("dns.log", "dns.log"),
        ("dns-ftl.log", "dns.log"),
        ("dns_red_herrings.log", "dns.log"),
        ("conn.log.1", "dns.log"),
        ("dns.logs", "dns.log"),
        ("eve.stats.json", "eve.json"),
        ("xdns.log.1", "dns.log"),
        ("dnsxlog.1", "dns.log"),
    ],
)
def test_names_of_other_logs(name: str, of: str) -> None:
    assert not is_rotated(name, of)


def make(folder: Path, *names: str) -> None:
    """Create files, the first the oldest."""
    for second, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name)
        os.utime(path, (1000 + second, 1000 + second))


def names(path: Path, last: str = "") -> list[str]:
    return [member.path.name for member in family(path, last)]


def test_by_number_whatever_the_times_say(tmp_path: Path) -> None:
    make(tmp_path, "dns.log.1", "dns.log.10.gz", "dns.log.2.gz", "dns.log", "other.log.1")
    assert names(tmp_path / "dns.log") == ["dns.log.10.gz", "dns.log.2.gz", "dns.log.1", "dns.log"]


def test_by_time_of_change(tmp_path: Path) -> None:
    make(tmp_path, "dns.23:00:00-00:00:00.log", "dns.00:00:00-01:00:00.log", "dns.log")
    found = names(tmp_path / "dns.log")
    assert found == ["dns.23:00:00-00:00:00.log", "dns.00:00:00-01:00:00.log", "dns.log"]


def test_the_current_one_is_the_last(tmp_path: Path) -> None:
    make(tmp_path, "dns.log", "dns.log-20261124")
    assert names(tmp_path / "dns.log") == ["dns.log-20261124", "dns.log"]
    assert [m.current for m in family(tmp_path / "dns.log")] == [False, True]


def test_what_is_being_packed_counts_once(tmp_path: Path) -> None:
    make(tmp_path, "dns.log.1", "dns.log.1.gz", "dns.log.gz", "dns.log")
    assert "dns.log.1.gz" not in names(tmp_path / "dns.log")
    assert "dns.log.gz" in names(tmp_path / "dns.log")


def test_neither_folders_nor_pipes(tmp_path: Path) -> None:
    make(tmp_path, "dns.log")
    (tmp_path / "dns.log.1").mkdir()
    os.mkfifo(tmp_path / "dns.log.2")
    assert names(tmp_path / "dns.log") == ["dns.log"]


def test_a_missing_folder_holds_nothing(tmp_path: Path) -> None:
    assert family(tmp_path / "no" / "dns.log") == []


def test_folders_by_date_beside_current(tmp_path: Path) -> None:
    make(
        tmp_path,
        "2026-11-23/dns.08:00:00-09:00:00.log.gz",
        "2026-11-24/dns.08:00:00-09:00:00.log.gz",
        "stats/dns.log.1",
        "current/dns.log",
    )
    assert len(names(tmp_path / "current" / "dns.log")) == 3


def test_beside_the_target_of_a_link(tmp_path: Path) -> None:
    make(tmp_path, "dns-11-23.log", "dns-11-24.log", "conn-11-24.log")
    (tmp_path / "today").symlink_to(tmp_path / "dns-11-24.log")
    assert names(tmp_path / "today") == ["dns-11-23.log", "today"]


def test_the_file_read_last_belongs_to_them(tmp_path: Path) -> None:
    make(tmp_path, "before.bin.gz", "dns.log")
    found = names(tmp_path / "dns.log", str(tmp_path / "before.bin"))
    assert found == ["before.bin.gz", "dns.log"]
