"""What is asked of authoritative servers, and what their answers follow from."""

from __future__ import annotations

from dataclasses import dataclass

from fluxhound.lab.answersets import V4
from fluxhound.lab.dice import Flags, Ints
from fluxhound.lab.hosting import Ground
from fluxhound.lab.pools import Pools
from fluxhound.lab.population import Domains
from fluxhound.lab.world import World


@dataclass(frozen=True, slots=True)
class Asked:
    """Questions that reach the authoritative servers: one element for each fetch."""

    domain: Ints  # place in the domains
    host: Ints
    place: Ints  # region of the resolver, or of the client where the resolver tells its network
    asker: Ints  # who is answered apart: resolver, or client network
    time: Ints  # microseconds since the beginning of the run

    def where(self, keep: Flags | Ints) -> Asked:
        """Return some of the questions."""
        return Asked(
            self.domain[keep], self.host[keep], self.place[keep], self.asker[keep], self.time[keep]
        )


@dataclass(frozen=True, slots=True)
class Authority:
    """The authoritative servers of the whole world, for the domains of one archetype."""

    domains: Domains
    ground: Ground
    pools: Pools
    world: World
    start: float
    sinkholes: int  # first row of the plan
    rotated: bool = True  # whether the order of addresses changes from answer to answer

    def rows(self, domain: Ints, family: int) -> Ints:
        """Return the row of the plan that each domain's hosts of a family stand in."""
        return (self.domains.row if family == V4 else self.domains.row6)[domain]

    def first(self, family: int) -> int:
        """Return the first row of the archetype's pools of a family."""
        return self.ground.first if family == V4 else self.ground.six
