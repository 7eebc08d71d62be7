"""Who asked and who answered: what the rows say, and made-up parties where they say nothing.

Below a resolver the client asks and the resolver answers; above it, the resolver asks and a name
server answers. Made-up clients are of the private 10.128.0.0/9 (RFC 1918), resolvers of
10.53.0.0/16 and name servers of 198.18.0.0/15, which is set aside for tests (RFC 2544).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from socket import AF_INET, AF_INET6, inet_aton, inet_ntoa, inet_pton

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fluxhound.lab.dice import U64, below, key, mix
from fluxhound.lab.writing.columns import Ints
from fluxhound.sources.octets import lengths, octets

#: First addresses of the ranges above, and how many of each are made up: few enough that each is
#: seen more than once. Chosen, not measured.
CLIENTS = int.from_bytes(inet_aton("10.128.0.0"), "big")
RESOLVERS = int.from_bytes(inet_aton("10.53.0.0"), "big")
SERVERS = int.from_bytes(inet_aton("198.18.0.0"), "big")
CLIENT_COUNT, RESOLVER_COUNT, SERVER_COUNT = 5_000, 1 << 16, 1 << 17
#: Names that end in the same octets are answered by the same made-up server. Chosen.
NAME_END = 12
FIRST_PORT, PORTS = 1_024, 1 << 16

_CLIENT, _RESOLVER, _SERVER, _PORT, _ID = map(key, ("client", "resolver", "server", "port", "id"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """Both parties of each response, and what else a packet has and a row has not."""

    asker: pa.StringArray  # addresses
    responder: pa.StringArray
    port: Ints  # of the asker
    transaction: Ints
    draw: U64  # what a format makes up beyond comes from here


def exchange(rows: pa.RecordBatch, *, above: bool) -> Exchange:
    """Return who talked to whom in the responses whose answers are *rows*."""
    names = rows.column("name")
    draw = mix(rows.column("time").to_numpy().view(np.uint64), _ends(names))
    sensors = pc.fill_null(rows.column("sensor"), "")
    resolver = each(sensors, lambda text: text if is_address(text) else _resolver(text))
    return Exchange(
        asker=resolver if above else _clients(rows.column("client"), draw),
        responder=_made_up(SERVERS, SERVER_COUNT, mix(_ends(names), _SERVER))
        if above
        else resolver,
        port=FIRST_PORT + below(mix(draw, _PORT), PORTS - FIRST_PORT),
        transaction=below(mix(draw, _ID), 1 << 16),
        draw=draw,
    )


def each(texts: pa.StringArray, change: Callable[[str], str]) -> pa.StringArray:
    """Return *texts* changed; each different one is looked at once."""
    encoded = texts.dictionary_encode()
    changed = [change(text) for text in encoded.dictionary.to_pylist()]
    return pa.array(changed, pa.string()).take(encoded.indices)


def is_address(text: str) -> bool:
    """Tell whether *text* is an address of either family."""
    return octets_of(text) is not None


def octets_of(text: str) -> bytes | None:
    """Return the 4 or 16 octets of an address; ``None`` for other text."""
    try:
        return inet_pton(AF_INET6 if ":" in text else AF_INET, text)
    except (OSError, ValueError):
        return None


def ipv4_of(text: str) -> bytes:
    """Return the octets of an IPv4 address; of another one, those of a made-up client."""
    found = octets_of(text) or b""
    return found if len(found) == 4 else inet_aton(_one(CLIENTS, CLIENT_COUNT, key(text)))  # noqa: PLR2004 - octets


def _resolver(text: str) -> str:
    return _one(RESOLVERS, RESOLVER_COUNT, key(text) ^ _RESOLVER)


def _one(first: int, count: int, number: int) -> str:
    return inet_ntoa((first + number % count).to_bytes(4, "big"))


def _clients(given: pa.StringArray, draw: U64) -> pa.StringArray:
    if not given.null_count:
        return each(given, lambda text: text if is_address(text) else _one(CLIENTS, 1, 0))
    made_up = _made_up(CLIENTS, CLIENT_COUNT, mix(draw, _CLIENT))
    return pc.if_else(given.is_valid(), given, made_up)


def _made_up(first: int, count: int, draw: U64) -> pa.StringArray:
    used, place = np.unique(below(draw, count), return_inverse=True)
    texts = [inet_ntoa((first + number).to_bytes(4, "big")) for number in used.tolist()]
    return pa.array(texts, pa.string()).take(pa.array(place))


def _ends(names: pa.StringArray) -> U64:
    """Return a hash of the last octets of each name (FNV-1, RFC 9923)."""
    content, sizes = octets(names), lengths(names).astype(np.int64)
    if not len(content):
        return np.zeros(len(names), np.uint64)
    last = np.cumsum(sizes) - 1
    hashed: U64 = np.zeros(len(names), np.uint64)
    for back in range(NAME_END):
        there = np.where(back < sizes, content[np.maximum(last - back, 0)], np.uint8(0))
        hashed = hashed * np.uint64(0x100_0000_01B3) ^ there.astype(np.uint64)
    return hashed
