"""The sections of intelligence: sources with their schedule, and the brands that names imitate."""

# ruff: noqa: RUF009 - key returns a dataclass field
from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from fluxhound.config import values
from fluxhound.config.sharing import TLP_WORDS
from fluxhound.config.values import key, nearest

CLIENTS = ("file", "http", "taxii", "misp")
PURPOSES = ("block", "allow", "context")
#: Kinds of indicators that have a half-life of their own.
KINDS = ("domain", "host", "below", "address", "network", "url")
LARGEST_FEED = 512 << 20

_SOURCE = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")


def source_name(value: object) -> str:
    """Return the name of a source: lower case, as ``fluxhound intel add`` takes it."""
    word = values.text(value)
    if not _SOURCE.fullmatch(word):
        raise ValueError(f"{word!r} is no name for a source; take up to 63 of a-z, 0-9, '.-_'")
    return word


def half_lives(value: object) -> Mapping[str, timedelta]:
    """Return kind -> half-life."""
    if not isinstance(value, dict):
        raise ValueError('give a table such as { address = "3d", domain = "60d" }')  # noqa: TRY004 - one kind of error for values
    for kind in value:
        if kind not in KINDS:
            hint = nearest(str(kind), KINDS)
            raise ValueError(f"there is no kind {kind!r}{hint}; the kinds are {', '.join(KINDS)}")
    return {kind: values.duration(length) for kind, length in value.items()}


def feed_size(value: object) -> int:
    """Return the most octets of one feed."""
    size = values.size(value)
    if not 0 < size <= LARGEST_FEED:
        raise ValueError("give a size up to 512MiB")
    return size


@dataclass(frozen=True, slots=True, kw_only=True)
class IntelSettings:
    """One source of indicators, and when it is fetched again."""

    name: str = key("Its name.", source_name, example='"urlhaus"', required=True)
    location: str = key(
        "Where it is: a file, a folder, the address of a feed, a TAXII 2.1 collection or a MISP "
        "server.",
        values.text,
        example='"https://feeds.example/urlhaus.csv"',
        required=True,
    )
    kind: str | None = key(
        "Who fetches it: `file`, `http`, `taxii` or `misp`; told by the location if not set.",
        values.one_of(*CLIENTS),
        example='"taxii"',
    )
    every: timedelta = key(
        "How often it is fetched.",
        values.duration,
        example='"1h"',
        default=timedelta(hours=6),
    )
    purpose: str = key(
        "What it lists: `block` what is hostile, `allow` what must not be blocked, `context` what "
        "something is.",
        values.one_of(*PURPOSES),
        example='"context"',
        default="block",
    )
    trust: int = key(
        "How far it is believed, in per cent.", values.number(0, 100), example="80", default=60
    )
    half_life: Mapping[str, timedelta] = key(
        "When half the weight of an indicator is gone, by its kind.",
        half_lives,
        example='{ address = "3d", domain = "60d" }',
        default={},
    )
    licence: str | None = key(
        "Its licence, told with what it says.", values.text, example='"CC0-1.0"'
    )
    tlp: str | None = key(
        "Traffic Light Protocol level of what has none.",
        values.one_of(*TLP_WORDS),
        example='"amber"',
    )
    limit: int = key(
        "A larger feed is refused as a whole.",
        feed_size,
        example='"64MiB"',
        default=LARGEST_FEED,
    )
    form: str | None = key(
        "Format: `json`, `csv`, `text` ...; told by the content if not set.",
        values.text,
        example='"csv"',
    )
    columns: Mapping[str, str] = key(
        "For tables: our column (value, type, label ...) and theirs, by name or number.",
        values.columns,
        example='{ value = "ioc", label = "malware" }',
        default={},
    )
    subnames: bool | None = key(
        "Whether every name covers those below it; as the format says if not set.",
        values.switch,
        example="true",
    )
    any_attribute: bool = key(
        "For MISP: also attributes without to_ids.", values.switch, example="true", default=False
    )
    own: tuple[str, ...] = key(
        "Your names and networks: it must never list them.",
        values.texts,
        example='["example.org", "192.0.2.0/24"]',
        default=(),
    )
    secret_file: Path | None = key(
        "File with a token, a key or `user:password`.",
        values.path,
        example='"/etc/fluxhound/urlhaus.key"',
    )
    ca_file: Path | None = key(
        "Certificates that the server's is checked with; the system's if not set.",
        values.path,
        example='"/etc/ssl/intel.pem"',
    )
    proxy: str | None = key(
        "Proxy to fetch it by.", values.text, example='"http://proxy.example:3128"'
    )
    private: bool = key(
        "Whether it may be at a private address.", values.switch, example="true", default=False
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandsSettings:
    """Brands that names may imitate: a sign of phishing, which moves malice alone."""

    own: tuple[str, ...] = key(
        "Your own domains; their words are brands of yours.",
        values.texts,
        env="BRANDS_OWN",
        example='["acmebank.example"]',
        default=(),
    )
    words: tuple[str, ...] = key(
        "Further words that are brands of yours, of four letters and more.",
        values.texts,
        env="BRANDS_WORDS",
        example='["acmepay"]',
        default=(),
    )
    popular: bool = key(
        "Whether imitations of well-known brands are told, too.",
        values.switch,
        env="BRANDS_POPULAR",
        example="true",
        default=True,
    )
