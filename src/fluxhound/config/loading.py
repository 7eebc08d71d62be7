"""Settings from a TOML file and the environment: frozen, typed, each documented where it stands.

Order of precedence: command line, environment, file, default. A key that does not exist is an
error, so that a misspelt one cannot be silently without effect.
"""

from __future__ import annotations

import dataclasses
import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fluxhound.config.intel import BrandsSettings, IntelSettings
from fluxhound.config.live import (
    AlertsSettings,
    ClientsSettings,
    DestinationSettings,
    RetentionSettings,
    SensorSettings,
    ServiceSettings,
)
from fluxhound.config.response import PublishSettings, ResponseSettings
from fluxhound.config.sections import (
    DetectionSettings,
    EngineSettings,
    InputSettings,
    OutputSettings,
    TablesSettings,
)
from fluxhound.config.sharing import SharingSettings
from fluxhound.config.values import PREFIX, nearest
from fluxhound.errors import ConfigurationError

#: Names the configuration file, if ``--config`` does not.
CONFIG_VARIABLE = "FLUXHOUND_CONFIG"

#: A configuration file larger than this is none. Chosen, not measured.
LARGEST_FILE = 1 << 20
#: Tables of one list, such as sensors. Chosen, not measured.
LONGEST_LIST = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings, one attribute for each section of the file."""

    input: InputSettings = field(default_factory=InputSettings)
    engine: EngineSettings = field(default_factory=EngineSettings)
    tables: TablesSettings = field(default_factory=TablesSettings)
    detection: DetectionSettings = field(default_factory=DetectionSettings)
    output: OutputSettings = field(default_factory=OutputSettings)
    service: ServiceSettings = field(default_factory=ServiceSettings)
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    clients: ClientsSettings = field(default_factory=ClientsSettings)
    alerts: AlertsSettings = field(default_factory=AlertsSettings)
    response: ResponseSettings = field(default_factory=ResponseSettings)
    publish: PublishSettings = field(default_factory=PublishSettings)
    sharing: SharingSettings = field(default_factory=SharingSettings)
    brands: BrandsSettings = field(default_factory=BrandsSettings)
    #: One for each table [[intel]], [[sensor]] and [[destination]].
    intel: tuple[IntelSettings, ...] = ()
    sensor: tuple[SensorSettings, ...] = ()
    destination: tuple[DestinationSettings, ...] = ()


SECTIONS: Mapping[str, type] = {
    "input": InputSettings,
    "engine": EngineSettings,
    "tables": TablesSettings,
    "detection": DetectionSettings,
    "output": OutputSettings,
    "service": ServiceSettings,
    "retention": RetentionSettings,
    "clients": ClientsSettings,
    "alerts": AlertsSettings,
    "response": ResponseSettings,
    "publish": PublishSettings,
    "sharing": SharingSettings,
    "brands": BrandsSettings,
}
#: Sections that are lists: one table [[name]] for each member, with a name of its own.
LISTS: Mapping[str, type] = {
    "intel": IntelSettings,
    "sensor": SensorSettings,
    "destination": DestinationSettings,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key of the configuration, for reading and for the docs."""

    section: str
    name: str
    env: str  # "" for a key of a list's tables
    doc: str
    example: str
    default: object
    required: bool
    parse: Callable[[object], Any]


def keys() -> Iterator[Key]:
    """Yield every key there is, in the order of the file."""
    for section, settings in {**SECTIONS, **LISTS}.items():
        for each in dataclasses.fields(settings):
            metadata = each.metadata
            yield Key(
                section=section,
                name=each.name,
                env=metadata["env"],
                doc=metadata["doc"],
                example=metadata["example"],
                default={} if each.default is dataclasses.MISSING else each.default,
                required=metadata["required"],
                parse=metadata["parse"],
            )


def _line_of(text: str, section: str, name: str, place: int = 0) -> int:
    """Return the number of the line where a key stands: a guess that is right for usual files.

    *place* counts the tables of a list.
    """
    inside, seen = "", -1 if section else 0
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[+\s*([\w.\"-]+)\s*\]+", line)
        if header:
            inside = header[1]
            seen += inside == section
            if inside == section and not name and seen >= place:
                return number
        key = re.match(r"\s*([\w.\"-]+)\s*=", line)
        if key and key[1].strip('"') in ({name} if inside == section else {f"{section}.{name}"}):
            if inside == section and seen < place:
                continue
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


@dataclass(frozen=True, slots=True)
class _File:
    """A configuration file: its tables, and what messages about it need."""

    path: Path | None
    tables: Mapping[str, Any]
    text: str

    def at(self, section: str, name: str, place: int = 0) -> str:
        """Return where a key or section stands."""
        return f"{self.path}:{_line_of(self.text, section, name, place)}"

    def check(self) -> None:
        """Refuse sections that do not exist, or of the wrong kind, and keys that do not exist."""
        for section, table in self.tables.items():
            if section in LISTS:
                self._check_list(section, table)
            elif section in SECTIONS:
                if not isinstance(table, dict):
                    raise ConfigurationError(
                        f"{self.at('', section)}: {section} is a section; write [{section}]."
                    )
                self._check_keys(section, table)
            else:
                known = [*SECTIONS, *LISTS]
                where = (
                    self.at("", section)
                    if not isinstance(table, (dict, list))
                    else self.at(section, "")
                )
                raise ConfigurationError(
                    f"{where}: there is no section [{section}]{nearest(section, known)}. "
                    f"The sections are {', '.join(known)}."
                )

    def _check_list(self, section: str, tables: object) -> None:
        if not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables):
            where = self.at(section, "") if isinstance(tables, dict) else self.at("", section)
            raise ConfigurationError(f"{where}: {section} is a list; write [[{section}]].")
        if len(tables) > LONGEST_LIST:
            raise ConfigurationError(
                f"{self.path}: there are more than {LONGEST_LIST} tables [[{section}]]."
            )
        for place, table in enumerate(tables):
            self._check_keys(section, table, place)
        names = [table.get("name") for table in tables]
        for place, name in enumerate(names):
            if name in names[:place]:
                raise ConfigurationError(
                    f"{self.at(section, 'name', place)}: there are two [[{section}]] with the "
                    f"name {name!r}. Give each its own."
                )

    def _check_keys(self, section: str, table: Mapping[str, Any], place: int = 0) -> None:
        known = [each.name for each in dataclasses.fields({**SECTIONS, **LISTS}[section])]
        for name in table:
            if name not in known:
                raise ConfigurationError(
                    f"{self.at(section, name, place)}: there is no key {name!r} in "
                    f"[{section}]{nearest(name, known)}. Its keys are {', '.join(known)}."
                )

    def members(self, section: str) -> tuple[Any, ...]:
        """Return the settings of each table of a list."""
        found = []
        for place, table in enumerate(self.tables.get(section, [])):
            given = {}
            for key in keys():
                if key.section != section:
                    continue
                if key.name in table:
                    where = f"{self.at(section, key.name, place)}: {key.name}"
                    given[key.name] = _parsed(key, table[key.name], where)
                elif key.required:
                    raise ConfigurationError(
                        f"{self.at(section, '', place)}: [[{section}]] needs the key {key.name}, "
                        f"for example {key.name} = {key.example}."
                    )
            found.append(LISTS[section](**given))
        return tuple(found)


def _parsed(key: Key, value: object, where: str) -> Any:
    try:
        return key.parse(value)
    except ValueError as error:
        raise ConfigurationError(f"{where}: {error}.") from error


def _check_variables(environment: Mapping[str, str], known: list[str]) -> None:
    """Refuse a variable that is a misspelt key; others with our prefix may be somebody else's."""
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in known:
            close = nearest(name, known, cutoff=0.85)
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
    file = _File(path, *(_from_file(path) if path else ({}, "")))
    file.check()
    variables = [key.env for key in keys() if key.env]
    _check_variables(environment, [CONFIG_VARIABLE, *variables])

    given: dict[str, dict[str, Any]] = {section: {} for section in SECTIONS}
    for key in keys():
        if key.section not in SECTIONS:
            continue
        if key.env and environment.get(key.env):
            given[key.section][key.name] = _parsed(key, environment[key.env], key.env)
        elif key.name in file.tables.get(key.section, {}):
            where = f"{file.at(key.section, key.name)}: {key.name}"
            value = file.tables[key.section][key.name]
            given[key.section][key.name] = _parsed(key, value, where)
    chosen: dict[str, Any] = {name: SECTIONS[name](**values) for name, values in given.items()}
    chosen.update({name: file.members(name) for name in LISTS})
    return Settings(**chosen)
