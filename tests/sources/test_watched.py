"""A path, a folder or a pattern stands for logs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fluxhound.sources.watched import Watched


def make(folder: Path, *names: str) -> None:
    for second, name in enumerate(names):
        (folder / name).write_bytes(b"x\n")
        os.utime(folder / name, (1000 + second, 1000 + second))


def found(folder: Path, pattern: str, *, packed: bool = False) -> list[str]:
    return [p.name for p in Watched(folder / pattern).paths({}, packed=packed)]


NAMES = ("dns_b.log", "dns.log.1", "dns.08:00:00-09:00:00.log", "dns_a.log", "dns.log", "x.gz")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("dns*", ["dns_b.log", "dns_a.log", "dns.log"]),
        ("dns_?.log", ["dns_b.log", "dns_a.log"]),
        ("dns.lo[gx]", ["dns.log"]),
        ("*.gz", []),
        ("none*", []),
        ("", ["dns_b.log", "dns_a.log", "dns.log"]),
        ("dns.log", ["dns.log"]),
        ("missing.log", ["missing.log"]),
    ],
)
def test_logs_but_not_what_was_rotated(tmp_path: Path, pattern: str, expected: list[str]) -> None:
    make(tmp_path, *NAMES)
    assert found(tmp_path, pattern) == expected


def test_packed_files_if_wanted(tmp_path: Path) -> None:
    make(tmp_path, *NAMES)
    assert found(tmp_path, "*.gz", packed=True) == ["x.gz"]


def test_what_is_known_is_not_new(tmp_path: Path) -> None:
    make(tmp_path, "dns_a.log")
    watched = Watched(f"{tmp_path}/")
    known = watched.paths({}, packed=False)
    make(tmp_path, "dns_a.log", "dns_b.log", "dns_a.1.log")
    assert [p.name for p in watched.paths(known, packed=False)] == ["dns_b.log"]
    assert watched.paths(known, packed=False, since=2000 * 10**9) == []


def test_a_name_with_magic_signs_is_a_name(tmp_path: Path) -> None:
    make(tmp_path, "dns[1].log", "dns1.log")
    assert found(tmp_path, "dns[1].log") == ["dns[1].log"]


def test_links_to_one_file_are_one_log(tmp_path: Path) -> None:
    make(tmp_path, "dns_a.log")
    (tmp_path / "dns_b.log").symlink_to(tmp_path / "dns_a.log")
    (tmp_path / "dns_c.log").symlink_to(tmp_path / "nowhere")
    (tmp_path / "dns_d.log").mkdir()
    assert found(tmp_path, "dns_*") == ["dns_a.log"]


def test_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    watched = Watched(f"{tmp_path}/later/")
    assert not watched.is_single
    assert watched.paths({}, packed=False) == []
