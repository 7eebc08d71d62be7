from __future__ import annotations

import gzip
import hashlib
import io
import os
import queue
import threading
import zlib
from collections.abc import Iterator
from typing import IO, cast

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.errors import CorruptInputError, FluxhoundError, UnreadableInputError
from fluxhound.sources import stream as streams
from fluxhound.sources.stream import Stream
from fluxhound.sources.tally import Tally

PLAIN = b"".join(b"%d a line of a log %d\n" % (i, i * i) for i in range(3_000))
MIB = 1 << 20


def zstd(content: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as out:
        out.write(content)
    return cast("bytes", sink.getvalue().to_pybytes())


def opened(content: bytes) -> Stream:
    return Stream(io.BytesIO(content), name="input")


def read_out(stream: Stream) -> tuple[bytes, FluxhoundError | None]:
    """Return all that comes before the end or an error."""
    got = []
    try:
        for block in stream.blocks():
            got.append(block)  # noqa: PERF402 - what came before the error counts
    except FluxhoundError as error:
        return b"".join(got), error
    finally:
        stream.close()
    return b"".join(got), None


class Made(io.RawIOBase):
    """A file whose content is made when it is read, a piece at a time."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.pieces = pieces

    def read(self, size: int = -1) -> bytes:
        del size
        return next(self.pieces, b"")


def made(pieces: Iterator[bytes]) -> Stream:
    return Stream(cast("IO[bytes]", Made(pieces)), name="input")


@pytest.mark.parametrize(
    ("content", "plain"),
    [
        (b"", b""),
        (b"\n", b"\n"),
        (PLAIN, PLAIN),
        (gzip.compress(PLAIN, mtime=0), PLAIN),
        (gzip.compress(b"", mtime=0), b""),
        (gzip.compress(PLAIN[:999], mtime=0) + gzip.compress(PLAIN[999:], mtime=0), PLAIN),
        (gzip.compress(PLAIN, mtime=0) + bytes(5_000), PLAIN),
        (gzip.compress(b"", mtime=0) + gzip.compress(PLAIN, mtime=0), PLAIN),
        (zstd(PLAIN), PLAIN),
        (zstd(PLAIN[:999]) + zstd(PLAIN[999:]), PLAIN),
    ],
    ids="empty newline plain gzip nothing members padded empty-member zstd frames".split(),  # noqa: SIM905 - shorter
)
def test_content_and_its_digest(content: bytes, plain: bytes) -> None:
    stream = opened(content)
    assert plain.startswith(stream.head)
    assert read_out(stream) == (plain, None)
    assert stream.digest() == hashlib.sha256(plain).hexdigest()
    assert stream.length == len(plain)


def test_many_members_are_read_whatever_the_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "BLOCK_BYTES", 100)
    content = b"".join(gzip.compress(PLAIN[i : i + 50]) for i in range(0, 5_000, 50))
    assert read_out(opened(content)) == (PLAIN[:5_000], None)


@pytest.mark.parametrize("compress", [gzip.compress, zstd])
@pytest.mark.parametrize("cut", [5, 20, 1_000, -1])
def test_a_cut_file_is_an_error_after_what_could_be_read(compress: object, cut: int) -> None:
    whole = compress(PLAIN)  # type: ignore[operator]
    got, error = read_out(opened(whole[:cut]))
    assert PLAIN.startswith(got)
    assert isinstance(error, CorruptInputError)
    assert "Everything before the damage was read" in str(error)


@given(at=st.integers(10, 5_000), octet=st.integers(0, 255))
@settings(max_examples=50)
def test_gzip_damage_is_never_taken_for_the_end(at: int, octet: int) -> None:
    """The checksum tells; an error of the decoder must not end the stream in silence."""
    damaged = bytearray(gzip.compress(PLAIN))
    at %= len(damaged)
    same = damaged[at] == octet
    damaged[at] = octet
    got, error = read_out(opened(bytes(damaged)))
    assert same or error is not None or got == PLAIN


@given(
    st.binary(max_size=200),
    st.sampled_from([b"", b"\x1f\x8b", b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd"]),
)
def test_any_bytes_end_in_bytes_or_a_sentence(content: bytes, magic: bytes) -> None:
    _, error = read_out(opened(magic + content))
    assert error is None or str(error).startswith("input: ")


@pytest.mark.parametrize(
    ("content", "command"),
    [
        (b"\xfd7zXZ\x00rest", "xz -dc"),
        (b"BZh91AY", "bzip2 -dc"),
        (b"PK\x03\x04rest", "unzip -p"),
        (b"\x04\x22\x4d\x18rest", "lz4 -dc"),
    ],
)
def test_foreign_compression_says_what_to_run(content: bytes, command: str) -> None:
    stream = opened(content)
    assert stream.head == b""
    _, error = read_out(stream)
    assert isinstance(error, UnreadableInputError)
    assert command in str(error)


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_a_bomb_is_stopped(monkeypatch: pytest.MonkeyPatch, compression: str) -> None:
    monkeypatch.setattr(streams, "EXPANSION_FROM", 4 * MIB)
    zeros = bytes(32 * MIB)
    bomb = gzip.compress(zeros, 9) if compression == "gzip" else zstd(zeros)
    got, error = read_out(opened(bomb))
    assert len(got) <= 16 * MIB
    assert "bomb" in str(error)


def test_a_bomb_within_a_bomb_is_only_content() -> None:
    inner = gzip.compress(PLAIN)
    assert read_out(opened(gzip.compress(inner))) == (inner, None)


def long_lines(kind: str) -> tuple[Iterator[bytes], int]:
    """Return pieces with one good line on each side of a long one, and the length of that."""
    size = {"within a block": 3 * MIB, "over blocks": 40 * MIB, "just too long": MIB + 1}[kind]

    def pieces() -> Iterator[bytes]:
        yield b"first\n"
        for start in range(0, size, MIB):
            yield b"x" * min(MIB, size - start)
        yield b"\nlast\n"

    return pieces(), size


@pytest.mark.parametrize("kind", ["within a block", "over blocks", "just too long"])
def test_a_line_that_is_too_long_is_dropped_alone(kind: str) -> None:
    pieces, _ = long_lines(kind)
    tally = Tally()
    stream = made(pieces)
    lines = b"".join(stream.lines(tally))
    stream.close()
    assert lines == b"first\nlast\n"
    assert (tally.records, tally.bad) == (1, {"line too long": 1})
    assert len(tally.samples["line too long"][0]) <= 120


def test_a_long_line_without_an_end() -> None:
    tally = Tally()
    stream = made(iter([b"first\n", *(b"x" * MIB for _ in range(20))]))
    assert b"".join(stream.lines(tally)) == b"first\n"
    stream.close()
    assert tally.bad == {"line too long": 1}


#: Where exactly a line becomes too long depends on its newline: not asked.
LENGTHS = st.one_of(st.integers(0, 18), st.integers(22, 70))


@given(st.lists(LENGTHS, max_size=30), st.integers(1, 50), st.booleans())
@settings(max_examples=50)
def test_lines_are_whole_whatever_the_blocks(lengths: list[int], block: int, ended: bool) -> None:
    """Against the plain definition: split at newlines, drop the long ones."""
    content = b"\n".join(b"%c" % (97 + i % 26) * n for i, n in enumerate(lengths))
    content += b"\n" if ended else b""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(streams, "BLOCK_BYTES", block)
        patch.setattr(streams, "LINE_BYTES", 20)
        tally = Tally()
        stream = opened(content)
        blocks = list(stream.lines(tally))
        stream.close()
    assert all(each.endswith(b"\n") for each in blocks[:-1])
    lines = content.splitlines(keepends=True)
    assert b"".join(blocks) == b"".join(line for line in lines if len(line) <= 20)
    assert tally.bad.total() == tally.records == sum(len(line) > 20 for line in lines)


def test_damage_yields_whole_lines_and_counts_the_cut_one() -> None:
    content = gzip.compress(PLAIN, 0)[: len(PLAIN) // 2]
    tally = Tally()
    stream = opened(content)
    got: list[bytes] = []
    with pytest.raises(CorruptInputError):
        got.extend(stream.lines(tally))
    stream.close()
    assert all(block.endswith(b"\n") for block in got)
    assert tally.bad == {"line cut short": 1}


class Failing(io.RawIOBase):
    """A file that fails at its second read."""

    def __init__(self, failure: Exception, first: bytes = b"a line\n" * 1_000) -> None:
        self.failure = failure
        self.first = first

    def read(self, size: int = -1) -> bytes:
        del size
        if not self.first:
            raise self.failure
        first, self.first = self.first, b""
        return first


@pytest.mark.parametrize(
    "failure", [OSError(5, "Input/output error"), ValueError("closed"), MemoryError("too much")]
)
def test_a_read_error_is_told(failure: Exception) -> None:
    _, error = read_out(Stream(cast("IO[bytes]", Failing(failure)), name="disk"))
    assert isinstance(error, UnreadableInputError)
    assert str(error).startswith("disk: ")


def test_a_read_error_within_compression_is_no_damage() -> None:
    failing = Failing(OSError(5, "Input/output error"), gzip.compress(os.urandom(100_000)))
    failing.first = failing.first[:50_000]
    _, error = read_out(Stream(cast("IO[bytes]", failing), name="disk"))
    assert type(error) is UnreadableInputError


@pytest.mark.parametrize("compression", ["", "gzip", "zstd"])
def test_closing_in_the_middle_ends_the_thread(compression: str) -> None:
    before = threading.active_count()
    content = os.urandom(MIB) * 60
    packed = {"": content, "gzip": gzip.compress(content, 0), "zstd": zstd(content)}[compression]
    stream = opened(packed)
    next(stream.blocks())
    stream.close()
    assert threading.active_count() == before
    assert stream._raw.closed


class Interrupted(queue.Queue[bytes | None]):
    """A queue at which the one who waits without end is interrupted."""

    def get(self, block: bool = True, timeout: float | None = None) -> bytes | None:  # noqa: FBT002 - as queue.Queue has it
        if timeout is None:
            raise KeyboardInterrupt
        return super().get(block, timeout)


def test_waiting_for_an_idle_pipe_can_be_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A buffered file that blocks in a read cannot be closed; so nobody may block in one."""
    monkeypatch.setattr(queue, "Queue", Interrupted)
    before = threading.active_count()
    reading, writing = os.pipe()
    os.write(writing, b"x" * (1 << 12))
    pipe = os.fdopen(reading, "rb")
    with pytest.raises(KeyboardInterrupt):
        Stream(pipe, name="pipe")
    os.close(writing)
    assert pipe.closed
    assert threading.active_count() == before


def test_a_pipe_that_dribbles_is_read_in_full_blocks() -> None:
    reading, writing = os.pipe()

    def write() -> None:
        with os.fdopen(writing, "wb", buffering=0) as pipe:
            packed = gzip.compress(PLAIN)
            for at in range(0, len(packed), 7):
                pipe.write(packed[at : at + 7])

    writer = threading.Thread(target=write)
    writer.start()
    stream = Stream(os.fdopen(reading, "rb", buffering=0), name="pipe")
    assert len(stream.head) == min(len(PLAIN), streams.HEAD_BYTES)
    assert read_out(stream) == (PLAIN, None)
    writer.join()


def test_progress_counts_raw_bytes() -> None:
    told: list[int] = []
    content = gzip.compress(PLAIN)
    stream = Stream(io.BytesIO(content), name="input", on_read=told.append)
    read_out(stream)
    assert sum(told) == len(content)


def test_deflate_without_a_header_is_not_guessed() -> None:
    raw = zlib.compress(PLAIN)
    assert read_out(opened(raw)) == (raw, None)


@pytest.mark.parametrize("length", [1, 5, 7, 8, 20])
def test_known_beginnings_are_noticed(monkeypatch: pytest.MonkeyPatch, length: int) -> None:
    monkeypatch.setattr("fluxhound.sources.stream.BLOCK_BYTES", 8)
    content = bytes(range(65, 85))
    watch = {
        length: frozenset({hashlib.sha256(content[:length]).hexdigest(), "0" * 64}),
        3: frozenset({"1" * 64}),
        99: frozenset({hashlib.sha256(content).hexdigest()}),
    }
    stream = Stream(io.BytesIO(content), name="x", watch=watch)
    assert b"".join(stream.blocks()) == content
    assert stream.begins_with == [hashlib.sha256(content[:length]).hexdigest()]
    assert stream.digest() == hashlib.sha256(content).hexdigest()
    stream.close()
