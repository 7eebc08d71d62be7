"""Requests to a receiver: encrypted, verified, bounded, and never led elsewhere."""

from __future__ import annotations

import http.client
import ipaddress
import json
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlsplit

from fluxhound import __version__
from fluxhound.errors import FluxhoundError, UsageError

#: All chosen: a receiver that takes longer, or answers more, is not worth waiting for.
TIMEOUT_S = 60.0
WHOLE_S = 300.0
LARGEST_ANSWER = 16 << 20
PIECE = 1 << 16
#: Characters of a receiver's reason that are repeated.
REASON = 200


class ReceiverError(FluxhoundError):
    """The receiver did not take it. Check its address, the key, and what it may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a receiver said."""

    status: int
    body: bytes = b""

    @property
    def document(self) -> Any:
        """Return the body as JSON; ``None`` if it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """A server, and how it is spoken to; redirections are not followed, they could lead away."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    ca_file: str = ""
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)

    def ask(self, method: str, path: str, body: bytes | None = None) -> Answer:
        """Return the answer to one request; *path* is the whole of it.

        Raises:
            ReceiverError: there is none, or it is too long.
            UsageError: the address makes no sense, or what is sent would be seen by others.
        """
        place = checked(self.url)
        try:
            return self._asked(place, method, path, body)
        except ssl.SSLCertVerificationError as error:
            raise ReceiverError(
                f"{self.url}: its certificate is not trusted ({error.verify_message}). Give its "
                "authority with --ca-file if you trust it."
            ) from error
        except (OSError, http.client.HTTPException, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or error or type(error).__name__
            raise ReceiverError(f"{self.url}: no answer ({reason}).") from error

    def _asked(self, place: SplitResult, method: str, path: str, body: bytes | None) -> Answer:
        deadline = self.clock() + WHOLE_S
        connection = self._connection(place)
        try:
            sent = {"User-Agent": f"fluxhound/{__version__}", **self.headers}
            connection.request(method, path, body, sent)
            content = bytearray()
            with connection.getresponse() as response:
                while piece := response.read1(PIECE):
                    content += piece
                    if len(content) > LARGEST_ANSWER or self.clock() > deadline:
                        raise http.client.HTTPException("the answer is too long")
            return Answer(status=response.status, body=bytes(content))
        finally:
            connection.close()

    def _connection(self, place: SplitResult) -> http.client.HTTPConnection:
        host = place.hostname or ""
        if place.scheme == "http":
            return http.client.HTTPConnection(host, place.port, timeout=TIMEOUT_S)
        try:
            context = ssl.create_default_context(cafile=self.ca_file or None)
        except (OSError, ssl.SSLError) as error:
            raise UsageError(
                f"{self.ca_file}: not usable as a list of authorities ({error})."
            ) from error
        return http.client.HTTPSConnection(host, place.port, timeout=TIMEOUT_S, context=context)


def checked(url: str) -> SplitResult:
    """Return the address of a receiver, in parts.

    Raises:
        UsageError: it is none, or would send findings over a network in clear.
    """
    try:
        place = urlsplit(url)
        host, port = place.hostname, place.port
    except ValueError as error:
        raise UsageError(f"{url!r} is no address ({error}).") from error
    if place.scheme not in {"http", "https"} or not host or port == 0 or place.username:
        raise UsageError(f"{url!r} is no address of a receiver: write https://HOST/PATH.")
    if place.scheme == "http" and not _is_loopback(host):
        raise UsageError(f"{url!r} would send findings and key in clear: write https://.")
    return place


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def reason(answer: Answer, *keys: str) -> str:
    """Return what a receiver says about a refusal, short and printable, with the status."""
    document = answer.document
    texts = [document.get(key) for key in keys] if isinstance(document, dict) else []
    said = next((text for text in texts if isinstance(text, str) and text), "")
    shown = "".join(c if c.isprintable() else "?" for c in said[:REASON])
    return f"status {answer.status}" + (f": {shown}" if shown else "")
