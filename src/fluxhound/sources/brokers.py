"""Where a broker is and how to sign in: its URL taken apart, its password from a file.

A URL is shown by ``ps``, in logs and in messages, so that it must not hold a password.
"""

from __future__ import annotations

import difflib
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from fluxhound.errors import ConfigurationError
from fluxhound.sources.tally import printable

#: A password file longer than this is none. Chosen.
PASSWORD_BYTES = 4096
URL_LENGTH = 2048
HOSTS = 32
_HOST = re.compile(
    r"(?:\[(?P<six>[0-9A-Fa-f:.]{2,45})\]|(?P<host>[^\s:\[\]@/,]{1,253}))(?::(?P<port>\d{1,5}))?"
)
_YES = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of broker: its default port, its parameters, and an example to write."""

    broker: str  # "redis", "nats" or "kafka"
    port: int
    needed: str
    optional: tuple[str, ...]
    example: str
    tls: bool = False


KINDS: Mapping[str, Kind] = {
    "redis": Kind(
        broker="redis",
        port=6379,
        needed="stream",
        optional=("field",),
        example="redis://HOST:6379/0?stream=KEY",
    ),
    "rediss": Kind(
        broker="redis",
        port=6379,
        needed="stream",
        optional=("field",),
        example="rediss://HOST:6379/0?stream=KEY",
        tls=True,
    ),
    "nats": Kind(
        broker="nats",
        port=4222,
        needed="stream",
        optional=("subject",),
        example="nats://HOST:4222?stream=NAME&subject=dns.>",
    ),
    "tls": Kind(
        broker="nats",
        port=4222,
        needed="stream",
        optional=("subject",),
        example="tls://HOST:4222?stream=NAME&subject=dns.>",
        tls=True,
    ),
    "kafka": Kind(
        broker="kafka",
        port=9092,
        needed="topic",
        optional=("tls", "sasl"),
        example="kafka://HOST:9092,HOST2:9092?topic=NAME",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerUrl:
    """A broker's URL, taken apart and checked."""

    broker: str
    hosts: tuple[tuple[str, int], ...]
    user: str
    database: int
    tls: bool
    parameters: Mapping[str, str]

    @property
    def text(self) -> str:
        """Return the hosts as people write them."""
        return ",".join(authority(host, port) for host, port in self.hosts)


def authority(host: str, port: int) -> str:
    """Return host and port as they stand in a URL."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def is_broker_url(text: str) -> bool:
    """Tell whether *text* names a broker, by its scheme."""
    return text.partition("://")[0].lower() in KINDS and "://" in text


def parse_url(text: str) -> BrokerUrl:
    """Take a broker's URL apart.

    Raises:
        ConfigurationError: it is not complete, or not one of ours; the message says what to write.
    """
    kind, rest = _kind(text)
    try:
        parts = urlsplit(f"x://{rest}")
    except ValueError as error:
        raise _wrong(kind, f"it cannot be read ({error})") from error
    user, hosts = _authority(parts.netloc, kind)
    if parts.fragment:
        raise _wrong(kind, "'#' must be written as %23")
    parameters = _parameters(parts.query, kind)
    return BrokerUrl(
        broker=kind.broker,
        hosts=hosts,
        user=user,
        database=_database(parts.path, kind),
        tls=kind.tls or _yes(parameters.get("tls", "no"), kind),
        parameters=parameters,
    )


def _kind(text: str) -> tuple[Kind, str]:
    if len(text) > URL_LENGTH or not text.isprintable():
        raise ConfigurationError("A broker's URL is one line of at most 2,048 characters.")
    scheme, _, rest = text.partition("://")
    kind = KINDS.get(scheme.lower())
    if kind is None:
        raise ConfigurationError(
            f"'{printable(scheme, limit=40)}' is no broker; write "
            f"{', '.join(f'{known}://' for known in KINDS)}."
        )
    return kind, rest


def _authority(netloc: str, kind: Kind) -> tuple[str, tuple[tuple[str, int], ...]]:
    """Return the user and the hosts. What stands before the @ may be a password: never show it."""
    signing, at, places = netloc.rpartition("@")
    user, colon, _ = signing.partition(":")
    if colon:
        raise ConfigurationError(
            "A password in a URL is seen by everyone who lists processes: write it into a file, "
            f"name that in password_file, and leave it out of the URL: {kind.example}"
        )
    if at and not user:
        raise _wrong(kind, "the user's name before '@' is empty")
    listed = places.split(",")
    if len(listed) > HOSTS or (kind.broker == "redis" and len(listed) > 1):
        raise _wrong(kind, "it names too many hosts")
    return unquote(user), tuple(_host(place, kind) for place in listed)


def _host(place: str, kind: Kind) -> tuple[str, int]:
    match = _HOST.fullmatch(place)
    port = int(match["port"] or kind.port) if match else 0
    if match is None or not 0 < port < 65536:  # noqa: PLR2004 - the ports there are
        raise _wrong(kind, f"the host '{printable(place, limit=60)}' cannot be read")
    return match["six"] or match["host"], port


def _database(path: str, kind: Kind) -> int:
    number = path.strip("/")
    if not number:
        return 0
    if kind.broker != "redis" or not re.fullmatch(r"[0-9]{1,5}", number):
        raise _wrong(kind, f"there is no use for '{printable(path, limit=40)}' after the host")
    return int(number)


def _parameters(query: str, kind: Kind) -> dict[str, str]:
    known = (kind.needed, *kind.optional)
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError as error:
        raise _wrong(kind, "its parameters cannot be read") from error
    found: dict[str, str] = {}
    for key, value in pairs:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            hint = f"; did you mean '{near[0]}'?" if near else f"; there are {', '.join(known)}"
            raise _wrong(kind, f"there is no parameter '{printable(key, limit=40)}'{hint}")
        if key in found or not value:
            raise _wrong(kind, f"'{key}' must have one value")
        found[key] = value
    if kind.needed not in found:
        raise _wrong(kind, f"'{kind.needed}=' is missing")
    return found


def _yes(text: str, kind: Kind) -> bool:
    if text.lower() not in _YES:
        raise _wrong(kind, "'tls' is yes or no")
    return _YES[text.lower()]


def _wrong(kind: Kind, what: str) -> ConfigurationError:
    return ConfigurationError(f"The {kind.broker} URL is not usable: {what}. Write {kind.example}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """How to sign in: the user, the file with the password, the authority to trust."""

    user: str = ""
    password_file: Path | None = None
    ca_file: Path | None = None
    tls: bool = False

    def __post_init__(self) -> None:
        """Check what can be checked before a connection is made.

        Raises:
            ConfigurationError: a file cannot be read, or would not be used.
        """
        if self.ca_file is not None and not self.tls:
            raise ConfigurationError(
                "ca_file is given but the connection is not encrypted: write rediss:// for Redis, "
                "tls:// for NATS, or add tls=yes to the URL for Kafka."
            )
        if self.user and self.password_file is None:
            raise ConfigurationError(
                "The URL names a user: write the password into a file and name it in password_file."
            )
        self.password()
        self.context()

    def password(self) -> str | None:
        """Return the password, read anew so that it can be changed while the service runs.

        Raises:
            ConfigurationError: the file cannot be read.
        """
        if self.password_file is None:
            return None
        try:
            with self.password_file.open("rb") as file:
                octets = file.read(PASSWORD_BYTES + 1)
            text = octets.decode().strip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
            raise ConfigurationError(
                f"The password file {self.password_file} cannot be read: {reason}."
            ) from error
        if not text or len(octets) > PASSWORD_BYTES or "\n" in text:
            raise ConfigurationError(
                f"The password file {self.password_file} must hold the password in one line."
            )
        return text

    def context(self) -> ssl.SSLContext | None:
        """Return the TLS settings: certificates are always checked, TLS 1.2 or later.

        Raises:
            ConfigurationError: the authority's file is no PEM file.
        """
        if not self.tls:
            return None
        try:
            made = ssl.create_default_context(cafile=self.ca_file)
        except (OSError, ValueError) as error:
            raise ConfigurationError(
                f"The ca_file {self.ca_file} cannot be used ({error}). It must hold the "
                "authority's certificate as PEM text."
            ) from error
        made.minimum_version = ssl.TLSVersion.TLSv1_2
        return made


@dataclass(frozen=True, slots=True)
class Redaction:
    """Takes secrets out of texts that libraries make, before anybody sees them."""

    secrets: tuple[str, ...] = field(default=(), repr=False)

    def clean(self, text: object, limit: int = 300) -> str:
        """Return *text* in one printable line, without the secrets."""
        shown = " ".join(str(text).split())
        for secret in self.secrets:
            shown = shown.replace(secret, "***")
        return printable(shown, limit=limit)
