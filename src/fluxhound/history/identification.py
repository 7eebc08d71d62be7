"""From pseudonyms back to addresses: only with the key, by hashing every address that may be it."""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import IO

from fluxhound.errors import UsageError
from fluxhound.history.clients import canonical_client, digest_of

#: Addresses in one network: a /8 of IPv4, a /104 of IPv6. Half a minute of one core.
MOST_ADDRESSES = 1 << 24
#: Addresses of one file, and the length of its lines.
MOST_LISTED = 10_000_000
_LONGEST_LINE = 256
_DIGEST_BYTES = 8


def identify(pseudonyms: Collection[int], key: bytes, candidates: Iterable[str]) -> dict[int, str]:
    """Return which of *candidates* (addresses as text) have one of *pseudonyms*: it -> address.

    About a million candidates a second, in memory that does not depend on their number.
    """
    wanted = {digest_of(each) for each in pseudonyms}
    found: dict[int, str] = {}
    hashed = hashlib.blake2b
    for address in candidates:
        digest = hashed(address.encode(), key=key, digest_size=_DIGEST_BYTES).digest()
        if digest in wanted:
            found[int.from_bytes(digest, "little")] = address
            if len(found) == len(wanted):
                break
    return found


def candidates(text: str) -> Iterator[str]:
    """Return the addresses that *text* names: a network, an address, or a file with one a line.

    Raises:
        UsageError: it is none of them, the network is too large, or the file cannot be read.
    """
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return _listed(Path(text))
    if network.num_addresses > MOST_ADDRESSES:
        raise UsageError(
            f"{text}: this network has too many addresses to try. Give at most a /8 of IPv4 or a "
            "/104 of IPv6, several after each other, or a file with addresses."
        )
    if network.version == 4:  # noqa: PLR2004
        return _dotted(int(network.network_address), network.num_addresses)
    return map(str, network)


def _dotted(first: int, size: int) -> Iterator[str]:
    """Return IPv4 addresses as text, several times as fast as ``ipaddress`` does."""
    last = first + size - 1
    for upper in range(first >> 8, (last >> 8) + 1):
        beginning = f"{upper >> 16}.{upper >> 8 & 255}.{upper & 255}."
        low = first & 255 if upper == first >> 8 else 0
        high = last & 255 if upper == last >> 8 else 255
        for octet in _OCTETS[low : high + 1]:
            yield beginning + octet


_OCTETS = [str(octet) for octet in range(256)]


def _listed(path: Path) -> Iterator[str]:
    try:
        file = path.open("rb")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError(
            f"{path}: no network, no address, and no file that can be read ({reason})."
        ) from error
    return _lines(file)


def _lines(file: IO[bytes]) -> Iterator[str]:
    with file:
        for _ in range(MOST_LISTED):
            line = file.readline(_LONGEST_LINE)
            if not line:
                return
            text = line.decode("utf-8", "replace").partition("#")[0].strip()
            if text:
                yield canonical_client(text)
