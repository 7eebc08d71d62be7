"""Everything that a run draws from, opened once: parameters, world, pools."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from fluxhound.lab.demand import Wanted
from fluxhound.lab.dice import Ints
from fluxhound.lab.hosting import Hosting, hosting
from fluxhound.lab.parameters import Parameters
from fluxhound.lab.pools import Pools
from fluxhound.lab.population import Domains, demand, domains
from fluxhound.lab.questions import Authority
from fluxhound.lab.setting import Setting
from fluxhound.lab.world import World

#: Domains and queries that are worked on at once: bounds the memory (about 1 KB for each).
_DOMAINS = 40_000
_QUERIES = 400_000


@dataclass(frozen=True, slots=True)
class Stage:
    """What the traffic of one setting is generated from."""

    setting: Setting
    world: World
    given: Parameters
    hosting: Hosting
    pools: Pools

    @classmethod
    def open(cls, setting: Setting, world: World, given: Parameters) -> Stage:
        """Return the stage of a *setting*.

        Raises:
            ConfigurationError: The setting names what the parameters do not have.
        """
        changed = given.changed(setting.overrides)
        hosts = hosting(setting.counts, changed, world, setting.seed)
        pools = Pools(hosts.plan, world, setting.seed, start=setting.start)
        return cls(setting, world, changed, hosts, pools)

    def archetypes(self) -> list[str]:
        """Return the archetypes that the setting has, in the order of the parameters."""
        return [name for name in self.given.archetypes if name in self.hosting.grounds]

    def domains(self, name: str, numbers: Ints) -> Domains:
        """Return the domains of an archetype with the given numbers."""
        return domains(
            self.given.archetype(name),
            numbers,
            self.hosting.grounds[name],
            self.hosting.plan.live,
            self.hosting.plan.turnover,
            index=list(self.given.archetypes).index(name),
            days=self.setting.days,
            given=self.given,
            seed=self.setting.seed,
        )

    def portions(self, name: str) -> Iterator[tuple[Domains, Wanted]]:
        """Yield all domains of an archetype, a bounded number at a time."""
        count = self.setting.counts[name]
        for begin in range(0, count, _DOMAINS):
            some = self.domains(name, np.arange(begin, min(begin + _DOMAINS, count)))
            yield some, demand(some, self.setting.days, self.given)

    def chunks(self, name: str) -> Iterator[tuple[Domains, Wanted]]:
        """Yield all domains of an archetype, with a bounded number of queries at a time."""
        for some, wanted in self.portions(name):
            part = np.cumsum(wanted.count) // _QUERIES
            for begin, end in _runs(part):
                yield _cut(some, begin, end), _cut(wanted, begin, end)

    def authority(self, of: Domains) -> Authority:
        """Return who answers for the domains."""
        return Authority(
            of,
            self.hosting.grounds[of.archetype.name],
            self.pools,
            self.world,
            self.setting.start,
            self.hosting.sinkholes,
            rotated=not self.setting.vantage.aggregated,
        )


def _runs(values: Ints) -> list[tuple[int, int]]:
    starts = np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1]])).tolist()
    return list(zip(starts, [*starts[1:], len(values)], strict=True))


_Columns = TypeVar("_Columns", Domains, Wanted)


def _cut(columns: _Columns, begin: int, end: int) -> _Columns:
    """Return some rows of a record of columns."""
    parts: dict[str, Any] = {
        field.name: value[begin:end] if isinstance(value, np.ndarray) else value
        for field in dataclasses.fields(columns)
        for value in [getattr(columns, field.name)]
    }
    return dataclasses.replace(columns, **parts)
