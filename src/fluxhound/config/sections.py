"""The sections for reading, judging and showing; the service's are in ``live``.

Each key is documented where it stands.
"""

# ruff: noqa: RUF009 - key returns a dataclass field
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fluxhound.config import values
from fluxhound.config.values import key

SEVERITIES = ("info", "low", "medium", "high", "critical")
OUTPUT_FORMATS = ("table", "jsonl", "json", "csv", "markdown", "html")
COLOR_CHOICES = ("auto", "always", "never")
TIME_UNITS = ("s", "ms", "us", "ns")


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSettings:
    """How inputs are read."""

    format: str | None = key(
        "Format of every input, as listed by `fluxhound formats`; told by the content if not set.",
        values.text,
        env="INPUT_FORMAT",
        example='"zeek"',
    )
    sensor: str | None = key(
        "Name of the vantage point; the resolver's address is taken where the source has it.",
        values.text,
        env="SENSOR",
        example='"branch-office"',
    )
    columns: Mapping[str, str] = key(
        "For tables: our column and theirs, where theirs is not found by its usual names.",
        values.columns,
        env="COLUMNS",
        example='{ name = "host", time = "seen" }',
        default={},
    )
    time_unit: str | None = key(
        "For tables: unit of numeric times (`s`, `ms`, `us`, `ns`); told by their size if not set.",
        values.one_of(*TIME_UNITS),
        env="TIME_UNIT",
        example='"ms"',
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """What the engine may use."""

    memory: int = key(
        "Memory the engine may use; beyond it, it spills to the temporary folder.",
        values.memory,
        env="MEMORY",
        example='"2GiB"',
        default=2 << 30,
    )
    threads: int | None = key(
        "Threads; as many as the machine has cores if not set.",
        values.threads,
        env="THREADS",
        example="2",
    )
    store: Path | None = key(
        "File that keeps the history between runs; kept in memory only if not set.",
        values.path,
        env="STORE",
        example='"flux.duckdb"',
    )
    temporary: Path | None = key(
        "Folder to spill to; the system's temporary folder if not set.",
        values.path,
        env="TEMPORARY",
        example='"/var/tmp"',
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TablesSettings:
    """Which tables tell about addresses."""

    enabled: bool = key(
        "Whether any table is used; without one the evidence says that there is no ASN data.",
        values.switch,
        env="TABLES",
        example="true",
        default=True,
    )
    asn: Path | None = key(
        "Your own table of autonomous systems (MMDB or CSV) in place of the embedded one.",
        values.path,
        env="ASN_TABLE",
        example='"GeoLite2-ASN.mmdb"',
    )
    country: Path | None = key(
        "Your own table of countries (MMDB or CSV) in place of the embedded one.",
        values.path,
        env="COUNTRY_TABLE",
        example='"GeoLite2-Country.mmdb"',
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectionSettings:
    """When a finding is an alarm."""

    fail_on: str | None = key(
        "Exit with status 1 if a finding has this severity or a higher one.",
        values.one_of(*SEVERITIES),
        env="FAIL_ON",
        example='"high"',
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputSettings:
    """How results are shown."""

    format: str | None = key(
        "Output format; `table` on a terminal and `jsonl` in a pipe if not set.",
        values.one_of(*OUTPUT_FORMATS),
        env="OUTPUT_FORMAT",
        example='"csv"',
    )
    defang: bool = key(
        "Whether names and addresses are made unclickable in output for people.",
        values.switch,
        env="DEFANG",
        example="true",
        default=True,
    )
    color: str = key(
        "Colour on the terminal: `auto`, `always` or `never`; `NO_COLOR` is honoured.",
        values.one_of(*COLOR_CHOICES),
        env="COLOR",
        example='"never"',
        default="auto",
    )
