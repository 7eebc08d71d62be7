"""Bytes of a stream taken in exact pieces, across the borders of its blocks."""

from __future__ import annotations

from collections.abc import Iterator


class Cursor:
    """A place in a stream of byte blocks; holds no more than one block and one piece."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        """Take the *blocks*, of any size."""
        self._blocks = blocks
        self._block = b""
        self._at = 0

    def take(self, size: int) -> bytes:
        """Return the next *size* bytes; fewer only where the stream ends.

        The caller bounds *size*.
        """
        end = self._at + size
        if end <= len(self._block):
            piece = self._block[self._at : end]
            self._at = end
            return piece
        pieces = [self._block[self._at :]]
        missing = size - len(pieces[0])
        while missing and self._next():
            pieces.append(self._block[:missing])
            self._at = len(pieces[-1])
            missing -= self._at
        return b"".join(pieces)

    def skip(self, size: int) -> bool:
        """Pass over *size* bytes, of any number; tell whether the stream held them."""
        size -= len(self._block) - self._at
        while size > 0:
            if not self._next():
                return False
            size -= len(self._block)
        self._at = len(self._block) + size
        return True

    def look(self) -> tuple[bytes, int]:
        """Return a block, and up to which place in it bytes were taken; nothing at the end."""
        if self._at >= len(self._block) and not self._next():
            return b"", 0
        return self._block, self._at

    def _next(self) -> bool:
        self._block, self._at = next(self._blocks, b""), 0
        while not self._block:
            block = next(self._blocks, None)
            if block is None:
                return False
            self._block = block
        return True
