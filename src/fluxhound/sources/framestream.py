"""Frame Streams files: data frames between control frames, each after its length.

The format of the fstrm library: a frame of length 0 announces a control frame, whose type and
fields follow after a length of its own. All numbers are 32 bits in network order.
"""

# ruff: noqa: PLR2004 - numbers are sizes and offsets of the layouts that the docstrings cite

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fluxhound.errors import CorruptInputError, UnreadableInputError
from fluxhound.sources.cursor import Cursor
from fluxhound.sources.tally import Tally

ACCEPT, START, STOP, READY, FINISH = 1, 2, 3, 4, 5
CONTENT_TYPE = 1  # the one field of control frames

#: fstrm's FSTRM_CONTROL_FRAME_LENGTH_MAX, in bytes.
CONTROL_BYTES = 512
#: Two DNS messages of 64 KiB with what dnstap says about them, twice over. Chosen, not measured.
FRAME_BYTES = 256 << 10

Ints = NDArray[np.int64]

FRAME_CUT_SHORT = "frame cut short"

_number = struct.Struct("!I").unpack_from


def control_frame(octets: bytes) -> tuple[int, list[bytes]] | None:
    """Return type and content types of a control frame; ``None`` if malformed. Never raises."""
    if len(octets) < 4:
        return None
    content: list[bytes] = []
    at = 4
    while at < len(octets):
        if at + 8 > len(octets):
            return None
        field, size = _number(octets, at)[0], _number(octets, at + 4)[0]
        at += 8 + size
        if field != CONTENT_TYPE or at > len(octets):
            return None
        content.append(octets[at - size : at])
    return _number(octets)[0], content


def begins(head: bytes, content_type: bytes) -> bool:
    """Tell whether *head* starts with a control frame that announces *content_type*."""
    if len(head) < 12 or head[:4] != b"\0\0\0\0":
        return False
    size = _number(head, 4)[0]
    if size > CONTROL_BYTES or len(head) < 8 + size:
        return False
    control = control_frame(head[8 : 8 + size])
    return control is not None and control[0] in (START, READY) and content_type in control[1]


@dataclass(frozen=True, slots=True)
class Run:
    """Data frames that lie behind each other in memory."""

    octets: bytes
    start: Ints
    end: Ints


def frames(cursor: Cursor, tally: Tally, name: str, content_type: bytes) -> Iterator[bytes]:
    """Yield the data frames of the input called *name*, one by one.

    Raises:
        FluxhoundError: as ``runs`` does.
    """
    for run in runs(cursor, tally, name, content_type):
        for start, end in zip(run.start.tolist(), run.end.tolist(), strict=True):
            yield run.octets[start:end]


def runs(cursor: Cursor, tally: Tally, name: str, content_type: bytes) -> Iterator[Run]:
    """Yield the data frames of the input called *name*, as many together as lie together.

    Files that were joined are read on: a START may follow a STOP.

    Raises:
        UnreadableInputError: it does not begin as a frame stream, or announces other content.
        CorruptInputError: after the last sound frame, where the input is damaged.
    """
    started = False
    while True:
        octets, at = cursor.look()
        run = _whole(octets, at) if started else None
        if run is not None:
            cursor.skip(int(run.end[-1]) - at)
            yield run
            continue
        head = cursor.take(4)
        if not head:
            return
        size = _number(head)[0] if len(head) == 4 else 0
        if size:
            if not started:
                raise _foreign(name)
            if size > FRAME_BYTES:
                raise _damaged(name, f"a frame longer than {FRAME_BYTES} bytes")
            frame = cursor.take(size)
            if len(frame) == size:
                yield Run(frame, np.array([0]), np.array([size]))
                continue
        elif len(head) == 4 and _control(cursor, name, content_type):
            started = True
            continue
        tally.records += 1
        tally.reject(FRAME_CUT_SHORT)
        return


def _whole(octets: bytes, at: int) -> Run | None:
    """Return the data frames from *at* on that are whole, up to the first that is not."""
    starts: list[int] = []
    end = len(octets)
    while (start := at + 4) < end:
        size = _number(octets, at)[0]
        if not 0 < size <= FRAME_BYTES or start + size > end:
            break
        starts.append(start)
        at = start + size
    if not starts:
        return None
    start_ = np.array(starts)
    return Run(octets, start_, np.append(start_[1:] - 4, at))


def _control(cursor: Cursor, name: str, content_type: bytes) -> bool:
    """Read a control frame after its escape; tell whether the input held all of it."""
    head = cursor.take(4)
    if len(head) < 4:
        return False
    size = _number(head)[0]
    if size > CONTROL_BYTES:
        raise _damaged(name, f"a control frame longer than {CONTROL_BYTES} bytes")
    octets = cursor.take(size)
    if len(octets) < size:
        return False
    control = control_frame(octets)
    if control is None:
        raise _damaged(name, "a malformed control frame")
    if control[1] and content_type not in control[1]:
        raise _foreign(name)
    return True


def _foreign(name: str) -> UnreadableInputError:
    return UnreadableInputError(
        f"{name}: this is no dnstap file in frame-stream format. Leave out --input-format to have "
        "the format recognised."
    )


def _damaged(name: str, what: str) -> CorruptInputError:
    return CorruptInputError(
        f"{name}: the frame stream is damaged ({what}). Everything before the damage was read."
    )
