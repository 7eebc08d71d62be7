"""The sections of the response: what is done about findings, and how it reaches the resolvers."""

# ruff: noqa: RUF009 - key returns a dataclass field
from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from fluxhound.config import values
from fluxhound.config.values import key

MODES = ("observe", "alert", "log", "block", "sinkhole")
ANSWERS = ("nxdomain", "nodata")
ALGORITHMS = ("hmac-sha256", "hmac-sha384", "hmac-sha512")


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseSettings:
    """What is done about findings. As it comes, nothing is published."""

    mode: str = key(
        "The most that is ever done: `observe`, `alert`, `log` (a log-only zone), `block`, "
        "`sinkhole`.",
        values.one_of(*MODES),
        env="RESPONSE_MODE",
        example='"log"',
        default="alert",
    )
    answer: str = key(
        "How a blocked name is answered: `nxdomain` or `nodata`.",
        values.one_of(*ANSWERS),
        env="RESPONSE_ANSWER",
        example='"nodata"',
        default="nxdomain",
    )
    sinkhole: tuple[str, ...] = key(
        "Addresses of your sinkhole, IPv4 and IPv6; without one, names are blocked instead.",
        values.texts,
        env="RESPONSE_SINKHOLE",
        example='["192.0.2.1", "2001:db8::1"]',
        default=(),
    )
    sinkhole_name: str | None = key(
        "Name of your sinkhole, if names are to lead there by CNAME instead of by address.",
        values.text,
        env="RESPONSE_SINKHOLE_NAME",
        example='"sinkhole.example.org"',
    )
    expiry: timedelta = key(
        "An entry ends after this, unless the behaviour goes on.",
        values.duration,
        env="RESPONSE_EXPIRY",
        example='"7d"',
        default=timedelta(days=7),
    )
    continuing: timedelta = key(
        "The behaviour goes on as long as it was seen within this; else the entry runs out.",
        values.duration,
        env="RESPONSE_CONTINUING",
        example='"24h"',
        default=timedelta(hours=24),
    )
    own: tuple[str, ...] = key(
        "Your own domains: with all below and above them they are never touched.",
        values.texts,
        env="RESPONSE_OWN",
        example='["example.org"]',
        default=(),
    )
    never_file: Path | None = key(
        "File with names that are never touched, one in a line.",
        values.path,
        env="RESPONSE_NEVER_FILE",
        example='"/etc/fluxhound/never.txt"',
    )
    resolvers: tuple[str, ...] = key(
        "Addresses of your resolvers and their forwarders: no rule may hit them.",
        values.texts,
        env="RESPONSE_RESOLVERS",
        example='["192.0.2.53"]',
        default=(),
    )
    ceiling: int = key(
        "Entries in total, at the most.",
        values.number(0, 1_000_000),
        env="RESPONSE_CEILING",
        example="10000",
        default=10_000,
    )
    ceiling_per_hour: int = key(
        "Entries that are added or raised within an hour, at the most.",
        values.number(0, 1_000_000),
        env="RESPONSE_CEILING_PER_HOUR",
        example="50",
        default=50,
    )
    auto: bool = key(
        "Whether entries above the thresholds below need no person's approval.",
        values.switch,
        env="RESPONSE_AUTO",
        example="true",
        default=False,
    )
    auto_flux: float = key(
        "Flux score from which on an entry may be approved by itself.",
        values.share,
        env="RESPONSE_AUTO_FLUX",
        example="0.99",
        default=0.99,
    )
    auto_malice: float = key(
        "Malice score from which on an entry may be approved by itself.",
        values.share,
        env="RESPONSE_AUTO_MALICE",
        example="0.8",
        default=0.8,
    )
    auto_clients: int = key(
        "Clients that asked for it, at the most, for an entry that is approved by itself.",
        values.number(0, 1_000_000),
        env="RESPONSE_AUTO_CLIENTS",
        example="20",
        default=20,
    )
    nsdname: bool = key(
        "Whether rules may name the name servers of double flux.",
        values.switch,
        env="RESPONSE_NSDNAME",
        example="true",
        default=False,
    )
    nsip: bool = key(
        "Whether rules may name the addresses of those name servers.",
        values.switch,
        env="RESPONSE_NSIP",
        example="true",
        default=False,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishSettings:
    """The hidden primary that serves the rules to your resolvers."""

    primary: str | None = key(
        "Where it takes updates: HOST:PORT. Without one, nothing is published.",
        values.listen,
        env="PUBLISH_PRIMARY",
        example='"127.0.0.1:5402"',
    )
    zone: str = key(
        "What the names of the zones end with: `pass.`, `block.`, `servers.` and `watch.` stand "
        "before it.",
        values.text,
        env="PUBLISH_ZONE",
        example='"rpz.fluxhound"',
        default="rpz.fluxhound",
    )
    key_name: str = key(
        "Name of the TSIG key.",
        values.text,
        env="PUBLISH_KEY_NAME",
        example='"fluxhound"',
        default="fluxhound",
    )
    key_file: Path | None = key(
        "File with the TSIG key in base64, readable by the service alone.",
        values.path,
        env="PUBLISH_KEY_FILE",
        example='"/etc/fluxhound/tsig.key"',
    )
    algorithm: str = key(
        "Algorithm of the TSIG key.",
        values.one_of(*ALGORITHMS),
        env="PUBLISH_ALGORITHM",
        example='"hmac-sha512"',
        default="hmac-sha256",
    )
    notify: tuple[str, ...] = key(
        "Resolvers that are told of changes at once, where the primary takes its time: "
        "`bind:ADDRESS` or `unbound:ADDRESS`, and a port.",
        values.texts,
        env="PUBLISH_NOTIFY",
        example='["unbound:192.0.2.53"]',
        default=(),
    )
