"""The few things SQL cannot do, as column functions that the engine calls.

The engine hands over a few thousand distinct values at a time, so memory stays bounded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import duckdb
import pyarrow as pa
from duckdb.func import PythonUDFType

from fluxhound.history.answers import split
from fluxhound.history.names import canonical_name


def register_functions(connection: duckdb.DuckDBPyConnection, *, client_key: bytes) -> None:
    """Make the functions known to *connection*; clients are hashed with *client_key*."""

    def pseudonyms(clients: pa.Array) -> pa.Array:
        values = [client_pseudonym(text, client_key) for text in clients.to_pylist()]
        return pa.array(values, pa.uint64())

    functions: tuple[tuple[str, Callable[..., Any], str], ...] = (
        ("split_answer_text", _split_column, "VARCHAR"),
        ("canonical_name", _canonical_names, "VARCHAR"),
        ("canonical_answers", _canonical_answers, "VARCHAR"),
        ("client_pseudonym", pseudonyms, "UBIGINT"),
    )
    for name, function, result in functions:
        connection.create_function(name, function, ["VARCHAR"], result, type=PythonUDFType.ARROW)


def _split_column(texts: pa.Array) -> pa.Array:
    # The addresses first: a name may hold the mark that parts them, an address cannot.
    return pa.array(["|".join(split(text)[::-1]) for text in texts.to_pylist()], pa.string())


def _canonical_names(names: pa.Array) -> pa.Array:
    return pa.array([canonical_name(name) for name in names.to_pylist()], pa.string())


def _canonical_answers(texts: pa.Array) -> pa.Array:
    return pa.array([canonical_answers(text) for text in texts.to_pylist()], pa.string())


def canonical_answers(text: str) -> str:
    """Return an answer text with its names as A-labels; what holds a blank is no name.

    >>> canonical_answers("Bücher.Example,192.0.2.1,RRSIG 5 bücher.example")
    'xn--bcher-kva.example,192.0.2.1,rrsig 5 bücher.example'
    """
    parts = text.lower().split(",")
    return ",".join(part if " " in part else canonical_name(part) for part in parts)


def client_pseudonym(client: str, key: bytes) -> int:
    """Return the keyed 64-bit pseudonym of a client (BLAKE2b, RFC 7693)."""
    digest = hashlib.blake2b(client.encode("utf-8", "replace"), key=key, digest_size=8).digest()
    return int.from_bytes(digest, "little")
