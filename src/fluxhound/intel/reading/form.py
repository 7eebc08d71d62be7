"""What a reader of one feed format must offer, and the bounds that hold for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, TypeVar

from fluxhound.errors import UnreadableInputError
from fluxhound.intel.gathering import BATCH, BATCH_LENGTH, MOST_INDICATORS, Gathering, Origin
from fluxhound.intel.screening import Rules
from fluxhound.quantities import format_size
from fluxhound.sources.stream import Stream
from fluxhound.sources.tally import Tally

#: Largest feed that is read, decompressed. Chosen: five million names have about 150 MB.
FEED_BYTES = 512 << 20
#: Share of the lines in view that must look like a format for it to be taken for one. Chosen.
ENOUGH = 0.6
LINES_IN_VIEW = 400
#: Entries of no use after which a feed is given up, if they are this share of all. Chosen.
MOST_USELESS, USELESS_SHARE = 1_000_000, 0.9

_Item = TypeVar("_Item")

COMMENT_MARKS = ("#", ";", "//", "!")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedOptions:
    """Choices of the user about one feed."""

    origin: Origin = field(default_factory=Origin)
    rules: Rules = field(default_factory=Rules)
    #: For tables: our column ("value", "type", "first_seen" ...) -> their name or number from 1.
    columns: Mapping[str, str] = field(default_factory=dict)
    delimiter: str | None = None
    #: For MISP: take only what is marked for detection.
    to_ids: bool = True
    limit_bytes: int = FEED_BYTES
    most: int = MOST_INDICATORS


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One feed format: how to name it, recognise it and read it.

    A reader counts every record in the gathering's tally, never raises for a bad record, and
    raises a FluxhoundError only where nothing more can be read.
    """

    name: str  # as in --form
    title: str  # for people
    matches: Callable[[bytes], bool]  # given the first bytes (up to 64 KiB), decompressed
    read: Callable[[Stream, Gathering, FeedOptions], None]


def too_large(name: str, limit: int) -> UnreadableInputError:
    """Return the refusal of a feed that does not end."""
    return UnreadableInputError(
        f"{name}: larger than {format_size(limit)}, so nothing of it was taken. Split it, or raise "
        "its limit if you trust it."
    )


class FeedStream(Stream):
    """The bytes of one feed, decompressed, which end at a limit at the latest."""

    def __init__(self, raw: IO[bytes], *, name: str, limit: int) -> None:
        self._limit = limit
        super().__init__(raw, name=name)

    def blocks(self) -> Iterator[bytes]:
        """Yield the decompressed bytes in blocks of any size.

        Raises:
            UnreadableInputError: they are more than the limit, or damaged.
        """
        length = 0
        for block in super().blocks():
            length += len(block)
            if length > self._limit:
                raise too_large(self.name, self._limit)
            yield block


def whole(stream: Stream, limit: int) -> bytes:
    """Return all of a stream.

    Raises:
        UnreadableInputError: it is larger than *limit* bytes, or damaged.
    """
    pieces: list[bytes] = []
    length = 0
    for block in stream.blocks():
        length += len(block)
        if length > limit:
            raise too_large(stream.name, limit)
        pieces.append(block)
    return b"".join(pieces)


def text_lines(stream: Stream, tally: Tally) -> Iterator[str]:
    """Yield the lines of a stream as text, without their ends; broken UTF-8 is replaced.

    Raises:
        UnreadableInputError: it is too large, damaged, or no feed by what was counted so far.
    """
    first = True
    for block in stream.lines(tally):
        _check_use(stream.name, tally)
        text = block.decode("utf-8", "replace")
        if first:
            text, first = text.removeprefix("\ufeff"), False
        for line in text.removesuffix("\n").split("\n"):
            yield line.rstrip("\r")


def _check_use(name: str, tally: Tally) -> None:
    """Refuse what goes on and on without anything of use: reading it all would take minutes."""
    useless = sum(tally.bad.values()) + sum(tally.passed_over.values())
    if useless > MOST_USELESS and useless > USELESS_SHARE * tally.records:
        raise UnreadableInputError(
            f"{name}: of its first {tally.records:,} entries nine in ten are of no use, so nothing "
            "was taken. This is no feed of indicators."
        )


def batched(items: Iterable[_Item], size: Callable[[_Item], int]) -> Iterator[list[_Item]]:
    """Yield *items* in lists that are bounded in number and in size."""
    batch: list[_Item] = []
    held = 0
    for item in items:
        batch.append(item)
        held += size(item)
        if len(batch) >= BATCH or held >= BATCH_LENGTH:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch


def lines_in_view(head: bytes) -> list[str]:
    """Return the whole lines at the beginning of an input, not too many."""
    text = head.decode("utf-8", "replace").removeprefix("\ufeff")
    lines = text.split("\n")
    whole_lines = lines[:-1] if len(lines) > 1 and len(head) >= 60_000 else lines  # noqa: PLR2004 - just below what a stream shows: the last line may be cut
    return [line.rstrip("\r") for line in whole_lines[:LINES_IN_VIEW]]


def telling(lines: Iterable[str]) -> list[str]:
    """Return the lines that hold something: no blank ones, no comments."""
    stripped = (line.strip() for line in lines)
    return [line for line in stripped if line and not line.startswith(COMMENT_MARKS)]


def mostly(lines: list[str], is_one: Callable[[str], object]) -> bool:
    """Tell whether enough of *lines* look like what *is_one* knows."""
    return bool(lines) and sum(bool(is_one(line)) for line in lines) >= ENOUGH * len(lines)
