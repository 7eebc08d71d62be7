"""The parameters of every archetype, from parameters.toml, and how a run may change them."""

from __future__ import annotations

import dataclasses
import functools
import tomllib
import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, Literal, TypeAlias

from fluxhound.errors import ConfigurationError
from fluxhound.lab.spread import Spread
from fluxhound.lab.world import DECOYS

Shares: TypeAlias = Mapping[str, float]
#: Seconds between two answers of a name, or how else answers change.
Rotation: TypeAlias = Spread | Literal["ttl", "query", "none"]

ONE = Spread(1, 1)
ZERO = Spread(0, 0)
MILLION = 1_000_000

_NO_SHARES: Shares = types.MappingProxyType({})

NS_SORTS = ("provider", "operator", "own", "bulletproof", "pool")
DEMANDS = ("people", "machines", "calls", "waves")
VIEWS = ("same", "place", "random")
LABELS = ("usual", "fresh", "users", "numbers", "seeds")
STYLES = ("words", "random", "half-random", "dynamic")


@dataclass(frozen=True, slots=True, kw_only=True)
class Archetype:
    """One sort of registered domain. parameters.toml says what each field means."""

    name: str
    flux: bool
    family: str
    hosts: str = ""
    per_million: float = 0.0
    # answers
    answers: Spread = ONE
    ttl: Spread = field(default_factory=lambda: Spread(300, 300))
    rotation_s: Rotation = "none"
    rotation_factor: Spread = ONE
    replaced: Spread = ONE
    hourly: float = 0.0
    view: str = "same"
    by_label: float = 0.0
    decoys: Spread = ZERO
    decoy_sort: str = "popular"
    # the pool
    live: Spread = ONE
    asns: Spread = ONE
    zipf: float = 1.0
    kinds: Shares = field(default_factory=lambda: {"hosting": 1.0})
    countries: Spread = ZERO
    prefixes_per_as: Spread = field(default_factory=lambda: Spread(20, 60))
    lans: Spread = ZERO
    turnover: Spread = ZERO
    reassign: float = 0.0
    diurnal: float = 0.0
    operators: int = 0
    operators_zipf: float = 1.0
    domains_per_pool: Spread = ONE
    places: int = 3
    elsewhere: Spread = ZERO
    # sites of a CDN
    site_slots: Spread = ZERO
    lan_sites: float = 0.0
    maps: int = 1
    several: float = 0.0
    # hosts of one domain
    own_hosts: Spread = ZERO
    drift: Spread = ZERO
    scaling: float = 0.0
    crowding: float = 0.0
    migrates: bool = False
    # names
    names: Spread = ONE
    labels: str = "usual"
    fresh: float = 0.0
    style: str = "words"
    own_answers: float = 0.0
    ip_in_name: float = 0.0
    life_days: Spread = ZERO
    beginning: float = 0.0
    taken_down: float = 0.0
    dual_stack: float = 0.0
    chain: Spread = ZERO
    # name servers
    ns: Shares = field(default_factory=lambda: {"provider": 1.0})
    ns_names: Spread = field(default_factory=lambda: Spread(2, 4))
    ns_ttl: Spread = field(default_factory=lambda: Spread(3600, 86400, log=True))
    ns_rotation_s: Spread = ZERO
    ns_pool_same: float = 1.0
    edge_ns: bool = False
    # who asks
    demand: Shares = field(default_factory=lambda: {"people": 1.0})
    popularity: Spread = ONE

    @property
    def site(self) -> bool:
        """Tell whether answers come from a site near the resolver."""
        return self.site_slots.high > 0

    @property
    def static(self) -> bool:
        """Tell whether each name has its own hosts."""
        return self.rotation_s == "none"

    def changed(self, changes: Mapping[str, object]) -> Archetype:
        """Return the archetype with some parameters replaced.

        Raises:
            ConfigurationError: A parameter does not exist or its value is not usable.
        """
        return dataclasses.replace(self, **_fields(self.name, changes))


@dataclass(frozen=True, slots=True, kw_only=True)
class PopulationParameters:
    """What holds for all domains alike; parameters.toml says what each field means."""

    queries_zipf: float
    queries_low: float
    queries_most: int
    migrating_per_day: float
    name_service_operators: int
    name_service_zipf: float
    glue_share: float
    parent_ttl: int
    ns_ttl: Spread
    glue_lag_h: Spread


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandParameters:
    """How malware and waves of mail ask; parameters.toml says what each field means."""

    victims: Spread
    interval_s: Spread
    always_on: float
    wave_h: Spread


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """Everything the lab draws from."""

    population: PopulationParameters
    demand: DemandParameters
    archetypes: Mapping[str, Archetype]

    def archetype(self, name: str) -> Archetype:
        """Return one archetype.

        Raises:
            ConfigurationError: There is none of that name.
        """
        if name not in self.archetypes:
            known = ", ".join(self.archetypes)
            raise ConfigurationError(f"the lab has no archetype {name!r}; it has {known}")
        return self.archetypes[name]

    def changed(self, overrides: Mapping[str, Mapping[str, object]]) -> Parameters:
        """Return the parameters with those of some archetypes replaced.

        Raises:
            ConfigurationError: An archetype or parameter does not exist or a value is not usable.
        """
        new = {name: self.archetype(name).changed(c) for name, c in overrides.items()}
        return dataclasses.replace(self, archetypes={**self.archetypes, **new})


def read_parameters(text: str) -> Parameters:
    """Return the parameters written in TOML.

    Raises:
        ConfigurationError: The text is no TOML, or a parameter is missing, unknown or not usable.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"the lab's parameters are no TOML: {error}") from error
    try:
        return Parameters(
            population=PopulationParameters(**_spreads(PopulationParameters, tables["population"])),
            demand=DemandParameters(**_spreads(DemandParameters, tables["demand"])),
            archetypes={
                name: Archetype(name=name, **_fields(name, table))
                for name, table in tables["archetype"].items()
            },
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError(f"the lab's parameters are not complete: {error}") from error


@functools.cache
def parameters() -> Parameters:
    """Return the parameters that the package brings."""
    return read_parameters(files("fluxhound.lab").joinpath("parameters.toml").read_text())


def _fields(name: str, table: Mapping[str, object]) -> dict[str, Any]:
    """Return the fields of an archetype from a TOML table, each checked."""
    known = {f.name: str(f.type) for f in dataclasses.fields(Archetype) if f.name != "name"}
    values: dict[str, Any] = {}
    for key, value in table.items():
        where = f"archetype {name}: {key}"
        if key not in known:
            raise ConfigurationError(f"{where}: there is no such parameter")
        values[key] = _checked(known[key], value, where)
        if key in _WORDS and values[key] not in _WORDS[key]:
            raise ConfigurationError(f"{where}: give one of {', '.join(_WORDS[key])}")
    return values


_WORDS = {"view": VIEWS, "labels": LABELS, "style": STYLES, "decoy_sort": DECOYS}
_SHARE_WORDS = {"ns": NS_SORTS, "demand": DEMANDS}


def _checked(kind: str, value: object, where: str) -> object:
    if kind == "Rotation" and isinstance(value, str):
        if value not in ("ttl", "query", "none"):
            raise ConfigurationError(f'{where}: give seconds, "ttl", "query" or "none"')
        return value
    if kind in ("Spread", "Rotation"):
        return Spread.parse(value, where)
    if kind == "Shares":
        return _shares(value, where)
    if kind == "float" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value).__name__ != kind:
        raise ConfigurationError(f"{where}: give a {kind}")
    return value


def _shares(value: object, where: str) -> Shares:
    if not isinstance(value, Mapping) or not value:
        raise ConfigurationError(f"{where}: give shares by name")
    shares = {str(name): float(share) for name, share in value.items()}
    words = _SHARE_WORDS.get(where.rsplit(" ", 1)[-1], tuple(shares))
    if min(shares.values()) < 0 or sum(shares.values()) <= 0 or not set(shares) <= set(words):
        raise ConfigurationError(f"{where}: give shares of 0 or more for {', '.join(words)}")
    return types.MappingProxyType({name: share for name, share in shares.items() if share})


def _spreads(kind: type, table: Mapping[str, Any]) -> dict[str, Any]:
    """Return *table* with its spreads read; unknown and missing keys show when it is used."""
    spreads = {f.name for f in dataclasses.fields(kind) if f.type == "Spread"}
    return {
        key: Spread.parse(value, key) if key in spreads else value for key, value in table.items()
    }


def realistic(
    domains: int,
    given: Parameters | None = None,
    *,
    flux: Mapping[str, int] | None = None,
) -> dict[str, int]:
    """Return how many domains of each archetype make up *domains* benign ones, and *flux* beside.

    Each benign archetype has its share per million, at least one domain; ordinary names take what
    remains.
    """
    known = (given or parameters()).archetypes
    counts = {
        name: max(1, round(a.per_million * domains / MILLION))
        for name, a in known.items()
        if not a.flux and name != "ordinary"
    }
    counts["ordinary"] = max(1, domains - sum(counts.values()))
    return counts | dict(flux or {})
