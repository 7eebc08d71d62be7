"""The dnstap format: DNS messages as servers log them, in frame-stream files.

Every kind of response is taken, queries are passed over. Where a resolver logs both what it got
(RESOLVER_RESPONSE) and what it gave (CLIENT_RESPONSE), the same answer is seen at two places: the
answer sets are the same, the counts are higher, and the larger TTL is the true one. A stream cannot
know whether the other kind will come, so none is dropped for the other's sake. To count each answer
once, and to leave out what the resolver itself rewrote, log RESOLVER_RESPONSE alone; for knowing
which clients asked, log CLIENT_RESPONSE. Answers marked as rewritten by a local policy (RPZ) are
passed over: they tell about us, not about the name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from fluxhound.errors import FluxhoundError
from fluxhound.sources import framestream
from fluxhound.sources.cursor import Cursor
from fluxhound.sources.format import Format, ReadOptions
from fluxhound.sources.labels import Ints, padded
from fluxhound.sources.manyframes import ManyFrames
from fluxhound.sources.manyresponses import in_order, portions
from fluxhound.sources.responses import Responses
from fluxhound.sources.stream import Stream
from fluxhound.sources.tally import Tally
from fluxhound.sources.tapresponse import (
    ABOVE,
    CLIENT_RESPONSE,
    NO_MESSAGE,
    NOT_DNSTAP,
    REWRITTEN,
    Response,
    client,
    name_of,
    place,
    response,
)

__all__ = [
    "ABOVE",
    "CLIENT_RESPONSE",
    "CONTENT_TYPE",
    "FORMAT",
    "NOT_DNSTAP",
    "NO_MESSAGE",
    "REWRITTEN",
    "Response",
    "client",
    "matches",
    "name_of",
    "place",
    "read",
    "response",
]

CONTENT_TYPE = b"protobuf:dnstap.Dnstap"
#: Frames fewer than these are taken one by one: that costs less.
FEW = 32


class Taken:
    """Takes runs of frames: most together, odd ones one by one."""

    def __init__(self, tally: Tally, sensor: str | None) -> None:
        self._tally = tally
        self._sensor = sensor
        self._responses = Responses(tally)
        self._many = ManyFrames(sensor)

    def add(self, run: framestream.Run) -> Iterator[pa.RecordBatch]:
        """Take a run; yield observations, in the order of their frames."""
        for numbers in portions(run.start, run.end):
            if len(numbers) < FEW:
                yield from self._alone(run, numbers)[0]
            else:
                yield from self._together(run, numbers)
            if self._responses.full:
                yield self._responses.take()

    def finish(self) -> Iterator[pa.RecordBatch]:
        """Yield what still waits."""
        if len(self._responses):
            yield self._responses.take()

    def _alone(
        self, run: framestream.Run, numbers: Iterable[int]
    ) -> tuple[list[pa.RecordBatch], list[int]]:
        """Take frames one by one; return full batches, and the frames of the rows that wait."""
        full: list[pa.RecordBatch] = []
        rows: list[int] = []
        for number in numbers:
            octets = run.octets[run.start[number] : run.end[number]]
            _add(octets, self._responses, self._tally, self._sensor)
            rows += [number] * (len(self._responses) - len(rows))
            if self._responses.full:
                full.append(self._responses.take())
                rows.clear()
        return full, rows

    def _together(self, run: framestream.Run, numbers: range) -> Iterator[pa.RecordBatch]:
        """Take frames together, and the odd ones of them one by one."""
        if len(self._responses):
            yield self._responses.take()
        part = slice(numbers.start, numbers.stop)
        start, end = run.start[part], run.end[part]
        offset = int(start[0])
        octets = padded(run.octets[offset : end[-1]])
        opened, odd = self._many.open(octets, start - offset, end - offset, self._tally)
        told = self._many.read(octets, opened, self._tally)
        odd[opened.frame[told.odd]] = True
        full, rows = self._alone(run, (np.flatnonzero(odd) + numbers.start).tolist())
        yield from full
        message: Ints = told.rows.message
        if not len(message):
            return
        self._tally.observations += len(message)
        batch = self._many.batch(opened, told, np.arange(len(message)))
        if rows:
            frame = opened.frame[message] + numbers.start
            batch = in_order(batch, frame, self._responses.take(), np.array(rows))
        yield batch


def _add(octets: bytes, responses: Responses, tally: Tally, sensor: str | None) -> None:
    """Take one data frame."""
    found = response(octets, tally)
    if found is None:
        return
    _, _, content, time, _, _, rewritten = found
    if rewritten:
        tally.records += 1
        tally.pass_over(REWRITTEN)
    else:
        responses.add(content, time=time, client=client(found), sensor=sensor or place(found))


def read(stream: Stream, tally: Tally, options: ReadOptions) -> Iterator[pa.RecordBatch]:
    """Yield the observations in a dnstap file.

    Raises:
        FluxhoundError: after the last sound frame, where the input is damaged or no dnstap file.
    """
    taken = Taken(tally, options.sensor)
    failure: FluxhoundError | None = None
    try:
        for run in framestream.runs(Cursor(stream.blocks()), tally, stream.name, CONTENT_TYPE):
            yield from taken.add(run)
    except FluxhoundError as error:
        failure = error
    yield from taken.finish()
    if failure:
        raise failure


def matches(head: bytes) -> bool:
    """Tell whether *head* begins a frame stream of dnstap."""
    return framestream.begins(head, CONTENT_TYPE)


FORMAT = Format(name="dnstap", title="dnstap (frame streams)", matches=matches, read=read)
