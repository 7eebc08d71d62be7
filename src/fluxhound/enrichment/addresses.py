"""Addresses as text and as numbers, in columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Text: TypeAlias = Sequence[str | None] | pa.Array | pa.ChunkedArray

#: IPv6 forms that carry an IPv4 address: the network behind them is the IPv4 network.
MAPPED = bytes(10) + b"\xff\xff"  # ::ffff:0:0/96, RFC 4291 section 2.5.5.2
NAT64 = b"\x00\x64\xff\x9b" + bytes(8)  # 64:ff9b::/96, RFC 6052 section 2.1
SIX_TO_FOUR = 0x2002  # 2002::/16, RFC 3056 section 2
TEREDO = 0x2001_0000  # 2001::/32, RFC 4380 section 2.6; the client's address is inverted

_COMPATIBLE = bytes(12)  # ::/96, RFC 4291 section 2.5.5.1 (deprecated)


def packed(text: str | None) -> bytes | None:
    """Return the 4 or 16 bytes of an address, or None where *text* is none.

    IPv4-mapped IPv6 becomes IPv4; a zone ("%eth0", RFC 4007 section 11) is left out.
    """
    if text is None:
        return None
    try:
        if ":" not in text:
            return inet_pton(AF_INET, text)
        address = inet_pton(AF_INET6, text.partition("%")[0])
    except (OSError, ValueError):  # ValueError: a zero byte, or text that is not UTF-8
        return None
    return address[12:] if address.startswith(MAPPED) else address


def written(address: bytes) -> str:
    """Return 4 or 16 bytes as canonical text (RFC 5952; no dotted part in IPv6)."""
    if len(address) == 4:  # noqa: PLR2004 - bytes of an IPv4 address
        return inet_ntop(AF_INET, address)
    text = inet_ntop(AF_INET6, address)
    if "." not in text:
        return text
    high, low = int.from_bytes(address[12:14], "big"), int.from_bytes(address[14:], "big")
    return f"::{high:x}:{low:x}" if address.startswith(_COMPATIBLE) else text


def canonical(address: str) -> str | None:
    """Return the one text for *address* that this program compares, or None for no address.

    >>> canonical("2001:0DB8:0::1"), canonical("::ffff:192.0.2.1"), canonical("192.0.2.01")
    ('2001:db8::1', '192.0.2.1', None)
    """
    found = packed(address)
    return None if found is None else written(found)


def canonical_column(addresses: Text) -> pa.Array:
    """Return a string column of canonical addresses, null where the text is no address."""
    return pa.array([_canonical_or_none(text) for text in listed(addresses)], pa.string())


def _canonical_or_none(text: str | None) -> str | None:
    return None if text is None else canonical(text)


def listed(addresses: Text) -> Sequence[str | None]:
    """Return a Python sequence of the texts, whatever they came in."""
    if isinstance(addresses, pa.Array | pa.ChunkedArray):
        texts: list[str | None] = addresses.to_pylist()
        return texts
    return addresses


@dataclass(frozen=True, slots=True)
class Keys:
    """A column of addresses as numbers; all arrays have one element for each address.

    ``family`` is 4, 6 or 0 (no address). ``upper`` and ``lower`` are the halves of IPv6 addresses.
    ``host`` is the IPv4 address that decides about the network: the address itself, or the one
    that an IPv6 address carries (6to4, Teredo, NAT64); it counts only where ``by_ipv4`` is set.
    """

    text: list[str | None]
    family: npt.NDArray[np.int8]
    upper: npt.NDArray[np.uint64]
    lower: npt.NDArray[np.uint64]
    host: npt.NDArray[np.uint32]
    by_ipv4: npt.NDArray[np.bool_]

    @property
    def by_ipv6(self) -> npt.NDArray[np.bool_]:
        """Tell where the IPv6 address itself decides about the network."""
        ipv6: npt.NDArray[np.bool_] = self.family == 6  # noqa: PLR2004 - the address family
        return ipv6 & ~self.by_ipv4


def keys(addresses: Text) -> Keys:
    """Return *addresses* as numbers; what is no address has the family 0."""
    texts = listed(addresses)
    found = [packed(text) for text in texts]
    sizes = np.array([0 if a is None else len(a) for a in found], dtype=np.int8)
    ipv4: npt.NDArray[np.bool_] = sizes == 4  # noqa: PLR2004 - bytes of an IPv4 address
    ipv6: npt.NDArray[np.bool_] = sizes == 16  # noqa: PLR2004 - bytes of an IPv6 address
    upper, lower, host = (np.zeros(len(found), dtype=np.uint64) for _ in range(3))
    host[ipv4] = np.frombuffer(_joined(found, 4), dtype=">u4")
    halves = np.frombuffer(_joined(found, 16), dtype=">u8").reshape(-1, 2)
    upper[ipv6], lower[ipv6] = halves[:, 0], halves[:, 1]
    inside, carried = _carried(upper, lower)
    return Keys(
        text=[_text(text, address) for text, address in zip(texts, found, strict=True)],
        family=np.select([ipv4, ipv6], [4, 6], 0).astype(np.int8),
        upper=upper,
        lower=lower,
        host=np.where(carried, inside, host).astype(np.uint32),
        by_ipv4=ipv4 | carried,
    )


def _joined(found: list[bytes | None], size: int) -> bytes:
    return b"".join([a for a in found if a is not None and len(a) == size])


def _text(text: str | None, address: bytes | None) -> str | None:
    """Return canonical text; dotted text is canonical if it was read at all, which saves time."""
    if address is None or text is None:
        return None
    return text if ":" not in text else written(address)


def _carried(
    upper: npt.NDArray[np.uint64], lower: npt.NDArray[np.uint64]
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.bool_]]:
    """Return the IPv4 address inside each IPv6 address, and where there is one."""
    mask = np.uint64(0xFFFF_FFFF)
    six_to_four = upper >> np.uint64(48) == SIX_TO_FOUR
    teredo = upper >> np.uint64(32) == TEREDO
    nat64 = (upper == int.from_bytes(NAT64[:8], "big")) & (lower >> np.uint64(32) == 0)
    host = np.select(
        [six_to_four, teredo, nat64],
        [(upper >> np.uint64(16)) & mask, ~lower & mask, lower & mask],
        np.uint64(0),
    )
    return host, six_to_four | teredo | nat64


def prefixes(found: Keys, ipv4_bits: int, ipv6_bits: int) -> pa.Array:
    """Return the network of each address as text ("192.0.0.0/16"), null for no address.

    An address that carries an IPv4 address is in that one's network. *ipv6_bits* is at most 64.
    """
    keep4 = np.uint64((0xFFFF_FFFF << (32 - ipv4_bits)) & 0xFFFF_FFFF)
    keep6 = np.uint64((0xFFFF_FFFF_FFFF_FFFF << (64 - ipv6_bits)) & 0xFFFF_FFFF_FFFF_FFFF)
    number = np.where(found.by_ipv4, found.host & keep4, found.upper & keep6)
    ipv4, place4 = np.unique(number[found.by_ipv4], return_inverse=True)
    ipv6, place6 = np.unique(number[found.by_ipv6], return_inverse=True)
    index = np.full(len(number), -1, dtype=np.int64)
    index[found.by_ipv4] = place4
    index[found.by_ipv6] = place6 + len(ipv4)
    wide = [f"{written(int(n).to_bytes(8, 'big') + bytes(8))}/{ipv6_bits}" for n in ipv6]
    texts = pa.concat_arrays([_dotted(ipv4, f"/{ipv4_bits}"), pa.array(wide, pa.string())])
    return pa.DictionaryArray.from_arrays(pa.array(index, mask=index < 0), texts).cast(pa.string())


def _dotted(numbers: npt.NDArray[np.uint64], ending: str) -> pa.Array:
    """Return IPv4 numbers as text with *ending*, in columns."""
    octet = pa.array([str(n) for n in range(256)])
    parts = [
        octet.take(pa.array((numbers >> np.uint64(s)) & np.uint64(255))) for s in (24, 16, 8, 0)
    ]
    return pc.binary_join_element_wise(pc.binary_join_element_wise(*parts, "."), ending, "")
