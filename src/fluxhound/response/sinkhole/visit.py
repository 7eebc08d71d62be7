"""One connection as it is recorded: bounded, escaped, nothing in it that could act."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from fluxhound.response.sinkhole.fingerprints import ja3, ja4
from fluxhound.response.sinkhole.hello import Hello
from fluxhound.response.sinkhole.protocols import Protocol
from fluxhound.response.sinkhole.request import Request, host_name

#: Octets of what a client first said that are kept. Chosen: enough to tell most protocols.
FIRST_OCTETS = 64
#: Characters that are kept of each text, after escaping. Chosen; a host name has 253 at most.
LONGEST_HOST = 260
LONGEST_PATH = 512
LONGEST_AGENT = 256
LONGEST_METHOD = 20
LONGEST_ALPN = 64
_MOST_ALPN = 8


class End(StrEnum):
    """How a connection ended."""

    ANSWERED = "answered"  # it got the page
    CLOSED = "closed"  # the client closed it, or was silent after what it said
    RESET = "reset"  # the client broke it off
    NO_HANDSHAKE = "handshake-failed"  # TLS was begun and not agreed upon
    SLOW = "deadline"  # what was begun was not there in time
    FULL = "too-much"  # it sent more than is read
    EVICTED = "evicted"  # it was the oldest unfinished when room was needed
    STOPPED = "stopped"  # the sinkhole ended


@dataclass(slots=True, kw_only=True, eq=False)
class Visit:
    """One connection; it grows while it lasts. Times in seconds since 1970."""

    time: float
    client: str
    client_port: int
    address: str  # that the client called
    port: int
    protocol: Protocol = Protocol.SILENT
    hello: Hello | None = None
    own_certificate: bool = False  # it was answered under the name that it wanted
    request: Request | None = None
    first: bytes = b""  # the first octets, of what was within TLS if it was agreed upon
    octets: int = 0  # read of the connection
    seconds: float = 0.0
    end: End = End.CLOSED
    error: str = ""  # what TLS says about a failed handshake, a constant of the library

    @property
    def server_name(self) -> str:
        """Return the name of the TLS handshake, escaped and bounded."""
        return shown(self.hello.server_name, LONGEST_HOST) if self.hello else ""

    @property
    def host(self) -> str:
        """Return the Host field, escaped and bounded."""
        return shown(self.request.host, LONGEST_HOST) if self.request else ""

    @property
    def name(self) -> str:
        """Return the name that the client wanted, in its one form; "" if it told none."""
        return host_name(self.server_name) or host_name(self.host)

    @property
    def ja3(self) -> str:
        """Return the JA3 fingerprint, or ""."""
        return ja3(self.hello) if self.hello else ""

    @property
    def ja4(self) -> str:
        """Return the JA4 fingerprint, or ""."""
        return ja4(self.hello) if self.hello else ""

    @property
    def path(self) -> str:
        """Return the target of the request, escaped and bounded."""
        return shown(self.request.target, LONGEST_PATH) if self.request else ""

    @property
    def agent(self) -> str:
        """Return the User-Agent field, escaped and bounded."""
        return shown(self.request.agent, LONGEST_AGENT) if self.request else ""

    def document(self) -> dict[str, Any]:
        """Return what a line of the log holds; keys without a value are left out."""
        moment = datetime.fromtimestamp(self.time, UTC).isoformat(timespec="milliseconds")
        everything = {
            "time": moment.replace("+00:00", "Z"),
            "client": self.client,
            "client_port": self.client_port,
            "address": self.address,
            "port": self.port,
            "protocol": self.protocol.value,
            "name": self.name,
            **self._of_tls(),
            **self._of_http(),
            "first_hex": self.first[:FIRST_OCTETS].hex(),
            "first_text": shown(self.first[:FIRST_OCTETS], FIRST_OCTETS * 4),
            "octets": self.octets,
            "seconds": round(self.seconds, 3),
            "end": self.end.value,
            "error": self.error,
        }
        return {key: value for key, value in everything.items() if value not in ("", [], None)}

    def _of_tls(self) -> dict[str, Any]:
        if self.hello is None:
            return {}
        names = [shown(each, LONGEST_ALPN) for each in self.hello.alpn[:_MOST_ALPN]]
        return {
            "sni": self.server_name,
            "alpn": names,
            "ja3": self.ja3,
            "ja4": self.ja4,
            "damaged": self.hello.damaged or None,
        }

    def _of_http(self) -> dict[str, Any]:
        if self.request is None:
            return {}
        return {
            "host": self.host,
            "method": shown(self.request.method, LONGEST_METHOD),
            "path": self.path,
            "agent": self.agent,
        }


def shown(octets: bytes, longest: int) -> str:
    r"""Return *octets* as printable ASCII, cut to *longest*; all else is ``\xNN``.

    >>> shown(b"a\x1b[31m\xff", 100)
    'a\\x1b[31m\\xff'
    """
    return "".join(_SHOWN[each] for each in octets[:longest])[:longest]


_SHOWN = tuple(
    chr(each) if 0x20 <= each < 0x7F and each != ord("\\") else f"\\x{each:02x}"  # noqa: PLR2004
    for each in range(256)
)
