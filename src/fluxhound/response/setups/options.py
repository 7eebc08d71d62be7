"""What a configuration depends on."""

from __future__ import annotations

import base64
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from fluxhound.errors import UsageError
from fluxhound.response.primary import ALGORITHMS
from fluxhound.response.zone import ROLES, RULE_TTL, WHOLE_ROLES, ZoneNames

_KEY_NAME = re.compile(r"[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*")
_FOLDER = re.compile(r"/[A-Za-z0-9._/+-]*")

#: Files with this in their name hold the secret: they are written for their owner alone.
SECRET_MARK = ".key"  # noqa: S105 - part of a file name

#: Where the files of each kind usually lie, and what the server may write to, as on Debian.
FOLDERS: Mapping[str, tuple[str, str]] = {
    "knot": ("/etc/knot", "/var/lib/knot"),
    "bind-primary": ("/etc/bind", "/var/cache/bind"),
    "bind": ("/etc/bind", "/var/cache/bind"),
    "unbound": ("/etc/unbound", "/var/lib/unbound"),
    "powerdns": ("/etc/powerdns", "/var/lib/fluxhound-rpz"),
}


class Consumer(StrEnum):
    """Resolvers that take the zones, by what they can do."""

    BIND = "bind"
    UNBOUND = "unbound"
    POWERDNS = "powerdns"


@dataclass(frozen=True, slots=True)
class Place:
    """An address and a port."""

    address: str
    port: int = 53

    def __post_init__(self) -> None:
        """Refuse what is no place.

        Raises:
            UsageError: the address is none, or the port is out of range.
        """
        try:
            ipaddress.ip_address(self.address)
        except ValueError as error:
            raise UsageError(f"{self.address!r} is no address; give one, no name.") from error
        if not 0 < self.port < 1 << 16:
            raise UsageError(f"{self.port} is no port.")


@dataclass(frozen=True, slots=True)
class Resolver:
    """A resolver that takes the zones from the primary, and where it hears of changes."""

    kind: Consumer
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupOptions:
    """Names, places and the key of a configuration."""

    names: ZoneNames
    #: Where the primary listens; the resolvers and Fluxhound talk to it there.
    primary: Place
    secret: bytes = field(repr=False)
    key_name: str = "fluxhound"
    algorithm: str = "hmac-sha256"
    #: For a primary: who takes the zones.
    resolvers: tuple[Resolver, ...] = ()
    #: Where the server keeps what it writes, and where these files will lie.
    state: str = "/var/lib/fluxhound-rpz"
    folder: str = "/etc/fluxhound-rpz"

    def __post_init__(self) -> None:
        """Refuse what would be read as something else in a configuration file.

        Raises:
            UsageError: a value has characters that are not allowed there, or makes no sense.
        """
        if not _KEY_NAME.fullmatch(self.key_name):
            raise UsageError(f"{self.key_name!r} cannot be the name of a key.")
        if self.algorithm not in ALGORITHMS:
            raise UsageError(f"{self.algorithm!r}: take one of {', '.join(ALGORITHMS)}.")
        for path in (self.state, self.folder):
            if not _FOLDER.fullmatch(path):
                raise UsageError(f"{path!r}: give a whole path of letters, digits and ._+-")
        if len(self.secret) < 16:  # noqa: PLR2004 - octets; half of what hmac-sha256 wants at least
            raise UsageError("The secret of the key is too short: take 32 random octets.")

    @property
    def secret_text(self) -> str:
        """Return the secret as configuration files want it."""
        return base64.b64encode(self.secret).decode("ascii")

    @property
    def zones(self) -> tuple[str, ...]:
        """Return the names of the zones in the order in which resolvers have to take them."""
        return tuple(self.names.of(role) for role in ROLES)

    @property
    def whole_zones(self) -> tuple[str, ...]:
        """Return those of the zones that may hold rules about name servers."""
        return tuple(self.names.of(role) for role in WHOLE_ROLES)

    def of(self, *kinds: Consumer) -> tuple[Resolver, ...]:
        """Return the resolvers of some kinds."""
        return tuple(each for each in self.resolvers if each.kind in kinds)


def first_zone() -> str:
    """Return the zone file that a primary starts from: there is nothing in it yet.

    The serial is the least: whatever Fluxhound publishes is newer.
    """
    return (
        f"$TTL {RULE_TTL}\n"
        "; The first state of a zone that Fluxhound keeps by dynamic update. Do not edit it.\n"
        f"@ {RULE_TTL} SOA localhost. hostmaster.localhost. 1 60 10 2592000 {RULE_TTL}\n"
        f"@ {RULE_TTL} NS localhost.\n"
    )


def secret(filename: str) -> bool:
    """Tell whether a file holds the secret, so that nobody else may read it."""
    return SECRET_MARK in filename


def place_of(text: str) -> Place:
    """Return the place that a text names: ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT.

    Raises:
        UsageError: it names none.
    """
    bare = text.strip("[]")
    if bare.count(":") > 1 and "]:" not in text:
        return Place(bare)
    address, colon, port = text.rpartition(":") if ":" in text else (text, "", "")
    if colon and not port.isdecimal():
        raise UsageError(f"{text!r}: give ADDRESS:PORT.")
    return Place(address.strip("[]"), int(port)) if colon else Place(text)


def resolver_of(text: str) -> Resolver:
    """Return the resolver that a text names: KIND:ADDRESS or KIND:ADDRESS:PORT.

    Raises:
        UsageError: it names none.
    """
    kind, _, place = text.partition(":")
    if kind not in tuple(Consumer) or not place:
        raise UsageError(f"{text!r}: give KIND:ADDRESS, where KIND is bind, unbound or powerdns.")
    return Resolver(Consumer(kind), place_of(place))
