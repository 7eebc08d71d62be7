"""The bytes of one input: opened, decompressed, bounded, and hashed on the way.

A thread reads ahead so that decompression (which releases the interpreter lock) runs beside
parsing. Memory is bounded by ``READ_AHEAD`` blocks of ``BLOCK_BYTES``.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import queue
import select
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO

import pyarrow as pa
from isal import isal_zlib

from fluxhound.errors import CorruptInputError, FluxhoundError, UnreadableInputError
from fluxhound.sources.tally import Tally

BLOCK_BYTES = 8 << 20  # chosen: parsing gains nothing from larger ones
READ_AHEAD = 3
#: How long a read from an idle pipe waits before it asks whether to stop. Chosen.
POLL_MS = 200
HEAD_BYTES = 64 << 10
#: A line longer than this is no record of any format we read. Chosen, not measured.
LINE_BYTES = 1 << 20
#: Output to input ratio above which an input is taken for a decompression bomb, once
#: ``EXPANSION_FROM`` bytes came out. DNS logs reach 5 to 30; deflate can reach 1,032.
EXPANSION_LIMIT = 250
EXPANSION_FROM = 256 << 20

GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
#: Compressions that we do not read, by their first bytes, and what to run instead.
FOREIGN_MAGIC = {
    b"\xfd7zXZ\x00": "xz -dc",
    b"BZh": "bzip2 -dc",
    b"PK\x03\x04": "unzip -p",
    b"\x04\x22\x4d\x18": "lz4 -dc",
}


class Stream:
    """One input as decompressed bytes. Iterate ``blocks()`` or ``lines()`` once."""

    def __init__(
        self,
        raw: IO[bytes],
        *,
        name: str,
        path: Path | None = None,
        on_read: Callable[[int], None] | None = None,
        watch: Mapping[int, frozenset[str]] | None = None,
    ) -> None:
        """Take the open file *raw*; *on_read* is told how many raw bytes were read each time.

        *watch* maps lengths to digests of contents that this one may begin with; those that it
        does are in ``begins_with`` when it is read out.
        """
        self.name = name
        self.path = path
        self.compression = ""
        self._raw = raw
        self._on_read = on_read
        self._content = hashlib.sha256()
        self._watch = dict(sorted((watch or {}).items()))
        self.begins_with: list[str] = []
        self._length = 0
        self._error: FluxhoundError | None = None
        self._stopped = threading.Event()
        self._poll = _poll(raw)
        # A buffered file's read waits until all that was asked for has come.
        self._read_some: Callable[[int], bytes] = getattr(raw, "read1", raw.read)
        self._queue: queue.Queue[bytes | None] = queue.Queue(READ_AHEAD)
        self._thread = threading.Thread(target=self._produce, daemon=True)
        self._thread.start()
        try:
            self._first = self._queue.get() or b""
        except BaseException:  # interrupted while nothing came
            self.close()
            raise
        self._ended = not self._first

    @property
    def head(self) -> bytes:
        """Return the first decompressed bytes, for sniffing."""
        return self._first[:HEAD_BYTES]

    @property
    def length(self) -> int:
        """Return the decompressed bytes that were produced so far."""
        return self._length

    def digest(self) -> str:
        """Return the SHA-256 of the decompressed content. Call it when the stream is read out."""
        return self._content.hexdigest()

    def blocks(self) -> Iterator[bytes]:
        """Yield the decompressed bytes in blocks of any size.

        Raises:
            CorruptInputError: after the last sound block, where the input is damaged.
        """
        if self._first:
            first, self._first = self._first, b""
            yield first
        while not self._ended:
            block = self._queue.get()
            if block is None:
                self._ended = True
            else:
                yield block
        if self._error:
            raise self._error

    def lines(self, tally: Tally) -> Iterator[bytes]:
        """Yield blocks of whole lines; the last may lack its newline.

        A line longer than ``LINE_BYTES`` is counted as bad and dropped.
        Where the input is damaged, the whole lines before the damage are yielded first.
        """
        rest: list[bytes] = []
        held = 0
        skipping = False
        try:
            for block in self.blocks():
                cut = block.rfind(b"\n") + 1
                start = 0
                if skipping:
                    start = block.find(b"\n") + 1
                    if not start:
                        continue
                    skipping = False
                if cut > start:
                    # One copy of the block, not two: these copies are a tenth of reading.
                    whole = b"".join((*rest, memoryview(block)[start:cut]))
                    rest, held = [], 0
                    yield from _bounded(whole, tally)
                tail = block[max(cut, start) :]
                if tail:
                    rest.append(tail)
                    held += len(tail)
                if held > LINE_BYTES:
                    _too_long(rest[0], tally)
                    rest, held, skipping = [], 0, True
        except CorruptInputError:
            # The line that the damage cut through is not whole: it is not yielded.
            if rest:
                tally.records += 1
                tally.reject("line cut short", rest[0][:512])
            raise
        if rest:
            yield b"".join(rest)

    def close(self) -> None:
        """Stop reading ahead and close the file."""
        self._stopped.set()
        while self._thread.is_alive():
            try:
                self._queue.get(timeout=0.05)
            except queue.Empty:
                continue
        with contextlib.suppress(queue.Full):
            self._queue.put_nowait(None)  # for a thread that still waits for a block
        self._raw.close()

    def _produce(self) -> None:
        try:
            for block in self._decompressed():
                self._take_in(block)
                if not self._put(block):
                    return
        except FluxhoundError as error:
            self._error = error
        # isal has an error class of its own, which is no zlib.error.
        except (zlib.error, isal_zlib.error, EOFError) as error:  # type: ignore[misc]
            self._error = CorruptInputError(
                f"{self.name}: the {self.compression} data is damaged ({error}). "
                "Everything before the damage was read."
            )
        except (OSError, ValueError, MemoryError) as error:
            self._error = self._failure(error)
        finally:
            self._put(None)

    def _take_in(self, block: bytes) -> None:
        """Add *block* to the digest, and look at it wherever a known content would end."""
        start = 0
        end = self._length + len(block)
        while self._watch and (mark := next(iter(self._watch))) <= end:
            known = self._watch.pop(mark)
            cut = mark - self._length
            self._content.update(memoryview(block)[start:cut])
            start = cut
            if (digest := self._content.hexdigest()) in known:
                self.begins_with.append(digest)
        self._content.update(memoryview(block)[start:])
        self._length = end

    def _failure(self, error: Exception) -> FluxhoundError:
        # Arrow reports damage as an OSError without a number.
        if self.compression and not getattr(error, "errno", None):
            return CorruptInputError(
                f"{self.name}: the {self.compression} data is damaged ({error}). "
                "Everything before the damage was read."
            )
        return UnreadableInputError(f"{self.name}: {getattr(error, 'strerror', None) or error}.")

    def _put(self, block: bytes | None) -> bool:
        while not self._stopped.is_set():
            try:
                self._queue.put(block, timeout=0.2)
            except queue.Full:
                continue
            return True
        return False

    def _read(self, size: int = BLOCK_BYTES) -> bytes:
        """Read *size* bytes, fewer only at the end: a pipe gives little at a time."""
        pieces: list[bytes] = []
        missing = size
        while missing and self._wait() and (piece := self._read_some(missing)):
            pieces.append(piece)
            missing -= len(piece)
            if self._on_read:
                self._on_read(len(piece))
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _wait(self) -> bool:
        """Wait until there is something to read; tell whether to go on.

        A read that blocks holds the file's lock: nobody could close an idle pipe, nor end.
        """
        while not self._stopped.is_set():
            if self._poll is None or self._poll.poll(POLL_MS):
                return True
        return False

    def _decompressed(self) -> Iterator[bytes]:
        first = self._read()
        if first.startswith(GZIP_MAGIC):
            self.compression = "gzip"
            yield from self._gunzip(first)
        elif first.startswith(ZSTD_MAGIC):
            self.compression = "zstd"
            yield from self._unzstd(first)
        else:
            self._refuse_foreign(first)
            while first:
                yield first
                first = self._read()

    def _refuse_foreign(self, first: bytes) -> None:
        for magic, command in FOREIGN_MAGIC.items():
            if first.startswith(magic):
                raise UnreadableInputError(
                    f"{self.name}: this compression is not read directly. "
                    f"Pipe it in: {command} FILE | fluxhound analyze -"
                )

    def _bounded(self, came_in: int, came_out: int) -> None:
        if came_out > EXPANSION_FROM and came_out > EXPANSION_LIMIT * came_in:
            raise CorruptInputError(
                f"{self.name}: stopped, it expands more than {EXPANSION_LIMIT} times, as no DNS "
                "log does (a decompression bomb?). Decompress it yourself if you trust it."
            )

    def _gunzip(self, block: bytes) -> Iterator[bytes]:
        came_in, came_out = 0, 0
        while block:
            decoder = isal_zlib.decompressobj(wbits=31)
            while block and not decoder.eof:
                came_in += len(block)
                piece = decoder.decompress(block, BLOCK_BYTES)
                while piece:
                    came_out += len(piece)
                    self._bounded(came_in, came_out)
                    yield piece
                    if decoder.eof or not decoder.unconsumed_tail:
                        break
                    piece = decoder.decompress(decoder.unconsumed_tail, BLOCK_BYTES)
                block = decoder.unused_data if decoder.eof else self._read()
            if not decoder.eof:
                raise EOFError("it ends too early")
            came_in -= len(block)
            block = block or self._read()
            if not block.strip(b"\0"):  # padding after the last member, as tape and dd leave it
                return

    def _unzstd(self, first: bytes) -> Iterator[bytes]:
        source = _Rejoined(first, self._read)
        came_out = 0
        # Arrow's decoder reads concatenated frames, tells a truncated one, and refuses windows
        # above 128 MiB (the library's default limit).
        with pa.CompressedInputStream(pa.PythonFile(source, mode="r"), "zstd") as reader:
            while piece := reader.read(BLOCK_BYTES):
                came_out += len(piece)
                self._bounded(source.given, came_out)
                yield piece


def _poll(raw: IO[bytes]) -> select.poll | None:
    """Return what waits for *raw*, or ``None`` for what is no file of the system."""
    try:
        descriptor = raw.fileno()
    except (OSError, ValueError, AttributeError):
        return None
    waiting = select.poll()
    waiting.register(descriptor, select.POLLIN)
    return waiting


def _bounded(whole: bytes, tally: Tally) -> Iterator[bytes]:
    """Yield *whole* lines without the too long ones; only the last newline in reach is sought."""
    start = at = 0
    while len(whole) - at > LINE_BYTES:
        newline = whole.rfind(b"\n", at, at + LINE_BYTES)
        if newline >= 0:
            at = newline + 1
            continue
        if at > start:
            yield whole[start:at]
        _too_long(whole[at : at + 512], tally)
        start = at = whole.find(b"\n", at + LINE_BYTES) + 1
    if start < len(whole):
        yield whole[start:] if start else whole


def _too_long(line: bytes, tally: Tally) -> None:
    tally.records += 1
    tally.reject("line too long", line[:512])


class _Rejoined(io.RawIOBase):
    """A readable made of bytes already taken from a file and the rest of it."""

    def __init__(self, first: bytes, more: Callable[[int], bytes]) -> None:
        self._first = first
        self._more = more
        self.given = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if self._first:
            taken, self._first = self._first[:size], self._first[size:]
        else:
            taken = self._more(size if size > 0 else BLOCK_BYTES)
        self.given += len(taken)
        return taken
