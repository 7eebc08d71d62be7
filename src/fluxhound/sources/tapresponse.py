"""One dnstap frame opened: the response in it, and who sees it from where."""

from __future__ import annotations

from functools import lru_cache

import dnstap_pb
from google.protobuf.message import DecodeError

from fluxhound.sources import addresses, rrsets
from fluxhound.sources.responses import vantage
from fluxhound.sources.tally import Tally

NOT_DNSTAP = "not a dnstap frame"
NO_MESSAGE = "frame without message"
REWRITTEN = "rewritten by local policy"

_Type = dnstap_pb.Message
CLIENT_RESPONSE: int = _Type.CLIENT_RESPONSE
#: The logging server is a resolver that asked: no client is known.
ABOVE = frozenset({_Type.RESOLVER_RESPONSE, _Type.FORWARDER_RESPONSE})
QUERIES = frozenset(number for name, number in _Type.Type.items() if name.endswith("_QUERY"))
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
    if not content or kind in QUERIES:
        tally.records += 1
        if kind in QUERIES and frame.HasField("message"):
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
