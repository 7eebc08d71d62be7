"""Where the reading of a log stands: in which file, told by its content, and how far into it.

A file is known again by the octets at its beginning and before the place that was read to, because
names and inodes are given to other files by rotation, and neither survives compression.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from fluxhound.errors import UnreadableInputError

#: Octets at either end by which a file is known again. Chosen: a first line of any log, and a time.
MARK_BYTES = 1024
#: Longest header that is kept with a position; Zeek's has about 700 octets. Chosen as a bound.
HEADER_BYTES = 16 << 10
_VERSION = 1
_TEXT_LIMIT = HEADER_BYTES * 6
_LARGEST = 1 << 64


def digest(octets: bytes) -> str:
    """Return 128 bits of the SHA-256 of *octets*, as hexadecimal digits."""
    return hashlib.sha256(octets).hexdigest()[:32]


def signature(beginning: bytes) -> str:
    """Return what tells a finished file, given its first octets (all, if it is shorter)."""
    cut = beginning[:MARK_BYTES]
    return f"{len(cut)}:{digest(cut)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bookmark:
    """One file and the place in it; the offset counts decompressed octets."""

    file: str  # its real path at that time
    device: int = 0
    inode: int = 0  # 0: no file yet
    changed: int  # nanoseconds since the epoch, of its last write at that time
    offset: int = 0  # after the last whole line that was taken
    beginning: str = ""  # digest of the first octets, at most MARK_BYTES and not beyond the offset
    end: str = ""  # digest of as many octets before the offset
    format: str = ""
    header: str = ""  # what the format needs of the file's beginning, each octet a character
    done: str = ""  # signatures of the files that were read out last, between spaces

    @property
    def length(self) -> int:
        """Return the number of octets that the digests cover."""
        return min(self.offset, MARK_BYTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """The bookmarks of one input, by the paths that are followed."""

    marks: Mapping[str, Bookmark]
    left_out: int = 0  # files that changed last before this (ns) and have no bookmark are not read

    def text(self) -> str:
        """Return the position as JSON."""
        marks = {path: asdict(mark) for path, mark in self.marks.items()}
        return json.dumps({"version": _VERSION, "left_out": self.left_out, "files": marks})


def position(text: str, name: str) -> Position:
    """Return the position that ``Position.text`` wrote.

    Raises:
        UnreadableInputError: it is no such text.
    """
    try:
        read = json.loads(text)
        if read["version"] != _VERSION:
            raise _unreadable(name)
        marks = {str(path): _mark(values) for path, values in read["files"].items()}
        return Position(marks=marks, left_out=_number(read["left_out"]))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise _unreadable(name) from None


def _mark(values: Mapping[str, Any]) -> Bookmark:
    kept: dict[str, Any] = {}
    for field in fields(Bookmark):
        value = values[field.name]
        kept[field.name] = _number(value) if field.type == "int" else _words(value)
    kept["header"].encode("latin-1")
    return Bookmark(**kept)


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < _LARGEST:
        raise ValueError(value)
    return value


def _words(value: object) -> str:
    if not isinstance(value, str) or len(value) > _TEXT_LIMIT:
        raise ValueError(value)
    return value


def _unreadable(name: str) -> UnreadableInputError:
    return UnreadableInputError(
        f"{name}: the stored position is not readable; another version may have written it. "
        "Give the input another name to start without it."
    )
