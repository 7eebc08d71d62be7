"""A writer of small MMDB files, after the format's public specification (MaxMind DB 2.0)."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from ipaddress import ip_network
from pathlib import Path

import pytest

Record = Mapping[str, object]
MmdbWriter = Callable[..., Path]

_MARK = b"\xab\xcd\xefMaxMind.com"
_TYPES = {"text": 2, "u16": 5, "u32": 6, "map": 7, "u64": 9, "array": 11}


def _head(kind: str, size: int) -> bytes:
    number = _TYPES[kind]
    if size < 29:
        length, more = size, b""
    else:
        assert size < 285
        length, more = 29, bytes([size - 29])
    if number > 7:
        return bytes([length, number - 7]) + more
    return bytes([number << 5 | length]) + more


def _number(value: int, kind: str) -> bytes:
    raw = value.to_bytes(8, "big").lstrip(b"\0")
    return _head(kind, len(raw)) + raw


def _encode(value: object) -> bytes:
    if isinstance(value, tuple):
        return _number(*value)
    if isinstance(value, str):
        raw = value.encode()
        return _head("text", len(raw)) + raw
    if isinstance(value, int):
        return _number(value, "u16" if value < 1 << 16 else "u32" if value < 1 << 32 else "u64")
    if isinstance(value, Mapping):
        pairs = b"".join(_encode(k) + _encode(v) for k, v in value.items())
        return _head("map", len(value)) + pairs
    assert isinstance(value, list)
    return _head("array", len(value)) + b"".join(_encode(item) for item in value)


def _tree(networks: Mapping[str, Record], version: int) -> tuple[list[list[int | str]], list[str]]:
    """Return nodes of two sides each: a node's number, -1 for nothing, or a network's text."""
    nodes: list[list[int | str]] = [[-1, -1]]
    for text in networks:
        network = ip_network(text)
        bits = f"{int(network.network_address):0{network.max_prefixlen}b}"[: network.prefixlen]
        if version == 6 and network.version == 4:
            bits = "0" * 96 + bits
        node = 0
        for bit in bits[:-1]:
            side = nodes[node][int(bit)]
            if side == -1:
                nodes.append([-1, -1])
                side = nodes[node][int(bit)] = len(nodes) - 1
            assert isinstance(side, int)
            node = side
        nodes[node][int(bits[-1])] = text
    return nodes, list(networks)


def _write(path: Path, networks: Mapping[str, Record], version: int = 6) -> Path:
    nodes, order = _tree(networks, version)
    body = b""
    places: dict[str, int] = {}
    for text in order:
        places[text] = len(body)
        body += _encode(networks[text])
    count = len(nodes)

    def pointer(side: int | str) -> int:
        if isinstance(side, str):
            return count + 16 + places[side]
        return count if side == -1 else side

    tree = b"".join(struct.pack(">II", pointer(a), pointer(b)) for a, b in nodes)
    metadata = {
        "binary_format_major_version": 2,
        "binary_format_minor_version": 0,
        "build_epoch": (1_767_225_600, "u64"),  # 2026-01-01
        "database_type": "Test",
        "description": {"en": "made up"},
        "ip_version": version,
        "languages": ["en"],
        "node_count": (count, "u32"),
        "record_size": 32,
    }
    path.write_bytes(tree + bytes(16) + body + _MARK + _encode(metadata))
    return path


@pytest.fixture
def write_mmdb() -> MmdbWriter:
    return _write
