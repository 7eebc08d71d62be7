"""How much of anything the sinkhole takes. Chosen, not measured, where nothing else is said."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

#: What one client network is (a household or a site), for the caps of connections and log lines.
IPV4_PREFIX = 24
IPV6_PREFIX = 64
#: The files in the sinkhole's folder.
STORE_NAME = "sinkhole.sqlite"
LOG_NAME = "visits.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of time in seconds, of size in octets, of number."""

    connections: int = 2_048
    per_client: int = 64
    per_network: int = 512
    network_per_s: float = 200.0  # new ones of one network, after the first thousand at once
    network_at_once: float = 1_000.0
    first_s: float = 5.0  # until the first octet
    head_s: float = 5.0  # from then on until a hello, a head, or enough of anything else is there
    handshake_s: float = 5.0
    idle_s: float = 3.0  # of silence, after which what is neither TLS nor HTTP is over
    linger_s: float = 1.0  # to take what is still sent after our answer, so that it arrives
    total_s: float = 20.0
    octets: int = 16_384  # read of one connection, before and after TLS
    certificates: int = 512  # kept, about 30 KB each
    certificates_per_s: float = 20.0  # made, after a first hundred at once
    certificates_at_once: int = 100
    lines_per_s: float = 200.0  # of the log, on average over ``window_s``
    network_lines_per_s: float = 10.0  # of one client network
    window_s: float = 10.0
    queue: int = 20_000  # visits that wait to be written
    keys_per_client: int = 200  # rows of one client and hour; what is beyond is one row
    rows_per_hour: int = 100_000  # of all clients; what is beyond is one row for each network


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where to listen: an address (canonical text) and a TCP port; 0 is any free port."""

    address: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What one sinkhole is told."""

    places: tuple[Place, ...]
    folder: Path  # the CA, the log and the store are in it
    contact: str = ""
    keep: timedelta = timedelta(days=30)
    limits: Limits = Limits()
    log: bool = True  # the JSON lines beside the store

    @property
    def store_path(self) -> Path:
        """Return where the visits are counted."""
        return self.folder / STORE_NAME

    @property
    def log_path(self) -> Path:
        """Return where each visit is a line."""
        return self.folder / LOG_NAME


def parse_place(text: str) -> Place:
    """Return the place that *text* names: ADDRESS:PORT, with IPv6 in brackets.

    Raises:
        ValueError: it names none; the message says what one looks like.

    >>> parse_place("[2001:db8::1]:443")
    Place(address='2001:db8::1', port=443)
    """
    host, colon, port = text.strip().rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    try:
        address = ipaddress.ip_address(host[1:-1] if bracketed else host)
        known = bool(colon) and bracketed == (address.version == 6)  # noqa: PLR2004
    except ValueError:
        known = False
    if not known or not (port.isascii() and port.isdigit()) or int(port[:6]) > 65_535:  # noqa: PLR2004
        raise ValueError(f"{text!r} is no place; write 192.0.2.1:80 or [2001:db8::1]:443")
    return Place(address=str(address), port=int(port))


def client_network(address: str) -> str:
    """Return the network of a client: its /24, or its /64.

    >>> client_network("192.0.2.77"), client_network("2001:db8::77")
    ('192.0.2.0/24', '2001:db8::/64')
    """
    plain = address.partition("%")[0]
    if ":" in plain:
        return str(ipaddress.ip_network(f"{plain}/{IPV6_PREFIX}", strict=False))
    return f"{plain.rpartition('.')[0]}.0/{IPV4_PREFIX}"
