"""Which file is read next, whatever the last one is called by now."""

from __future__ import annotations

import gzip
import os
import shutil
from pathlib import Path

import pytest

from fluxhound.errors import UnreadableInputError
from fluxhound.sources.bookmark import Bookmark
from fluxhound.sources.logfile import LogFile, open_log
from fluxhound.sources.succession import Opening, Succession

OLD = b"".join(b"old line %d\n" % number for number in range(50))
HALF = OLD[: len(OLD) // 2].rpartition(b"\n")[0] + b"\n"


class Folder:
    """Files with times of change, and what was said to be lost."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lost: list[str] = []
        self.seconds = 1_000_000

    @property
    def log(self) -> Path:
        return self.path / "dns.log"

    def make(self, name: str, content: bytes) -> Path:
        path = self.path / name
        path.write_bytes(content)
        self.seconds += 10
        os.utime(path, (self.seconds, self.seconds))
        return path

    def read_half(self) -> Bookmark:
        file = open_log(self.make("dns.log", OLD))
        file.advance(memoryview(HALF))
        mark = file.mark("", "")
        file.close()
        return mark

    def succession(self, mark: Bookmark | None = None, *, follow: bool = True) -> Succession:
        found = Succession(self.log, follow=follow, lose=self.lost.append)
        if mark is not None:
            found.resume(mark)
        return found


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def read(opening: Opening | None) -> tuple[str, int, bytes]:
    """Return the name of an opened file, where it stands, and its lines from there."""
    assert opening is not None
    file: LogFile = opening.file
    result = file.path.name, file.offset, bytes(file.peek())
    file.close()
    return result


REST = len(HALF), OLD[len(HALF) :]


def test_the_log_itself(folder: Folder) -> None:
    mark = folder.read_half()
    assert read(folder.succession(mark).following()) == ("dns.log", *REST)


@pytest.mark.parametrize("name", ["dns.log.1", "dns.log-20261124", "dns.00:00:00-01:00:00.log"])
@pytest.mark.parametrize("copied", [True, False])
@pytest.mark.parametrize("packed", [True, False])
def test_where_it_was_rotated_to(folder: Folder, name: str, *, copied: bool, packed: bool) -> None:
    mark = folder.read_half()
    folder.make("dns.log.9", b"older\n")
    os.utime(folder.path / "dns.log.9", (5, 5))
    target = folder.path / (name + ".gz" if packed else name)
    if packed:
        target.write_bytes(gzip.compress(OLD))
        shutil.copystat(folder.log, target)
    else:
        shutil.copy2(folder.log, target)
    if copied:
        folder.make("dns.log", b"new\n")
    else:
        folder.log.unlink()
        folder.make("dns.log", b"new\n")
    succession = folder.succession(mark)
    opening = succession.following()
    assert opening is not None
    opening.file.advance(opening.file.peek())
    assert opening.file.offset == len(OLD)
    assert not opening.past
    succession.leave(opening.file, unread=False)
    opening.file.close()
    assert read(succession.following()) == ("dns.log", 0, b"new\n")
    assert folder.lost == []
    assert len(succession.done) == 1


def test_files_of_long_ago_are_not_waited_for(folder: Folder) -> None:
    mark = folder.read_half()
    folder.log.rename(folder.path / "dns.log.3")
    for name in ("dns.log.2", "dns.log.1", "dns.log"):
        folder.make(name, name.encode() + b"\n")
    succession = folder.succession(mark)
    seen: list[tuple[str, bool]] = []
    while (opening := succession.following()) is not None and len(seen) < 9:
        seen.append((opening.file.path.name, opening.past))
        opening.file.advance(opening.file.peek())
        succession.leave(opening.file, unread=False)
        opening.file.close()
    assert seen == [
        ("dns.log.3", True),
        ("dns.log.2", True),
        ("dns.log.1", False),
        ("dns.log", False),
    ]


def test_a_file_that_is_gone_is_said(folder: Folder) -> None:
    mark = folder.read_half()
    folder.log.unlink()
    assert folder.succession(mark).following() is None
    assert folder.lost == []  # its folder may come back
    folder.make("dns.log.1", b"between\n")
    folder.make("dns.log", b"new\n")
    assert read(folder.succession(mark).following()) == ("dns.log.1", 0, b"between\n")
    assert "read to octet" in folder.lost[0]


def test_an_older_file_is_not_taken_for_a_newer_one(folder: Folder) -> None:
    folder.make("dns.log.1", b"older\n")
    mark = folder.read_half()
    folder.log.unlink()
    folder.make("dns.log", b"new\n")
    assert read(folder.succession(mark).following()) == ("dns.log", 0, b"new\n")


def test_a_packed_log_is_not_followed(folder: Folder) -> None:
    mark = folder.read_half()
    folder.make("dns.log", gzip.compress(OLD))
    with pytest.raises(UnreadableInputError, match="does not grow"):
        folder.succession(mark).following()
    assert read(folder.succession(mark, follow=False).following()) == ("dns.log", *REST)


@pytest.mark.parametrize("there", [True, False])
def test_from_the_start_what_is_rotated_is_not_read(folder: Folder, *, there: bool) -> None:
    folder.make("dns.log.1", b"older\n")
    if there:
        folder.make("dns.log", b"")
    succession = folder.succession()
    opening = succession.start()
    assert (opening is not None) == there
    if opening is not None:
        assert opening.empty
        opening.file.close()
    folder.make("dns.log", b"new\n")
    assert read(succession.following()) == ("dns.log", 0, b"new\n")


def test_lines_in_a_file_between(folder: Folder) -> None:
    folder.read_half()
    file = open_log(folder.log)
    folder.log.rename(folder.path / "dns.log.2")
    folder.make("dns.log.1", b"")
    folder.make("dns.log", b"")
    succession = folder.succession()
    assert not succession.has_between(file)
    folder.make("dns.log.1", b"between\n")
    assert succession.has_between(file)
    (folder.path / "dns.log.2").unlink()
    assert succession.has_between(file)
    file.close()


def test_a_file_that_may_not_be_read_is_passed_unless_it_is_ours(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = folder.read_half()
    other = folder.make("dns.log.1", OLD)

    def refuse(path: Path) -> LogFile:
        if path == refused:
            raise PermissionError(13, "Permission denied", str(path))
        return open_log(path)

    monkeypatch.setattr("fluxhound.sources.succession.open_log", refuse)
    refused = other
    assert read(folder.succession(mark).following()) == ("dns.log", *REST)
    refused = folder.log
    with pytest.raises(PermissionError):
        folder.succession(mark).following()
