"""Settings from a TOML file and the environment: frozen, typed, each documented where it stands.

Order of precedence: command line, environment, file, default. A key that does not exist is an
error, so that a misspelt one cannot be silently without effect.
"""

# ruff: noqa: RUF009 - _key returns a dataclass field
from __future__ import annotations

import dataclasses
import difflib
import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fluxhound.errors import ConfigurationError
from fluxhound.quantities import parse_size

#: Names the configuration file, if ``--config`` does not.
CONFIG_VARIABLE = "FLUXHOUND_CONFIG"
PREFIX = "FLUXHOUND_"

SEVERITIES = ("info", "low", "medium", "high", "critical")
OUTPUT_FORMATS = ("table", "jsonl", "json", "csv", "markdown", "html")
COLOR_CHOICES = ("auto", "always", "never")
TIME_UNITS = ("s", "ms", "us", "ns")

#: A configuration file larger than this is none. Chosen, not measured.
LARGEST_FILE = 1 << 20
SMALLEST_MEMORY = 64 << 20  # DuckDB and a reader's blocks need about this much. Chosen.

# What a key may hold. Each takes the TOML value or the environment's text, returns the setting,
# and raises ValueError with a sentence about the value.


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("give a text in quotes")
    return value


def _path(value: object) -> Path:
    return Path(_text(value)).expanduser()


def _memory(value: object) -> int:
    size = (
        value
        if isinstance(value, int) and not isinstance(value, bool)
        else parse_size(_text(value))
    )
    if size < SMALLEST_MEMORY:
        raise ValueError(f"{value} is too little; give at least 64MiB")
    return size


def _threads(value: object) -> int:
    number = int(value) if isinstance(value, str) and value.isdecimal() else value
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= 1024:  # noqa: PLR2004 - more cores than any machine has
        raise ValueError("give a whole number from 1 to 1024")
    return number


def _switch(value: object) -> bool:
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    answer = words.get(value.lower()) if isinstance(value, str) else value
    if not isinstance(answer, bool):
        raise ValueError("give true or false")  # noqa: TRY004 - one kind of error for values
    return answer


def _one_of(*choices: str) -> Callable[[object], str]:
    def parse(value: object) -> str:
        if value not in choices:
            raise ValueError(f"give one of {', '.join(choices)}{_nearest(str(value), choices)}")
        return str(value)

    return parse


def _columns(value: object) -> Mapping[str, str]:
    if isinstance(value, str):  # from the environment: "name=qname,time=ts"
        pairs = [part.partition("=") for part in value.split(",")]
        if not all(ours.strip() and theirs.strip() for ours, _, theirs in pairs):
            raise ValueError("write pairs such as name=qname,time=ts")
        return {ours.strip(): theirs.strip() for ours, _, theirs in pairs}
    if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
        raise ValueError('give a table such as {name = "qname", time = "ts"}')
    return dict(value)


def _key(
    doc: str, parse: Callable[[object], Any], *, env: str, example: str, default: object = None
) -> Any:
    """Declare one key: what it does, how its value is read, and an example for the docs."""
    metadata = {"doc": doc, "parse": parse, "env": PREFIX + env, "example": example}
    if isinstance(default, dict):
        return field(default_factory=dict, metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSettings:
    """How inputs are read."""

    format: str | None = _key(
        "Format of every input, as listed by `fluxhound formats`; told by the content if not set.",
        _text,
        env="INPUT_FORMAT",
        example='"zeek"',
    )
    sensor: str | None = _key(
        "Name of the vantage point; the resolver's address is taken where the source has it.",
        _text,
        env="SENSOR",
        example='"branch-office"',
    )
    columns: Mapping[str, str] = _key(
        "For tables: our column and theirs, where theirs is not found by its usual names.",
        _columns,
        env="COLUMNS",
        example='{ name = "host", time = "seen" }',
        default={},
    )
    time_unit: str | None = _key(
        "For tables: unit of numeric times (`s`, `ms`, `us`, `ns`); told by their size if not set.",
        _one_of(*TIME_UNITS),
        env="TIME_UNIT",
        example='"ms"',
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """What the engine may use."""

    memory: int = _key(
        "Memory the engine may use; beyond it, it spills to the temporary folder.",
        _memory,
        env="MEMORY",
        example='"2GiB"',
        default=2 << 30,
    )
    threads: int | None = _key(
        "Threads; as many as the machine has cores if not set.",
        _threads,
        env="THREADS",
        example="2",
    )
    store: Path | None = _key(
        "File that keeps the history between runs; kept in memory only if not set.",
        _path,
        env="STORE",
        example='"flux.duckdb"',
    )
    temporary: Path | None = _key(
        "Folder to spill to; the system's temporary folder if not set.",
        _path,
        env="TEMPORARY",
        example='"/var/tmp"',
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TablesSettings:
    """Which tables tell about addresses."""

    enabled: bool = _key(
        "Whether any table is used; without one the evidence says that there is no ASN data.",
        _switch,
        env="TABLES",
        example="true",
        default=True,
    )
    asn: Path | None = _key(
        "Your own table of autonomous systems (MMDB or CSV) in place of the embedded one.",
        _path,
        env="ASN_TABLE",
        example='"GeoLite2-ASN.mmdb"',
    )
    country: Path | None = _key(
        "Your own table of countries (MMDB or CSV) in place of the embedded one.",
        _path,
        env="COUNTRY_TABLE",
        example='"GeoLite2-Country.mmdb"',
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectionSettings:
    """When a finding is an alarm."""

    fail_on: str | None = _key(
        "Exit with status 1 if a finding has this severity or a higher one.",
        _one_of(*SEVERITIES),
        env="FAIL_ON",
        example='"high"',
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputSettings:
    """How results are shown."""

    format: str | None = _key(
        "Output format; `table` on a terminal and `jsonl` in a pipe if not set.",
        _one_of(*OUTPUT_FORMATS),
        env="OUTPUT_FORMAT",
        example='"csv"',
    )
    defang: bool = _key(
        "Whether names and addresses are made unclickable in output for people.",
        _switch,
        env="DEFANG",
        example="true",
        default=True,
    )
    color: str = _key(
        "Colour on the terminal: `auto`, `always` or `never`; `NO_COLOR` is honoured.",
        _one_of(*COLOR_CHOICES),
        env="COLOR",
        example='"never"',
        default="auto",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings, one attribute for each section of the file."""

    input: InputSettings = field(default_factory=InputSettings)
    engine: EngineSettings = field(default_factory=EngineSettings)
    tables: TablesSettings = field(default_factory=TablesSettings)
    detection: DetectionSettings = field(default_factory=DetectionSettings)
    output: OutputSettings = field(default_factory=OutputSettings)


SECTIONS: Mapping[str, type] = {
    "input": InputSettings,
    "engine": EngineSettings,
    "tables": TablesSettings,
    "detection": DetectionSettings,
    "output": OutputSettings,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key of the configuration, for reading and for the docs."""

    section: str
    name: str
    env: str
    doc: str
    example: str
    default: object
    parse: Callable[[object], Any]


def keys() -> Iterator[Key]:
    """Yield every key there is, in the order of the file."""
    for section, settings in SECTIONS.items():
        defaults = settings()
        for each in dataclasses.fields(settings):
            metadata = each.metadata
            yield Key(
                section=section,
                name=each.name,
                env=metadata["env"],
                doc=metadata["doc"],
                example=metadata["example"],
                default=getattr(defaults, each.name),
                parse=metadata["parse"],
            )


def _nearest(word: str, known: tuple[str, ...] | list[str], *, cutoff: float = 0.6) -> str:
    close = difflib.get_close_matches(word, known, n=1, cutoff=cutoff)
    return f" (did you mean {close[0]}?)" if close else ""


def _line_of(text: str, section: str, name: str) -> int:
    """Return the number of the line where a key stands: a guess that is right for usual files."""
    inside = ""
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[+\s*([\w.\"-]+)\s*\]+", line)
        if header:
            inside = header[1]
            if inside == section and not name:
                return number
        key = re.match(r"\s*([\w.\"-]+)\s*=", line)
        if key and key[1].strip('"') in ({name} if inside == section else {f"{section}.{name}"}):
            return number
    return 1


def _from_file(path: Path) -> tuple[dict[str, Any], str]:
    """Return the file's tables and its text.

    Raises:
        ConfigurationError: if it cannot be read, or is no TOML.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            raise ConfigurationError(f"{path}: this is too large for a configuration file.")
        text = content.decode("utf-8")
        return tomllib.loads(text), text
    except OSError as error:
        raise ConfigurationError(
            f"{path}: the configuration file cannot be read ({error.strerror}). Check --config "
            f"and {CONFIG_VARIABLE}."
        ) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigurationError(f"{path}: not a TOML file ({error}).") from error


def _check_names(tables: Mapping[str, Any], text: str, path: Path) -> None:
    for section, table in tables.items():
        if section not in SECTIONS:
            line = (
                _line_of(text, section, "")
                if isinstance(table, dict)
                else _line_of(text, "", section)
            )
            raise ConfigurationError(
                f"{path}:{line}: there is no section [{section}]"
                f"{_nearest(section, list(SECTIONS))}. The sections are {', '.join(SECTIONS)}."
            )
        if not isinstance(table, dict):
            raise ConfigurationError(
                f"{path}:{_line_of(text, '', section)}: {section} is a section; write [{section}]."
            )
        known = [each.name for each in dataclasses.fields(SECTIONS[section])]
        for name in table:
            if name not in known:
                raise ConfigurationError(
                    f"{path}:{_line_of(text, section, name)}: there is no key {name!r} in "
                    f"[{section}]{_nearest(name, known)}. Its keys are {', '.join(known)}."
                )


def _check_variables(environment: Mapping[str, str], known: list[str]) -> None:
    """Refuse a variable that is a misspelt key; others with our prefix may be somebody else's."""
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in known:
            close = _nearest(name, known, cutoff=0.85)
            if close:
                raise ConfigurationError(f"The environment variable {name} is not known{close}.")


def load(path: Path | None = None, *, environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings from *path* (or the file that FLUXHOUND_CONFIG names) and *environment*.

    Raises:
        ConfigurationError: if a file cannot be read, a key does not exist, or a value is wrong.
    """
    environment = os.environ if environment is None else environment
    if path is None and environment.get(CONFIG_VARIABLE):
        path = Path(environment[CONFIG_VARIABLE])
    tables, text = _from_file(path) if path else ({}, "")
    if path:
        _check_names(tables, text, path)
    _check_variables(environment, [CONFIG_VARIABLE, *(key.env for key in keys())])

    values: dict[str, dict[str, Any]] = {section: {} for section in SECTIONS}
    for key in keys():
        if environment.get(key.env):
            where, value = key.env, environment[key.env]
        elif key.name in tables.get(key.section, {}):
            where = f"{path}:{_line_of(text, key.section, key.name)}: {key.name}"
            value = tables[key.section][key.name]
        else:
            continue
        try:
            values[key.section][key.name] = key.parse(value)
        except ValueError as error:
            raise ConfigurationError(f"{where}: {error}.") from error
    return Settings(**{section: SECTIONS[section](**given) for section, given in values.items()})
