"""A growing file is read by whole lines, and known again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fluxhound.errors import UnreadableInputError
from fluxhound.sources import logfile
from fluxhound.sources.logfile import GrowingFile, ReplacedError, open_log
from fluxhound.sources.packedfile import PackedFile
from fluxhound.sources.stream import LINE_BYTES


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "dns.log"
    path.write_bytes(b"one\ntwo\nthr")
    return path


def opened(path: Path) -> GrowingFile:
    file = open_log(path)
    assert isinstance(file, GrowingFile)
    return file


def append(path: Path, octets: bytes) -> None:
    with path.open("ab") as file:
        file.write(octets)


def test_whole_lines_and_the_rest(log: Path) -> None:
    file = opened(log)
    assert bytes(file.peek()) == bytes(file.peek()) == b"one\ntwo\n"
    file.advance(memoryview(b"one\n"))
    assert bytes(file.peek()) == b"two\n"
    file.advance(memoryview(b"two\n"))
    assert bytes(file.peek()) == b""
    assert file.rest() == b"thr"
    append(log, b"ee\n")
    assert bytes(file.peek()) == b"three\n"
    file.close()


def test_a_mark_is_found_again(log: Path, tmp_path: Path) -> None:
    file = opened(log)
    file.advance(memoryview(b"one\n"))
    mark = file.mark("zeek", "header")
    file.close()
    append(log, b"ee\n" * 1000)
    copy = tmp_path / "copy"
    copy.write_bytes(log.read_bytes())
    for path in (log, copy):
        again = opened(path)
        assert again.seek(mark)
        assert bytes(again.peek()).startswith(b"two\n")
        assert again.mark("zeek", "header").beginning == mark.beginning
        again.close()


@pytest.mark.parametrize("content", [b"", b"on", b"One\ntwo\nthree\n", b"one\n"])
def test_another_content_is_not_taken_for_it(log: Path, tmp_path: Path, content: bytes) -> None:
    file = opened(log)
    file.advance(memoryview(b"one\ntwo\n"))
    mark = file.mark("", "")
    file.close()
    other = tmp_path / "other"
    other.write_bytes(content)
    again = opened(other)
    assert not again.seek(mark)
    assert again.offset == 0
    again.close()


def test_an_unread_file_is_known_by_its_number(log: Path, tmp_path: Path) -> None:
    file = opened(log)
    mark = file.mark("", "")
    assert file.seek(mark)
    file.close()
    other = tmp_path / "other"
    other.write_bytes(log.read_bytes())
    again = opened(other)
    assert not again.seek(mark)
    again.close()


@pytest.mark.parametrize(
    "content",
    [b"", b"new\n", b"new\ntwo\nthree\nfour\n", b"one\nTwo\nthree\nfour\n"],
    ids=["emptied", "shorter", "grown", "same beginning"],
)
def test_another_content_in_its_place_is_noticed(log: Path, content: bytes) -> None:
    file = opened(log)
    file.advance(file.peek())
    assert bytes(file.peek()) == b""
    log.write_bytes(content)
    with pytest.raises(ReplacedError):
        file.peek()
    file.close()


@pytest.mark.parametrize(
    ("content", "offset"),
    [(b"", 0), (b"half", 0), (b"one\nhalf", 4), (b"one\n", 4), (b"x" * (LINE_BYTES + 9), None)],
)
def test_the_end_is_after_a_whole_line(tmp_path: Path, content: bytes, offset: int | None) -> None:
    log = tmp_path / "dns.log"
    log.write_bytes(content)
    file = opened(log)
    file.seek_end()
    assert file.offset == (len(content) if offset is None else offset)
    file.close()


def test_a_line_longer_than_any_record_is_passed_over(log: Path) -> None:
    file = opened(log)
    file.advance(file.peek())
    for _ in range(3):
        append(log, b"x" * LINE_BYTES)
        assert bytes(file.peek()) == b""
        assert not file.faults.records
    append(log, b"x\nfour\n")
    assert bytes(file.peek()) == b""
    assert file.faults.bad == {"line too long": 1}
    assert file.faults.samples["line too long"][0].startswith("thrxxx")
    assert bytes(file.peek()) == b"four\n"
    again = opened(log)
    assert again.seek(file.mark("", ""))
    for each in (file, again):
        each.close()


def test_large_files_come_in_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logfile, "TAKEN_BYTES", 10)
    log = tmp_path / "dns.log"
    log.write_bytes(b"one\ntwo\nthree\nfour\n")
    file = opened(log)
    found = []
    while lines := file.peek():
        found.append(bytes(lines))
        file.advance(lines)
    assert found == [b"one\ntwo\n", b"three\n", b"four\n"]
    file.close()


def test_what_is_opened(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_log(tmp_path / "none")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UnreadableInputError, match="no file"):
        open_log(tmp_path / "pipe")
    with pytest.raises(UnreadableInputError, match="no file"):
        open_log(tmp_path)
    (tmp_path / "packed").write_bytes(b"\x1f\x8b")
    packed = open_log(tmp_path / "packed")
    assert isinstance(packed, PackedFile)
    packed.close()
