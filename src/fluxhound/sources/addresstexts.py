"""The text of many addresses together, as the system's own functions write it."""

# ruff: noqa: PLR2004 - numbers are sizes of addresses and of their parts

from __future__ import annotations

from functools import cache
from socket import AF_INET6, inet_ntop

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fluxhound.sources.addresses import IPV4_OCTETS, IPV6_OCTETS
from fluxhound.sources.labels import Ints
from fluxhound.sources.nametexts import pieces
from fluxhound.sources.octets import Octets, cells, column, lengths, marks, numbers, texts
from fluxhound.sources.octets import octets as content

#: Servers log these where they do not know their address.
_ANY = texts([b"0.0.0.0", b"::"])
_WORD = np.dtype([("address", ">u4")])
_COLON, _COLONS = ord(":"), 0x3A3A


def _filled(texts: list[str], width: int) -> Octets:
    """Return short texts as cells of *width* octets, filled up with zeros."""
    written = b"".join(text.encode().ljust(width, b"\0") for text in texts)
    return np.frombuffer(written, np.uint8)


#: Each octet's decimal digits, with a dot but for the last octet of an address.
_DOTTED = _filled([f"{octet}." for octet in range(256)], 4).view(np.uint32)
_LAST = _filled([f"{octet}" for octet in range(256)], 4).view(np.uint32)


@cache
def _groups() -> NDArray[np.uint64]:
    """Return the hexadecimal digits of each 16 bits with a colon, in cells of eight octets."""
    number = np.arange(1 << 16)
    digits = np.frombuffer(b"0123456789abcdef", np.uint8)
    cells = np.zeros((len(number), 8), np.uint8)
    for place, shift in enumerate((12, 8, 4, 0)):
        shown = (number >> shift > 0) | (shift == 0)
        cells[:, place] = digits[number >> shift & 15] * shown
    cells[:, 4] = _COLON
    return cells.view(np.uint64).ravel()


def ipv4(addresses: NDArray[np.uint32]) -> pa.StringArray:
    """Return the text of IPv4 addresses, which are numbers."""
    octets = addresses.astype(">u4").view(np.uint8).reshape(-1, 4)
    cells = _DOTTED[octets]
    cells[:, 3] = _LAST[octets[:, 3]]
    return _written(cells)


def ipv6(addresses: Octets) -> pa.StringArray:
    """Return the text of IPv6 addresses, 16 octets each, as RFC 5952 has it."""
    groups = addresses.view(">u2").reshape(-1, 8).astype(np.int64)
    run = np.zeros(groups.shape, np.int64)  # zeros up to here
    run[:, 0] = groups[:, 0] == 0
    for place in range(1, 8):
        run[:, place] = (run[:, place - 1] + 1) * (groups[:, place] == 0)
    last = run.argmax(axis=1)  # of the first of the longest runs
    length = run[np.arange(len(run)), last]
    first = last - length + 1
    cells = _groups()[groups]
    content = cells.view(np.uint8).reshape(-1, 8, 8)
    content[:, 7, 4] = 0  # no colon at the end
    column = np.arange(8)
    cut = (column >= first[:, None]) & (column <= last[:, None]) & (length[:, None] > 1)
    cells[cut] = 0
    some = np.flatnonzero(length > 1)
    cells[some, first[some]] = np.where(first[some] == 0, _COLONS, _COLON)
    text = _written(cells)
    odd = np.flatnonzero((first == 0) & (length >= 5))  # some of these are written with dots
    if not len(odd):
        return text
    octets = addresses.reshape(-1, IPV6_OCTETS)
    found = [inet_ntop(AF_INET6, octets[number].tobytes()) for number in odd.tolist()]
    mask = np.zeros(len(text), bool)
    mask[odd] = True
    return pc.replace_with_mask(text, marks(mask), texts([each.encode() for each in found]))


def distinct_ipv4(addresses: NDArray[np.uint32]) -> tuple[pa.StringArray, Ints]:
    """Return the texts of IPv4 addresses, each once, and the number of each address's text."""
    encoded = column(addresses).dictionary_encode()
    return ipv4(np.frombuffer(encoded.dictionary.buffers()[1], np.uint32)), numbers(encoded)


def distinct_ipv6(octets: Octets, at: Ints) -> tuple[pa.StringArray, Ints]:
    """Return the texts of the IPv6 addresses at the places *at*, each once, and their numbers."""
    encoded = pieces(octets, at, at + IPV6_OCTETS).dictionary_encode()
    text = ipv6(content(encoded.dictionary))
    return text, numbers(encoded)


def known(text: pa.StringArray) -> pa.StringArray:
    """Return *text* with null for the addresses that are none."""
    if not np.isin(lengths(text), (7, 2)).any():  # which theirs are
        return text
    return pc.if_else(pc.is_in(text, _ANY), pa.scalar(None, pa.string()), text)


def distinct(octets: Octets, at: Ints, end: Ints) -> tuple[pa.StringArray, Ints]:
    """Return the texts of the addresses from *at* to *end*, each once, and their numbers.

    The last text is null: for what is no address.
    """
    number = np.zeros(len(at), np.int64)
    every: list[pa.StringArray] = []
    count = 0
    four, six = end - at == IPV4_OCTETS, end - at == IPV6_OCTETS
    for mask in (four, six):
        if not mask.any():
            continue
        if mask is four:
            text, code = distinct_ipv4(cells(octets, at[four], _WORD)["address"].astype(np.uint32))
        else:
            text, code = distinct_ipv6(octets, at[six])
        number[mask] = code + count
        count += len(text)
        every.append(known(text))
    number[~(four | six)] = count
    return pa.concat_arrays([*every, pa.nulls(1, pa.string())]), number


def _written(cells: NDArray[np.uint32] | NDArray[np.uint64]) -> pa.StringArray:
    """Return each row of *cells* as one text, without the zeros that fill them up."""
    content = cells.view(np.uint8)
    written = content != 0
    offsets = np.zeros(len(cells) + 1, np.int32)
    np.cumsum(np.count_nonzero(written, axis=1), out=offsets[1:])
    buffers = [pa.py_buffer(offsets), pa.py_buffer(content[written])]
    return pa.StringArray.from_buffers(len(cells), *buffers)
