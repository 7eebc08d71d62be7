"""What crosses between the interpreter that receives and the one that judges.

A message is its kind (one octet), its length (four, in network order) and so many octets. Nothing
of it is code: counts and states are JSON, rows are in Arrow's stream format.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections import Counter
from typing import Any

import orjson
import pyarrow as pa

from fluxhound.sources.live import Health, Portion
from fluxhound.sources.tally import Tally

#: From the receiver: a portion, how it is, a line for the log, and that nothing more will come.
PORTION, HEALTH, LOG, END = b"P", b"H", b"L", b"E"
#: To the receiver: to end, and whether the service is behind. One octet each.
STOP, PRESSED, EASED = b"S", b"B", b"A"

#: Octets of one message. A portion has 50,000 rows and 32 Mi characters at most (``Responses``),
#: and who asked beside them. Chosen, not measured.
LONGEST = 512 << 20

_HEAD = struct.Struct("!cI")
_SIZE = struct.Struct("!I")
_NEVER = float("-inf")


class BrokenError(Exception):
    """What came over is no message, or a part of one."""


class Sender:
    """The receiver's end: several threads send whole messages, one after the other."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._lock = threading.Lock()

    def send(self, kind: bytes, octets: bytes = b"") -> None:
        """Send one message; waits while the other end takes none, which is the back-pressure.

        Raises:
            OSError: nobody is there any more.
        """
        with self._lock:
            self._channel.sendall(_HEAD.pack(kind, len(octets)) + octets)


def receive(channel: socket.socket) -> tuple[bytes, memoryview] | None:
    """Return the next message's kind and octets; ``None`` where the other end is gone.

    Raises:
        BrokenError: it is gone within a message, or the message is too long.
    """
    head = _exactly(channel, _HEAD.size)
    if head is None:
        return None
    kind, size = _HEAD.unpack(head)
    if size > LONGEST:
        raise BrokenError
    octets = _exactly(channel, size) if size else memoryview(b"")
    if octets is None:
        raise BrokenError
    return kind, octets


def _exactly(channel: socket.socket, size: int) -> memoryview | None:
    """Return so many octets; ``None`` if there is not one more."""
    octets = memoryview(bytearray(size))
    filled = 0
    while filled < size:
        try:
            got = channel.recv_into(octets[filled:], 0, socket.MSG_WAITALL)
        except ConnectionError:
            got = 0
        if not got:
            if filled:
                raise BrokenError
            return None
        filled += got
    return octets


def packed(portion: Portion, health: Health) -> bytes:
    """Return a portion that cannot be read again, with how its input is, as octets."""
    streams = [_stream(batch) for batch in (*portion.batches, *portion.asked)]
    tally = portion.tally
    head = orjson.dumps(
        {
            "records": tally.records,
            "observations": tally.observations,
            "passed_over": tally.passed_over,
            "bad": tally.bad,
            "samples": tally.samples,
            "rows": len(portion.batches),
            "sizes": [len(each) for each in streams],
            "health": _health(health),
        }
    )
    return b"".join([_SIZE.pack(len(head)), head, *streams])


def unpacked(octets: memoryview) -> tuple[Portion, dict[str, Any]]:
    """Return the portion and the state that ``packed`` put together; rows are not copied.

    Raises:
        BrokenError: the octets are something else.
    """
    try:
        [size] = _SIZE.unpack_from(octets)
        at = _SIZE.size + size
        head = orjson.loads(octets[_SIZE.size : at])
        batches = []
        for length in head["sizes"]:
            batches += _batches(octets[at : at + length])
            at += length
        rows = head["rows"]
        tally = Tally(
            records=head["records"],
            observations=head["observations"],
            passed_over=Counter(head["passed_over"]),
            bad=Counter(head["bad"]),
            samples=head["samples"],
        )
        state: dict[str, Any] = head["health"]
    except (struct.error, OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        raise BrokenError from error
    portion = Portion(batches=tuple(batches[:rows]), asked=tuple(batches[rows:]), tally=tally)
    return portion, state


def health_text(health: Health) -> bytes:
    """Return how an input is, as JSON."""
    return orjson.dumps(_health(health))


def set_health(health: Health, state: dict[str, Any]) -> None:
    """Bring *health* to what was sent by ``health_text``; the clock is the machine's."""
    health.state, health.error = state["state"], state["error"]
    health.connections = state["connections"]
    if state["last_record"] is not None:
        health.last_record = state["last_record"]


def _health(health: Health) -> dict[str, Any]:
    last = health.last_record
    return {
        "state": health.state,
        "error": health.error,
        "connections": health.connections,
        "last_record": None if last == _NEVER else last,
    }


def _stream(batch: pa.RecordBatch) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    octets: bytes = sink.getvalue().to_pybytes()
    return octets


def _batches(octets: memoryview) -> list[pa.RecordBatch]:
    with pa.ipc.open_stream(pa.py_buffer(octets)) as reader:
        found = list(reader)
    for batch in found:
        batch.validate()
    if len(found) != 1:
        raise BrokenError
    return found
