"""The body of a post: bounded in size and time, unpacked, in chunks of whole lines."""

from __future__ import annotations

import asyncio
import hashlib
import zlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

from starlette.requests import ClientDisconnect, Request

from fluxhound.service.web.problems import Problem, shown

MEDIA_TYPES = (
    "application/x-ndjson",
    "application/ndjson",
    "application/jsonl",
    "application/json",
    "application/octet-stream",
    "text/plain",
)
#: Octets that are given to a reader at once: large enough that the cost of a call vanishes.
CHUNK = 4 << 20
_GZIP = 16 + zlib.MAX_WBITS
_PIECE = 256 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one post, and of posts together. Chosen, not measured."""

    #: Octets of the body, before and after unpacking.
    body: int = 64 << 20
    #: Seconds in which the whole body must arrive.
    body_s: float = 120.0
    #: Seconds that a post waits for its commit.
    commit_s: float = 30.0
    #: Posts that are read at the same time; more are asked to come back.
    posts: int = 4


def check_head(request: Request, limits: Limits) -> bool:
    """Check what the headers say of the body; tell whether it is packed.

    Raises:
        Problem: 413 or 415.
    """
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in MEDIA_TYPES:
        raise Problem(
            415,
            f"Content-Type {shown(media) or 'missing'}: send JSON lines as application/x-ndjson.",
            headers={"Accept": ", ".join(MEDIA_TYPES)},
        )
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("identity", "gzip"):
        raise Problem(
            415,
            f"Content-Encoding {shown(coding)}: send it plain or as gzip.",
            headers={"Accept-Encoding": "gzip"},
        )
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length[:20]) > limits.body:
        raise too_large(limits)
    return coding == "gzip"


def too_large(limits: Limits) -> Problem:
    """Return the answer to a body beyond the bound."""
    return Problem(413, f"A post holds at most {limits.body >> 20} MiB; send it in several.")


class Body:
    """One body on its way in: iterate over ``chunks``, then ask for its digest."""

    def __init__(self, request: Request, *, packed: bool, limits: Limits) -> None:
        self._request = request
        self._packed = packed
        self._limits = limits
        self._hash = hashlib.sha256()
        self.octets = 0

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the unpacked body as far as it was read."""
        return self._hash.hexdigest()

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield whole lines, about ``CHUNK`` octets at a time.

        A line longer than that is cut, and its parts are bad records.

        Raises:
            Problem: 400, 408 or 413.
        """
        waiting = bytearray()
        async for part in self._parts():
            self._hash.update(part)
            waiting += part
            while len(waiting) >= CHUNK:
                cut = waiting.rfind(b"\n", 0, CHUNK) + 1 or CHUNK
                yield bytes(waiting[:cut])
                del waiting[:cut]
        if waiting:
            yield bytes(waiting)

    async def _parts(self) -> AsyncIterator[bytes]:
        """Yield the unpacked body as it arrives."""
        unpacker = _Unpacker() if self._packed else None
        stream = self._request.stream()
        received = 0
        try:
            async with asyncio.timeout(self._limits.body_s):
                async for packed in stream:
                    received += len(packed)
                    if received > self._limits.body:
                        raise too_large(self._limits)
                    for part in unpacker.fed(packed) if unpacker else (packed,):
                        self.octets += len(part)
                        if self.octets > self._limits.body:
                            raise too_large(self._limits)
                        yield part
        except TimeoutError as error:
            raise Problem(408, "The body did not arrive in time.") from error
        except ClientDisconnect as error:
            raise Problem(400, "The body ended early.") from error
        except zlib.error as error:
            raise Problem(400, "The body is no sound gzip.") from error
        if unpacker and not unpacker.complete:
            raise Problem(400, "The gzip ends early.")


class _Unpacker:
    """gzip of one or several members (RFC 1952 section 2.2), unpacked in bounded pieces."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP)
        self._begun = False

    @property
    def complete(self) -> bool:
        return not self._begun

    def fed(self, packed: bytes) -> Iterator[bytes]:
        """Yield what *packed* unpacks to, at most ``_PIECE`` octets at a time."""
        while packed:
            self._begun = True
            yield self._member.decompress(packed, _PIECE)
            packed = self._member.unconsumed_tail
            if self._member.eof:
                packed = self._member.unused_data
                self._member = zlib.decompressobj(_GZIP)
                self._begun = False
