"""What to simulate: how many domains of which archetypes, for how long, seen from where."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from fluxhound.errors import ConfigurationError
from fluxhound.lab.naming import MOST_DOMAINS
from fluxhound.lab.vantage import Vantage

#: 2026-11-02, a Monday, 00:00 UTC.
START = 1_793_577_600.0
#: Longest run in days.
MOST_DAYS = 366.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One run of the lab. The same setting always gives the same traffic."""

    seed: int
    #: Archetype -> registered domains.
    counts: Mapping[str, int]
    days: float = 1.0
    #: Seconds since 1970 of a midnight UTC.
    start: float = START
    vantage: Vantage = field(default_factory=Vantage)
    #: Seconds after the start at which the traffic is cut off, for early looks: what is seen until
    #: then is exactly what the whole run shows until then.
    until: float | None = None
    #: Archetype -> parameter -> value as in parameters.toml, for evasions.
    overrides: Mapping[str, Mapping[str, object]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check the bounds.

        Raises:
            ConfigurationError: A field lies outside its bounds.
        """
        if not 0 < self.days <= MOST_DAYS:
            raise ConfigurationError(f"a run has more than 0 and at most {MOST_DAYS:.0f} days")
        if not math.isfinite(self.start) or self.start <= 0 or self.start % 86_400:
            raise ConfigurationError("a run starts at a midnight UTC after 1970")
        if self.until is not None and not self.until > 0:
            raise ConfigurationError("a run is cut off after more than 0 seconds")
        if any(not 0 <= count < MOST_DOMAINS for count in self.counts.values()):
            raise ConfigurationError(f"an archetype has at most {MOST_DOMAINS - 1:,} domains")
