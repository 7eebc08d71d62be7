"""What a person chooses about alerts: what is told, when, and where it goes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fluxhound.errors import ConfigurationError
from fluxhound.records import Severity

HOUR_S = 3600.0
DAY_S = 86400.0

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class MessageFormat(StrEnum):
    """How an alert is written."""

    ECS = "ecs"
    OCSF = "ocsf"
    CEF = "cef"
    LEEF = "leef"
    JSON = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietTime:
    """Hours of the week in which only critical alerts are delivered.

    ``days`` are those on which it begins, Monday = 0; where ``end`` is not after ``start``, it
    ends on the next day. ``zone`` is a name of the IANA time zone database.
    """

    days: frozenset[int]
    start: time
    end: time
    zone: str = "UTC"

    @classmethod
    def parse(
        cls, *, days: str = "", start: str = "00:00", until: str = "00:00", zone: str = "UTC"
    ) -> Self:
        """Return the quiet time that a configuration names; no days are all days.

        Raises:
            ConfigurationError: a day, a time or the zone is not known.
        """
        names = [name.strip().lower()[:3] for name in days.split(",") if name.strip()]
        unknown = [name for name in names if name not in DAYS]
        if unknown:
            raise ConfigurationError(f"{unknown[0]} is no day. Use {', '.join(DAYS)}.")
        try:
            begin, end = time.fromisoformat(start), time.fromisoformat(until)
            ZoneInfo(zone)
        except (ValueError, ZoneInfoNotFoundError) as error:
            raise ConfigurationError(
                f"A quiet time is not usable ({error}). Write times as 22:00 and zones as "
                "Europe/Berlin."
            ) from error
        return cls(
            days=frozenset(map(DAYS.index, names)) or frozenset(range(7)),
            start=begin,
            end=end,
            zone=zone,
        )

    def ends(self, now: datetime) -> datetime | None:
        """Return when the quiet time that holds *now* ends; ``None`` where it holds it not."""
        local = now.astimezone(ZoneInfo(self.zone))
        for back in (0, 1):
            day = (local - timedelta(days=back)).date()
            if day.weekday() not in self.days:
                continue
            begin = datetime.combine(day, self.start, local.tzinfo)
            over = timedelta(days=1 if self.end <= self.start else 0)
            end = datetime.combine(day + over, self.end, local.tzinfo)
            if begin.timestamp() <= now.timestamp() < end.timestamp():
                return end
        return None


#: Ports where an address names none, by transport.
PORTS = {
    "udp": 514,  # RFC 5426
    "tcp": 601,  # RFC 6587 section 3.1
    "tls": 6514,  # RFC 5425
    "smtp": 25,
    "smtp+starttls": 587,  # RFC 6409
    "smtps": 465,  # RFC 8314
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a destination listens."""

    transport: str
    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the endpoint that *text* names: ``tls://host:6514``, ``udp://[2001:db8::1]``.

        Raises:
            ConfigurationError: it is no such address.
        """
        try:
            parts = urlsplit(text)
            host, port = parts.hostname, parts.port or PORTS.get(parts.scheme)
        except ValueError as error:
            raise _no_endpoint(text) from error
        extra = parts.path.strip("/") or parts.query or parts.fragment or parts.username
        odd = not re.fullmatch(r"[!-~]+", text)  # the parser would leave line ends out
        if odd or not host or not port or extra or not re.fullmatch(r"[0-9A-Za-z.:_%-]+", host):
            raise _no_endpoint(text)
        return cls(transport=parts.scheme, host=host, port=port)


def _no_endpoint(text: str) -> ConfigurationError:
    return ConfigurationError(
        f"{text!r} is no address. Write it as {', '.join(f'{key}://host:port' for key in PORTS)}."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationSettings:
    """What all destinations have in common; ``None`` means as for all of them."""

    name: str
    format: MessageFormat = MessageFormat.ECS
    minimum: Severity | None = None
    quiet: tuple[QuietTime, ...] | None = None
    ceiling_per_hour: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StdoutSettings(DestinationSettings):
    """Lines to standard output."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalSettings(DestinationSettings):
    """Lines appended to a file."""

    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class SyslogSettings(DestinationSettings):
    """Syslog messages by RFC 5424 over UDP, TCP or TLS."""

    endpoint: Endpoint
    facility: int = 4  # security/authorization messages (RFC 5424 table 1)
    ca_file: Path | None = None  # ``None``: the certificates that the system trusts
    structured: bool = False  # also as structured data
    timeout_s: float = 10.0
    limit: int | None = None  # octets of one message; ``None``: by transport


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSettings(DestinationSettings):
    """Signed HTTP POST requests."""

    url: str
    secret: bytes = field(repr=False)
    ca_file: Path | None = None
    timeout_s: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings(DestinationSettings):
    """Mails; several alerts that are due at once go into one."""

    endpoint: Endpoint
    sender: str
    recipients: tuple[str, ...]
    user: str = ""
    password: str = field(default="", repr=False)
    ca_file: Path | None = None
    timeout_s: float = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSettings:
    """What is told of findings, and when. All defaults: chosen, not measured."""

    minimum: Severity = Severity.LOW
    quiet: tuple[QuietTime, ...] = ()
    #: Alerts that a destination gets within any hour, critical ones not counted.
    ceiling_per_hour: int = 100
    #: One thing is told at most once within this time, unless it is critical.
    repeat_after_s: float = HOUR_S
    #: A finding of which nothing new was answered for so long has ended.
    end_after_s: float = DAY_S
    #: A finding must have been none for so long before it has ended: scores waver.
    settle_s: float = HOUR_S / 2
    #: Delivery is tried for so long.
    give_up_s: float = 3 * DAY_S
    give_up_critical_s: float = 30 * DAY_S
    #: Alerts that wait for one destination, at the most; critical ones are kept beyond it.
    outbox_limit: int = 10_000
    link: str = ""  # base URL of the pages
    #: Tells two installations apart that report to one receiver: it goes into the identifiers.
    scope: str = ""
    destinations: tuple[DestinationSettings, ...] = ()
