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
CLIENT_RESPONSE: int = _Type.CLIENT_RESPONSE
#: The logging server is a resolver that asked: no client is known.
ABOVE = frozenset({_Type.RESOLVER_RESPONSE, _Type.FORWARDER_RESPONSE})
_QUERIES = frozenset(number for name, number in _Type.Type.items() if name.endswith("_QUERY"))
_PASSED = dnstap_pb.Policy.PASS
_opened = dnstap_pb.Dnstap.FromString
#: Characters of an identity that are kept. Chosen, not measured.
_IDENTITY = 255


#: One response that a server logged, not read yet: its kind (a number of dnstap's message types),
#: what the server calls itself, the DNS message, its time, the addresses of asker and responder,
#: and whether a local policy rewrote it. A plain tuple: one is made for each frame.
Response = tuple[int, bytes, bytes, float, bytes, bytes, bool]


def response(octets: bytes, tally: Tally) -> Response | None:
    """Return the response in a data frame; ``None`` if there is none, which is then counted."""
    try:
        frame = _opened(octets)
    except DecodeError:
        tally.records += 1
        tally.reject(NOT_DNSTAP, octets)
        return None
    message = frame.message
    kind, content = message.type, message.response_message
    if not content or kind in _QUERIES:
        tally.records += 1
        if kind in _QUERIES and frame.HasField("message"):
            tally.pass_over(rrsets.QUERY)
        else:
            tally.reject(NO_MESSAGE)
        return None
    seconds = message.response_time_sec
    time = (
        seconds + message.response_time_nsec / 1e9
        if seconds
        else message.query_time_sec + message.query_time_nsec / 1e9
    )
    rewritten = message.HasField("policy") and message.policy.action not in (0, _PASSED)
    return (
        kind,
        frame.identity,
        content,
        time,
        message.query_address,
        message.response_address,
        rewritten,
    )


@lru_cache(1024)
def name_of(identity: bytes) -> str | None:
    """Return what a server calls itself as text, escaped and cut."""
    text = identity[:_IDENTITY].decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else f"\\{ord(c):03}" for c in text) or None


def client(response: Response) -> str | None:
    """Return the address of who asked, if the server told it and it is no resolver."""
    return None if response[0] in ABOVE else addresses.text(response[4])


def place(response: Response) -> str | None:
    """Return the vantage point of a response: the resolver."""
    kind, identity, content, _, asker, responder, _ = response
    if kind in ABOVE:
        return name_of(identity) or addresses.text(asker)
    if kind == CLIENT_RESPONSE:
        return name_of(identity) or addresses.text(responder)
    return vantage(content, addresses.text(asker), addresses.text(responder))


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
