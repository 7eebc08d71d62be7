from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest

from fluxhound.errors import UnreadableInputError
from fluxhound.intel.reading import form
from fluxhound.intel.reading.form import (
    FeedOptions,
    batched,
    lines_in_view,
    mostly,
    telling,
    text_lines,
    whole,
)
from fluxhound.intel.reading.recognition import read_feed
from fluxhound.sources.stream import Stream
from fluxhound.sources.tally import Tally
from tests.intel.readers import read


class Endless(io.RawIOBase):
    """Ten gigabytes of one line, made while they are read."""

    def __init__(self, line: bytes) -> None:
        self._block = line * (1_000_000 // len(line))
        self.given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self.given > 10 << 30:
            return 0
        piece = self._block[: len(buffer)]
        buffer[: len(piece)] = piece
        self.given += len(piece)
        return len(piece)


@pytest.mark.parametrize("line", [b"evil.example\n", b"x" * 1_000, b'{"a":1}\n', b"||a.example^\n"])
def test_a_feed_that_does_not_end_is_stopped(line: bytes) -> None:
    source = Endless(line)
    with pytest.raises(UnreadableInputError, match="larger than"):
        read_feed(io.BufferedReader(source), "feed", FeedOptions(limit_bytes=4 << 20))
    assert source.given < 200 << 20


def opened(content: bytes) -> Iterator[Stream]:
    stream = Stream(io.BytesIO(content), name="feed")
    yield stream
    stream.close()


def test_lines_come_without_their_ends_and_with_replaced_bytes() -> None:
    for stream in opened(b"\xef\xbb\xbfa\r\nb\xff\n\nc"):
        assert list(text_lines(stream, Tally())) == ["a", "b\ufffd", "", "c"]


def test_all_of_a_stream_is_bounded() -> None:
    for stream in opened(b"x" * 100):
        assert whole(stream, 100) == b"x" * 100
    for stream in opened(b"x" * 101):
        with pytest.raises(UnreadableInputError, match="larger than 100 B"):
            whole(stream, 100)


def test_only_whole_lines_are_in_view() -> None:
    head = b"a.example\n" * 7_000
    assert set(lines_in_view(head[: 64 << 10])) == {"a.example"}
    assert lines_in_view(b"a\nb") == ["a", "b"]


def test_comments_do_not_tell_a_format() -> None:
    assert telling(["# a", "", "// b", "; c", "! d", " e "]) == ["e"]
    assert mostly(["1", "2", "x"], str.isdecimal)
    assert not mostly(["1", "x", "y"], str.isdecimal)
    assert not mostly([], str.isdecimal)


def test_batches_are_bounded_in_number_and_size() -> None:
    assert [len(batch) for batch in batched(range(100_000), lambda _: 1)] == [65_536, 34_464]
    assert [len(batch) for batch in batched(range(3), lambda _: 16 << 20)] == [1, 1, 1]
    assert list(batched([], len)) == []


@pytest.mark.parametrize("line", ["a" * 3_000, "foo " + "b" * 3_000, "a@" + "b" * 3_000])
def test_what_goes_on_without_use_is_given_up(monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.setattr(form, "MOST_USELESS", 1_000)
    lines = f"{line}\n" * 9_000  # more than the block that is read at once
    with pytest.raises(UnreadableInputError, match="nine in ten are of no use"):
        read(lines)
    useful = "".join(f"h{number}.example\ncom\n" for number in range(2_000))
    assert read(useful).table.num_rows == 2_000


def test_many_indicators_are_refused() -> None:
    with pytest.raises(UnreadableInputError, match="more than 2 indicators"):
        read("a.example\nb.example\nc.example\n", most=2)
