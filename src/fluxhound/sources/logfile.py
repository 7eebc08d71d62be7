"""One open log file: whole lines from where the reading stands, and whether it is still that file.

Nothing is kept of what was read but a kilobyte at either end. A line that is not whole yet stays in
the file. A growing file is polled: notifications (inotify) say nothing of what other machines write
to a network file system, and a look every fifth of a second costs nothing.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Protocol

from fluxhound.errors import UnreadableInputError
from fluxhound.sources.bookmark import HEADER_BYTES, MARK_BYTES, Bookmark, digest
from fluxhound.sources.packedfile import NOTHING, PackedFile, packing
from fluxhound.sources.stream import BLOCK_BYTES, HEAD_BYTES, LINE_BYTES
from fluxhound.sources.tally import Tally

#: Octets taken at once: with a header before them they fill one block of the readers.
TAKEN_BYTES = BLOCK_BYTES - HEADER_BYTES
LINE_TOO_LONG = "line too long"


class ReplacedError(Exception):
    """The file holds another content than what was read of it."""


class LogFile(Protocol):
    """What growing and packed files have in common."""

    path: Path
    device: int
    inode: int
    changed: int
    offset: int
    packed: bool
    faults: Tally

    def head(self) -> bytes:
        """Return the first octets."""

    def seek(self, mark: Bookmark) -> bool:
        """Go to *mark*; tell whether this is the file it was made of."""

    def peek(self) -> memoryview:
        """Return the next whole lines, at most ``TAKEN_BYTES``, and stay before them.

        Raises:
            ReplacedError: the content is another one.
            CorruptInputError: a packed file is damaged here.
            OSError: it cannot be read.
        """

    def rest(self) -> bytes:
        """Return the octets after the last whole line."""

    def advance(self, lines: memoryview) -> None:
        """Go on past *lines*, which were taken."""

    def mark(self, form: str, header: str) -> Bookmark:
        """Return where the reading stands."""

    def close(self) -> None:
        """Close the file."""


class GrowingFile:
    """A plain file, read at its offset; nothing is assumed about what happens to it."""

    packed = False

    def __init__(self, path: Path, descriptor: int) -> None:
        """Take the open *descriptor* of the file at *path*."""
        status = os.fstat(descriptor)
        self.path = path.resolve()
        self.device, self.inode = status.st_dev, status.st_ino
        self.changed = status.st_mtime_ns
        self.offset = 0
        self.faults = Tally()
        self._descriptor = descriptor
        self._beginning = b""
        self._end = b""
        self._seen = (-1, -1)  # size and time of the last write when no whole line was left
        self._searched = 0  # no newline from the offset to here

    def head(self) -> bytes:
        """Return the first octets."""
        return os.pread(self._descriptor, HEAD_BYTES, 0)

    def seek(self, mark: Bookmark) -> bool:
        """Go to *mark*; tell whether this is the file it was made of."""
        beginning = os.pread(self._descriptor, mark.length, 0)
        end = os.pread(self._descriptor, mark.length, mark.offset - mark.length)
        if mark.offset == 0:
            return (self.device, self.inode) == (mark.device, mark.inode)
        if len(end) < mark.length or digest(beginning) != mark.beginning or digest(end) != mark.end:
            return False
        self._beginning, self._end, self.offset = beginning, end, mark.offset
        return True

    def seek_end(self) -> None:
        """Go after the last whole line; a longer line than any record is cut."""
        size = os.fstat(self._descriptor).st_size
        start = max(0, size - LINE_BYTES)
        newline = os.pread(self._descriptor, size - start, start).rfind(b"\n")
        self._go(start + newline + 1 if newline >= 0 else (size if start else 0))

    def peek(self) -> memoryview:
        """Return the next whole lines, and stay before them."""
        status = os.fstat(self._descriptor)
        now = status.st_size, status.st_mtime_ns
        if now == self._seen:
            return NOTHING
        if self._searched > LINE_BYTES:
            return self._skip(now)
        block = os.pread(self._descriptor, TAKEN_BYTES, self.offset)
        self._verify(status.st_size)
        self.changed = status.st_mtime_ns
        cut = block.rfind(b"\n") + 1
        if cut:
            return memoryview(block)[:cut]  # copies of blocks are a tenth of reading
        self._searched = len(block)
        if self._searched > LINE_BYTES:
            return self._skip(now)
        self._seen = now
        return NOTHING

    def rest(self) -> bytes:
        """Return the octets after the last whole line; of a too long line only the beginning."""
        return os.pread(self._descriptor, LINE_BYTES + 1, self.offset)

    def advance(self, lines: memoryview) -> None:
        """Go on past *lines*, which were taken."""
        self.offset += len(lines)
        self._searched = 0
        self._seen = (-1, -1)
        self._beginning += bytes(lines[: MARK_BYTES - len(self._beginning)])
        self._end = (self._end + bytes(lines[-MARK_BYTES:]))[-MARK_BYTES:]

    def mark(self, form: str, header: str) -> Bookmark:
        """Return where the reading stands."""
        return Bookmark(
            file=str(self.path),
            device=self.device,
            inode=self.inode,
            changed=self.changed,
            offset=self.offset,
            beginning=digest(self._beginning),
            end=digest(self._end),
            format=form,
            header=header,
        )

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def _verify(self, size: int) -> None:
        """Raise ``ReplacedError`` unless all that was read still stands where it stood."""
        beginning = os.pread(self._descriptor, len(self._beginning), 0)
        end = os.pread(self._descriptor, len(self._end), self.offset - len(self._end))
        if size < self.offset or beginning != self._beginning or end != self._end:
            raise ReplacedError(str(self.path))

    def _skip(self, now: tuple[int, int]) -> memoryview:
        """Search the end of a line that is too long, without keeping any of it."""
        self._verify(now[0])
        while block := os.pread(self._descriptor, BLOCK_BYTES, self.offset + self._searched):
            newline = block.find(b"\n")
            if newline >= 0:
                sample = os.pread(self._descriptor, 512, self.offset)
                self.faults.records += 1
                self.faults.reject(LINE_TOO_LONG, sample)
                self._go(self.offset + self._searched + newline + 1)
                return NOTHING
            self._searched += len(block)
        self._seen = now
        return NOTHING

    def _go(self, offset: int) -> None:
        length = min(offset, MARK_BYTES)
        self._beginning = os.pread(self._descriptor, length, 0)
        self._end = os.pread(self._descriptor, length, offset - length)
        self.offset = offset
        self._searched = 0
        self._seen = (-1, -1)


def open_log(path: Path) -> GrowingFile | PackedFile:
    """Open the log file at *path*, told by its content whether it is packed.

    Raises:
        OSError: it cannot be opened.
        UnreadableInputError: it is no file, or packed in a way that is not read.
    """
    # A named pipe without a writer would wait here for ever.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        _demand_file(descriptor, path)
        if packing(os.pread(descriptor, 8, 0), str(path)):
            return PackedFile(path, descriptor)
        return GrowingFile(path, descriptor)
    except BaseException:
        os.close(descriptor)
        raise


def _demand_file(descriptor: int, path: Path) -> None:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise UnreadableInputError(
            f"{path}: this is no file, so that it cannot be followed. "
            "Pipe it in: fluxhound analyze - < PIPE"
        )
