"""From the configuration to the settings of alerts: each kind of destination with what it needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from fluxhound.config import DestinationSettings as Given
from fluxhound.config import Settings
from fluxhound.errors import ConfigurationError
from fluxhound.records import Severity
from fluxhound.service.alerts.settings import (
    AlertSettings,
    DestinationSettings,
    Endpoint,
    JournalSettings,
    MailSettings,
    MessageFormat,
    QuietTime,
    StdoutSettings,
    SyslogSettings,
    WebhookSettings,
)

#: A secret is one line of at most this many octets. Chosen, not measured.
LARGEST_SECRET = 4096
#: RFC 2104 section 3 discourages keys shorter than the hash.
SHORTEST_SECRET = 32


def alert_settings(settings: Settings) -> AlertSettings:
    """Return what the alert desk needs.

    Raises:
        ConfigurationError: a destination lacks something, has too much, or names what is not there.
    """
    alerts = settings.alerts
    return AlertSettings(
        minimum=Severity(alerts.minimum),
        quiet=tuple(_quiet(each) for each in alerts.quiet),
        ceiling_per_hour=alerts.ceiling_per_hour,
        end_after_s=alerts.end_after.total_seconds(),
        link=page_link(settings),
        scope=str(settings.engine.store.absolute()) if settings.engine.store else "",
        destinations=tuple(_destination(each) for each in settings.destination),
    )


def page_link(settings: Settings) -> str:
    """Return what links in alerts begin with, or "" where there are no pages."""
    chosen = settings.service
    if chosen.link:
        return chosen.link.rstrip("/")
    away = chosen.listen == "none" or chosen.listen.startswith("unix:")
    return "" if away else f"http://{chosen.listen}"


def _quiet(given: Mapping[str, str]) -> QuietTime:
    return QuietTime.parse(
        days=given.get("days", ""),
        start=given["from"],
        until=given["until"],
        zone=given.get("zone", "UTC"),
    )


def _destination(given: Given) -> DestinationSettings:
    build, needs, may = KINDS[given.kind]
    for key in DETAILS:
        value = getattr(given, key)
        if key in needs and not value:
            raise ConfigurationError(
                f"[[destination]] {given.name}: a {given.kind} needs the key {key}."
            )
        if value and key not in needs and key not in may:
            raise ConfigurationError(
                f"[[destination]] {given.name}: the key {key} has no meaning for a {given.kind}. "
                f"Take it out; a {given.kind} takes {', '.join((*needs, *may)) or 'none of these'}."
            )
    common = {
        "name": given.name,
        "format": MessageFormat(given.format),
        "minimum": Severity(given.minimum) if given.minimum else None,
    }
    return build(given, common)


def _stdout(_: Given, common: Mapping[str, Any]) -> DestinationSettings:
    return StdoutSettings(**common)


def _file(given: Given, common: Mapping[str, Any]) -> DestinationSettings:
    return JournalSettings(**common, path=given.path or Path())


def _syslog(given: Given, common: Mapping[str, Any]) -> DestinationSettings:
    endpoint = _endpoint(given, ("tls", "tcp", "udp"))
    return SyslogSettings(**common, endpoint=endpoint, ca_file=given.ca_file)


def _webhook(given: Given, common: Mapping[str, Any]) -> DestinationSettings:
    secret = _secret(given)
    if len(secret) < SHORTEST_SECRET:
        raise ConfigurationError(
            f"[[destination]] {given.name}: the secret is too short; make one with "
            "openssl rand -hex 32."
        )
    return WebhookSettings(**common, url=given.url or "", secret=secret, ca_file=given.ca_file)


def _mail(given: Given, common: Mapping[str, Any]) -> DestinationSettings:
    return MailSettings(
        **common,
        endpoint=_endpoint(given, ("smtp", "smtp+starttls", "smtps")),
        sender=given.sender or "",
        recipients=given.recipients,
        user=given.user or "",
        password=_secret(given).decode() if given.secret_file else "",
        ca_file=given.ca_file,
    )


Build = Callable[[Given, Mapping[str, Any]], DestinationSettings]
#: Keys that only some kinds have.
DETAILS = ("path", "address", "url", "secret_file", "ca_file", "sender", "recipients", "user")
#: Kind -> how it is made, what it needs, and what it may have.
KINDS: Mapping[str, tuple[Build, tuple[str, ...], tuple[str, ...]]] = {
    "stdout": (_stdout, (), ()),
    "file": (_file, ("path",), ()),
    "syslog": (_syslog, ("address",), ("ca_file",)),
    "webhook": (_webhook, ("url", "secret_file"), ("ca_file",)),
    "mail": (_mail, ("address", "sender", "recipients"), ("user", "secret_file", "ca_file")),
}


def _endpoint(given: Given, transports: tuple[str, ...]) -> Endpoint:
    endpoint = Endpoint.parse(given.address or "")
    if endpoint.transport not in transports:
        raise ConfigurationError(
            f"[[destination]] {given.name}: {endpoint.transport}:// is no address for a "
            f"{given.kind}; write {', '.join(f'{each}://' for each in transports)}."
        )
    return endpoint


def _secret(given: Given) -> bytes:
    path = given.secret_file or Path()
    try:
        with path.open("rb") as file:
            octets = file.read(LARGEST_SECRET + 1)
        octets.decode()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise ConfigurationError(f"{path}: the secret cannot be read ({reason}).") from error
    secret = octets.strip()
    if not secret or len(octets) > LARGEST_SECRET or b"\n" in secret:
        raise ConfigurationError(f"{path}: a secret is one line of text.")
    return secret
