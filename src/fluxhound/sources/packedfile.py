"""A rotated log that was compressed: whole lines of its content, offsets counted in content."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from fluxhound.errors import UnreadableInputError
from fluxhound.sources.bookmark import MARK_BYTES, Bookmark, digest
from fluxhound.sources.stream import (
    FOREIGN_MAGIC,
    GZIP_MAGIC,
    LINE_BYTES,
    ZSTD_MAGIC,
    Stream,
)
from fluxhound.sources.tally import Tally

NOTHING = memoryview(b"")


def packing(magic: bytes, name: str) -> bool:
    """Tell whether a file that begins with *magic* is compressed.

    Raises:
        UnreadableInputError: it is, in a way that is not read.
    """
    for foreign, command in FOREIGN_MAGIC.items():
        if magic.startswith(foreign):
            raise UnreadableInputError(
                f"{name}: this compression is not read directly. "
                f"Pipe it in: {command} FILE | fluxhound analyze -"
            )
    return magic.startswith((GZIP_MAGIC, ZSTD_MAGIC))


class PackedFile:
    """A compressed file, which does not grow; it is read from its beginning, once."""

    packed = True

    def __init__(self, path: Path, descriptor: int) -> None:
        """Take the open *descriptor* of the file at *path*."""
        status = os.fstat(descriptor)
        self.path = path.resolve()
        self.device, self.inode = status.st_dev, status.st_ino
        self.changed = status.st_mtime_ns
        self.offset = 0
        self.faults = Tally()
        self._stream = Stream(os.fdopen(descriptor, "rb", buffering=0), name=str(path))
        self._head = self._stream.head
        self._blocks: Iterator[bytes] = self._stream.blocks()
        self._ended = False
        self._held = b""
        self._beginning = b""
        self._end = b""

    def head(self) -> bytes:
        """Return the first octets of the content."""
        return self._head

    def seek(self, mark: Bookmark) -> bool:
        """Go to *mark*; tell whether it was made of this content. What is passed is decompressed.

        Raises:
            CorruptInputError: the file is damaged before it.
        """
        if mark.offset == 0:
            return (self.device, self.inode) == (mark.device, mark.inode)
        if digest(self._head[: mark.length]) != mark.beginning:
            return False
        while self.offset < mark.offset and self._more():
            self.advance(memoryview(self._held)[: mark.offset - self.offset])
        return self.offset == mark.offset and digest(self._end) == mark.end

    def peek(self) -> memoryview:
        """Return the next whole lines, and stay before them."""
        while not (cut := self._held.rfind(b"\n") + 1):
            if len(self._held) > LINE_BYTES:
                self._skip()
            elif not self._more():
                return NOTHING
        return memoryview(self._held)[:cut]

    def rest(self) -> bytes:
        """Return the octets after the last whole line."""
        return self._held

    def advance(self, lines: memoryview) -> None:
        """Go on past *lines*, which were taken."""
        self._held = self._held[len(lines) :]
        self.offset += len(lines)
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
        """Stop decompressing and close the file."""
        self._stream.close()

    def _more(self) -> bool:
        """Add a block to what is held, if there is one."""
        block = b"" if self._ended else next(self._blocks, b"")
        self._ended = not block
        self._held = self._held + block if self._held else block
        return not self._ended

    def _skip(self) -> None:
        """Pass over a line that is too long, without keeping it."""
        self.faults.records += 1
        self.faults.reject("line too long", self._held[:512])
        while True:
            newline = self._held.find(b"\n")
            line = memoryview(self._held)
            self.advance(line if newline < 0 else line[: newline + 1])
            if newline >= 0 or not self._more():
                return
