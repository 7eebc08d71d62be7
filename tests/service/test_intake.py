from __future__ import annotations

import gzip
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

import pyarrow as pa
import pytest

from fluxhound.errors import (
    CorruptInputError,
    NoAnswersError,
    UnknownFormatError,
    UnreadableInputError,
    UsageError,
)
from fluxhound.history.store import Store
from fluxhound.records import OBSERVATION
from fluxhound.service.intake import Intake, Progress
from fluxhound.sources import stream as streams
from fluxhound.sources.format import Format, ReadOptions
from fluxhound.sources.stream import Stream
from fluxhound.sources.tally import Tally
from tests.service.drafts import log, zeek_lines

TESTS = Path(__file__).parent.parent
CONTENT = log(zeek_lines()[1][:200])


@pytest.fixture
def store() -> Iterator[Store]:
    with Store(threads=1) as opened:
        yield opened


def intake(store: Store, **how: Any) -> Intake:
    return Intake(store, options=ReadOptions(), **how)


def counted(store: Store) -> int:
    return int(
        store.connection.execute("SELECT coalesce(sum(count), 0) FROM history").fetchall()[0][0]
    )


def test_an_input_is_taken_and_told(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "dns.log"
    path.write_bytes(CONTENT)
    report = intake(store).take(path)
    assert (report.name, report.format, report.error) == (str(path), "zeek", None)
    assert (report.records, report.observations, report.known) == (200, 200, False)
    assert counted(store) == 200
    assert [known.format for known in store.inputs()] == ["zeek"]


@pytest.mark.parametrize(
    ("content", "error", "told"),
    [
        (b"", UnreadableInputError, "0 records"),
        (b"no log at all", UnknownFormatError, "--input-format"),
        (gzip.compress(b"", mtime=0), UnreadableInputError, "empty"),
        (b"BZh9", UnreadableInputError, "bzip2 -dc"),
        (gzip.compress(CONTENT, mtime=0)[:15], UnreadableInputError, "damaged"),
        ((TESTS / "logs/querylog/bind.log").read_bytes(), NoAnswersError, "answers"),
    ],
)
def test_what_cannot_be_read_is_an_error_and_adds_nothing(
    store: Store, content: bytes, error: type[Exception], told: str
) -> None:
    taking = intake(store)
    report = taking.take(io.BytesIO(content))
    assert isinstance(taking.errors[0], error)
    assert told in (report.error or "")
    assert report.observations == 0
    assert store.inputs() == ()
    assert taking.take(io.BytesIO(CONTENT)).observations == 200


@pytest.mark.parametrize("path", ["missing.log", ".", "a\0b"])
def test_paths_that_cannot_be_opened(store: Store, tmp_path: Path, path: str) -> None:
    report = intake(store).take(tmp_path / path)
    assert "cannot be read" in (report.error or "") or "directory" in (report.error or "")


def test_damage_keeps_what_came_before(store: Store) -> None:
    packed = gzip.compress(CONTENT, 0)
    taking = intake(store)
    report = taking.take(io.BytesIO(packed[: len(packed) // 2]))
    assert isinstance(taking.errors[0], CorruptInputError)
    assert 0 < report.observations < 200
    assert counted(store) == report.observations
    again = intake(store).take(io.BytesIO(packed[: len(packed) // 2]))
    assert again.known
    assert counted(store) == report.observations


class Disk(io.RawIOBase):
    """A file on a disk that fails after a few blocks."""

    def __init__(self, content: bytes, size: int) -> None:
        self.blocks = [content[i : i + size] for i in range(0, len(content), size)]

    def read(self, size: int = -1) -> bytes:
        del size
        if not self.blocks:
            raise OSError(5, "Input/output error")
        return self.blocks.pop(0)


def test_a_disk_error_adds_nothing_and_says_so(
    monkeypatch: pytest.MonkeyPatch, store: Store
) -> None:
    monkeypatch.setattr(streams, "BLOCK_BYTES", 4_000)
    report = intake(store).take(cast("IO[bytes]", Disk(CONTENT, 4_000)))
    assert "Input/output error" in (report.error or "")
    assert (report.observations, counted(store), store.inputs()) == (0, 0, ())


@pytest.mark.parametrize("again", [CONTENT, gzip.compress(CONTENT, mtime=0)])
def test_known_content_adds_nothing(store: Store, again: bytes) -> None:
    intake(store).take(io.BytesIO(CONTENT))
    report = intake(store).take(io.BytesIO(again))
    assert report.known
    assert counted(store) == 200


def test_a_forced_format(store: Store) -> None:
    with pytest.raises(UsageError, match="Did you mean zeek"):
        intake(store, input_format="zek")
    assert intake(store, input_format="zeek").take(io.BytesIO(CONTENT)).observations == 200
    report = intake(store, input_format="pcap").take(io.BytesIO(CONTENT))
    assert report.error
    assert report.format == "pcap"


def misreader(stop: BaseException) -> Format:
    """Return a format whose reader gives rows and then stops, most of the content unread."""

    def read(stream: Stream, tally: Tally, options: ReadOptions) -> Iterator[pa.RecordBatch]:
        del stream, options
        row = {"time": 1.0, "name": "a.example", "type": "A", "answers": "192.0.2.1"}
        tally.observations += 1
        tally.records += 1
        yield pa.RecordBatch.from_pylist([row], schema=OBSERVATION)
        raise stop

    return Format(name="misreader", title="x", matches=lambda _: True, read=read)


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), MemoryError(), UnreadableInputError("x")])
def test_a_reader_that_stops_leaves_the_store_as_it_was(store: Store, stop: BaseException) -> None:
    taking = intake(store)
    taking._format = misreader(stop)
    if isinstance(stop, UnreadableInputError):
        assert taking.take(io.BytesIO(CONTENT)).observations == 0
    else:
        with pytest.raises(type(stop)):
            taking.take(io.BytesIO(CONTENT))
    assert (counted(store), store.inputs()) == (0, ())
    assert intake(store).take(io.BytesIO(CONTENT)).observations == 200


def test_what_a_reader_left_unread_belongs_to_the_content(store: Store) -> None:
    """Else the digest would depend on how far the thread had read ahead."""
    taking = intake(store)
    taking._format = misreader(CorruptInputError("damaged"))
    long = b"x" * (40 << 20)
    assert not taking.take(io.BytesIO(long + b"1")).known
    assert taking.take(io.BytesIO(long + b"1")).known
    assert not taking.take(io.BytesIO(long + b"2")).known


def test_progress_is_told_now_and_then(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "dns.log"
    path.write_bytes(CONTENT)
    told: list[Progress] = []
    clock = iter(range(1_000))
    intake(store, tell=told.append, clock=lambda: float(next(clock))).take(path)
    assert told[-1].bytes_read == told[-1].bytes_total == len(CONTENT)
    assert {each.stage for each in told} == {"read"}
    told.clear()
    intake(store, tell=told.append, clock=lambda: 0.0).take(path)
    assert len(told) == 1


def test_standard_input_has_a_name_and_no_size(store: Store) -> None:
    reading, writing = os.pipe()
    os.write(writing, CONTENT[:20_000].rpartition(b"\n")[0])
    os.close(writing)
    report = intake(store).take(os.fdopen(reading, "rb"))
    assert report.observations > 0
    assert intake(store).take(io.BytesIO(CONTENT)).name == "standard input"


@pytest.mark.parametrize("cut", [1, 60, 199])
@pytest.mark.parametrize("packed", [False, True])
def test_a_log_that_grew_counts_once(store: Store, cut: int, *, packed: bool) -> None:
    """What was read of it before, up to the middle of a line, is taken back."""
    lines = CONTENT.splitlines(keepends=True)
    before = b"".join(lines[: len(lines) - cut])[:-7]
    taking = intake(store)
    taking.take(io.BytesIO(before))
    report = taking.take(io.BytesIO(gzip.compress(CONTENT) if packed else CONTENT))
    assert not report.known
    assert counted(store) == 200
    assert len(store.inputs()) == 1
    with Store(threads=1) as fresh:
        intake(fresh).take(io.BytesIO(CONTENT))
        asked = "SELECT DISTINCT name, sensor, first, count FROM history ORDER BY ALL"
        assert (
            store.connection.execute(asked).fetchall() == fresh.connection.execute(asked).fetchall()
        )


def test_a_log_that_begins_like_another_is_another(store: Store) -> None:
    other = CONTENT.replace(b"10.", b"11.", 1) + CONTENT.splitlines(keepends=True)[-1]
    taking = intake(store)
    taking.take(io.BytesIO(CONTENT))
    taking.take(io.BytesIO(other))
    assert counted(store) == 401
    assert len(store.inputs()) == 2
