"""The sections of the service: inputs, how long things are kept, alerts and where they go."""

# ruff: noqa: RUF009 - key returns a dataclass field
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from fluxhound.config import values
from fluxhound.config.sections import SEVERITIES
from fluxhound.config.values import key

DESTINATION_KINDS = ("stdout", "file", "syslog", "webhook", "mail")
ALERT_FORMATS = ("json", "ecs", "ocsf", "cef", "leef")
STARTS = ("end", "beginning")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings:
    """How the service runs."""

    listen: str = key(
        "Where the HTTP interface listens, or `none`; beyond this machine only if you say so.",
        values.listen,
        env="LISTEN",
        example='"127.0.0.1:8053"',
        default="127.0.0.1:8053",
    )
    token_file: Path | None = key(
        "File with the tokens of the HTTP interface; made beside the store at the first start.",
        values.path,
        env="TOKEN_FILE",
        example='"/var/lib/fluxhound/tokens.toml"',
    )
    link: str | None = key(
        "What links in alerts begin with; the address of the HTTP interface if not set.",
        values.text,
        env="LINK",
        example='"https://flux.example"',
    )
    sweep_every: timedelta = key(
        "At least this long between two judgements of the whole store.",
        values.duration,
        env="SWEEP_EVERY",
        example='"10m"',
        default=timedelta(minutes=10),
    )
    horizon: timedelta = key(
        "How far back the service looks when it judges a name.",
        values.duration,
        env="HORIZON",
        example='"7d"',
        default=timedelta(days=7),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionSettings:
    """How long the store keeps what."""

    hourly: timedelta = key(
        "History by the hour; older than this it is kept by the day.",
        values.duration,
        env="RETENTION_HOURLY",
        example='"30d"',
        default=timedelta(days=30),
    )
    daily: timedelta = key(
        "History of any kind; older than this it is purged.",
        values.duration,
        env="RETENTION_DAILY",
        example='"365d"',
        default=timedelta(days=365),
    )
    clients: timedelta = key(
        "Which clients asked; older than this it is purged.",
        values.duration,
        env="RETENTION_CLIENTS",
        example='"14d"',
        default=timedelta(days=14),
    )
    disk: int = key(
        "Size of the store at which the oldest history goes, that of suspicious names last.",
        values.size,
        env="RETENTION_DISK",
        example='"20GiB"',
        default=20 << 30,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientsSettings:
    """What is remembered of those who asked."""

    record: bool = key(
        "Whether it is recorded which clients asked for which names.",
        values.switch,
        env="CLIENTS_RECORD",
        example="true",
        default=True,
    )
    pseudonymise: bool = key(
        "Whether clients are kept as keyed hashes instead of addresses.",
        values.switch,
        env="CLIENTS_PSEUDONYMISE",
        example="true",
        default=True,
    )
    key_file: Path | None = key(
        "File with the key of the hashes; made beside the store at the first start.",
        values.path,
        env="CLIENTS_KEY_FILE",
        example='"/etc/fluxhound/clients.key"',
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorSettings:
    """One input of the service and the vantage point that it shows."""

    name: str = key(
        "Its name: its position is kept under it, and its vantage points are called by it.",
        values.label,
        example='"resolver-1"',
        required=True,
    )
    input: str = key(
        "What to read: a file or pattern to follow, `dnstap+unix:PATH`, `dnstap+tcp://HOST:PORT`, "
        "`redis://HOST/DB?stream=NAME`, `nats://HOST?stream=NAME` or `kafka://HOST?topic=NAME`.",
        values.text,
        example='"dnstap+unix:/run/fluxhound/dnstap.sock"',
        required=True,
    )
    format: str | None = key(
        "Its format, as listed by `fluxhound formats`; told by the content if not set.",
        values.text,
        example='"zeek"',
    )
    vantage: str | None = key(
        "Name of the one vantage point that it shows. If not set, each resolver that the records "
        "name is one, as NAME/RESOLVER.",
        values.text,
        example='"branch-office"',
    )
    start: str = key(
        "Where to begin if no position is stored: at the `end` or the `beginning`.",
        values.one_of(*STARTS),
        example='"beginning"',
        default="end",
    )
    silent_after: timedelta = key(
        "Without a record for this long, the input is reported as silent.",
        values.duration,
        example='"10m"',
        default=timedelta(minutes=10),
    )
    password_file: Path | None = key(
        "File with the password for a broker.", values.path, example='"/etc/fluxhound/redis"'
    )
    ca_file: Path | None = key(
        "Certificates that a broker's own is checked with; the system's if not set.",
        values.path,
        example='"/etc/ssl/broker.pem"',
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsSettings:
    """Which changes of findings are told, and when."""

    minimum: str = key(
        "Tell only of findings of this severity or a higher one.",
        values.one_of(*SEVERITIES),
        env="ALERTS_MINIMUM",
        example='"medium"',
        default="low",
    )
    ceiling_per_hour: int = key(
        "Alerts for each destination and hour; more are told as one sum. Critical ones always go.",
        values.number(1, 1_000_000),
        env="ALERTS_CEILING_PER_HOUR",
        example="100",
        default=100,
    )
    end_after: timedelta = key(
        "A finding ends when it was not seen for this long.",
        values.duration,
        env="ALERTS_END_AFTER",
        example='"24h"',
        default=timedelta(hours=24),
    )
    quiet: tuple[Mapping[str, str], ...] = key(
        "Quiet times, in which only critical alerts go out; the others wait.",
        values.quiet_times,
        example='[{ days = "sat,sun", from = "22:00", until = "06:00", zone = "UTC" }]',
        default=(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationSettings:
    """One place where alerts go."""

    name: str = key("Its name, in metrics and logs.", values.label, example='"siem"', required=True)
    kind: str = key(
        "`stdout`, `file`, `syslog`, `webhook` or `mail`.",
        values.one_of(*DESTINATION_KINDS),
        example='"syslog"',
        required=True,
    )
    format: str = key(
        "How alerts are written: `json`, `ecs`, `ocsf`, `cef` or `leef`.",
        values.one_of(*ALERT_FORMATS),
        example='"cef"',
        default="json",
    )
    minimum: str | None = key(
        "As in [alerts], for this destination.", values.one_of(*SEVERITIES), example='"high"'
    )
    path: Path | None = key(
        "Of a file: its path.", values.path, example='"/var/log/fluxhound/alerts.jsonl"'
    )
    address: str | None = key(
        "Of syslog: `tls://HOST:PORT`, `tcp://HOST:PORT` or `udp://HOST:PORT`. Of mail: "
        "`smtp://HOST`, `smtp+starttls://HOST` or `smtps://HOST`.",
        values.text,
        example='"tls://siem.example:6514"',
    )
    url: str | None = key(
        "Of a webhook: its URL.", values.text, example='"https://soar.example/hooks/flux"'
    )
    secret_file: Path | None = key(
        "Of a webhook: file with the secret that signs. Of mail: file with the password.",
        values.path,
        example='"/etc/fluxhound/hook.secret"',
    )
    ca_file: Path | None = key(
        "Certificates that the other side's is checked with; the system's if not set.",
        values.path,
        example='"/etc/ssl/siem.pem"',
    )
    sender: str | None = key(
        "Of mail: who it is from.", values.text, example='"fluxhound@example.org"'
    )
    recipients: tuple[str, ...] = key(
        "Of mail: who it is for.", values.texts, example='["soc@example.org"]', default=()
    )
    user: str | None = key("Of mail: the user to log in as.", values.text, example='"fluxhound"')
