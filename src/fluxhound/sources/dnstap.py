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

from collections.abc import Iterator
from functools import lru_cache

import dnstap_pb
import pyarrow as pa
from google.protobuf.message import DecodeError

from fluxhound.errors import FluxhoundError
from fluxhound.sources import addresses, framestream, rrsets
from fluxhound.sources.cursor import Cursor
from fluxhound.sources.format import Format, ReadOptions
from fluxhound.sources.responses import Responses, vantage
from fluxhound.sources.stream import Stream
from fluxhound.sources.tally import Tally

CONTENT_TYPE = b"protobuf:dnstap.Dnstap"

NOT_DNSTAP = "not a dnstap frame"
NO_MESSAGE = "frame without message"
REWRITTEN = "rewritten by local policy"

_Type = dnstap_pb.Message
_QUERIES = frozenset(number for name, number in _Type.Type.items() if name.endswith("_QUERY"))
#: The logging server is a resolver that asked: no client is known.
_ABOVE = frozenset({_Type.RESOLVER_RESPONSE, _Type.FORWARDER_RESPONSE})
_PASSED = dnstap_pb.Policy.PASS
#: Characters of an identity that are kept. Chosen, not measured.
_IDENTITY = 255


@lru_cache(1024)
def _identity(identity: bytes) -> str | None:
    text = identity[:_IDENTITY].decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else f"\\{ord(c):03}" for c in text) or None


def _time(message: dnstap_pb.Message) -> float:
    """Return the response's time in epoch seconds, or the query's where that is missing."""
    if message.response_time_sec:
        return float(message.response_time_sec + message.response_time_nsec / 1e9)
    return float(message.query_time_sec + message.query_time_nsec / 1e9)


def _places(frame: dnstap_pb.Dnstap, octets: bytes) -> tuple[str | None, str | None]:
    """Return the client and the sensor of a response."""
    message = frame.message
    asker, responder = (
        addresses.text(message.query_address),
        addresses.text(message.response_address),
    )
    identity = _identity(frame.identity)
    if message.type in _ABOVE:
        return None, identity or asker
    if message.type == _Type.CLIENT_RESPONSE:
        return asker, identity or responder
    return asker, vantage(octets, asker, responder)


def _add(octets: bytes, responses: Responses, tally: Tally, sensor: str | None) -> None:
    """Take one data frame."""
    try:
        frame = dnstap_pb.Dnstap.FromString(octets)
    except DecodeError:
        tally.records += 1
        tally.reject(NOT_DNSTAP, octets)
        return
    message = frame.message
    if message.type in _QUERIES and frame.HasField("message"):
        tally.records += 1
        tally.pass_over(rrsets.QUERY)
    elif not message.response_message:
        tally.records += 1
        tally.reject(NO_MESSAGE)
    elif message.policy.action not in (0, _PASSED) and message.HasField("policy"):
        tally.records += 1
        tally.pass_over(REWRITTEN)
    else:
        client, place = _places(frame, message.response_message)
        responses.add(
            message.response_message, time=_time(message), client=client, sensor=sensor or place
        )


def read(stream: Stream, tally: Tally, options: ReadOptions) -> Iterator[pa.RecordBatch]:
    """Yield the observations in a dnstap file.

    Raises:
        FluxhoundError: after the last sound frame, where the input is damaged or no dnstap file.
    """
    responses = Responses(tally)
    failure: FluxhoundError | None = None
    frames = framestream.frames(Cursor(stream.blocks()), tally, stream.name, CONTENT_TYPE)
    try:
        for frame in frames:
            _add(frame, responses, tally, options.sensor)
            if responses.full:
                yield responses.take()
    except FluxhoundError as error:
        failure = error
    if len(responses):
        yield responses.take()
    if failure:
        raise failure


def matches(head: bytes) -> bool:
    """Tell whether *head* begins a frame stream of dnstap."""
    return framestream.begins(head, CONTENT_TYPE)


FORMAT = Format(name="dnstap", title="dnstap (frame streams)", matches=matches, read=read)
