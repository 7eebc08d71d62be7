from __future__ import annotations

import json
import os
import stat
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.errors import StoreError
from fluxhound.history import audit
from fluxhound.history.audit import append, first_broken


def entry(number: int = 1) -> dict[str, str | int]:
    return {"time": "2026-11-24T08:00:00Z", "user": "ana", "name": "evil.example", "found": number}


def written(path: Path, lines: int) -> list[bytes]:
    for number in range(lines):
        append(path, entry(number))
    return path.read_bytes().splitlines(keepends=True)


def test_lines_are_appended_and_follow_from_each_other(tmp_path: Path) -> None:
    path = tmp_path / "audit"
    lines = [json.loads(line) for line in written(path, 3)]
    assert [line["found"] for line in lines] == [0, 1, 2]
    assert lines[0]["before"] == "0" * 64
    assert [line["before"] for line in lines[1:]] == [line["hash"] for line in lines[:-1]]
    assert append(path, entry(9)) == json.loads(path.read_bytes().splitlines()[-1])["hash"]
    assert first_broken(path) is None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        (lambda lines: [lines[0], lines[1].replace(b"ana", b"bob"), *lines[2:]], 2),
        (lambda lines: lines[1:], 1),
        (lambda lines: [lines[0], *lines[2:]], 2),
        (lambda lines: [*lines[:2], lines[1], *lines[2:]], 3),
        (lambda lines: [lines[1], lines[0], *lines[2:]], 1),
        (lambda lines: [*lines[:3], lines[3][:-20]], 4),
        (lambda lines: [b"[]\n", *lines], 1),
        (lambda lines: lines, None),
    ],
)
def test_every_change_shows(tmp_path: Path, change: object, broken: int | None) -> None:
    path = tmp_path / "audit"
    lines = written(path, 4)
    path.write_bytes(b"".join(change(lines)))  # type: ignore[operator]
    assert first_broken(path) == broken


def test_a_line_that_a_crash_cut_off_stays_and_shows(tmp_path: Path) -> None:
    path = tmp_path / "audit"
    lines = written(path, 2)
    path.write_bytes(b"".join(lines)[:-30])
    append(path, entry(3))
    assert path.read_bytes().startswith(lines[0])
    assert json.loads(path.read_bytes().splitlines()[-1])["found"] == 3
    assert first_broken(path) == 2


def test_several_at_once_make_one_chain(tmp_path: Path) -> None:
    path = tmp_path / "audit"
    threads = [threading.Thread(target=append, args=(path, entry(i))) for i in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(path.read_bytes().splitlines()) == 12
    assert first_broken(path) is None


@pytest.mark.parametrize("kind", ["folder", "missing", "full"])
def test_a_log_that_cannot_be_written_is_told(tmp_path: Path, kind: str) -> None:
    path = {"folder": tmp_path, "missing": tmp_path / "a" / "b", "full": Path("/dev/full")}[kind]
    with pytest.raises(StoreError, match="no client is identified"):
        append(path, entry())


def test_a_log_that_is_not_there_cannot_be_checked(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be read"):
        first_broken(tmp_path / "audit")


def memory(content: bytes) -> int:
    """Return the descriptor of a file in memory that holds *content*."""
    descriptor = os.memfd_create("audit")
    os.write(descriptor, content)
    return descriptor


@settings(max_examples=60)
@given(
    st.lists(st.dictionaries(st.sampled_from(["user", "reason", "name"]), st.text()), max_size=4)
)
def test_any_text_is_one_line_that_can_be_checked(entries: list[dict[str, str | int]]) -> None:
    descriptor = memory(b"")
    path = Path(f"/proc/self/fd/{descriptor}")
    try:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(audit, "_sync_folder", lambda _: None)
            for each in entries:
                append(path, each)
        assert len(path.read_bytes().split(b"\n")) == len(entries) + 1
        assert first_broken(path) is None
    finally:
        os.close(descriptor)


@settings(max_examples=60)
@given(st.binary(max_size=300))
def test_any_content_can_be_checked(content: bytes) -> None:
    descriptor = memory(content)
    try:
        assert first_broken(Path(f"/proc/self/fd/{descriptor}")) == (1 if content else None)
    finally:
        os.close(descriptor)
