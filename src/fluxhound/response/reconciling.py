"""What has to change in a zone, and in which order the zones are changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from fluxhound.response.transfer import State
from fluxhound.response.updates import Step, steps
from fluxhound.response.zone import Record, Role


@dataclass(frozen=True, slots=True)
class Difference:
    """Records that are too many in a zone, and records that it lacks."""

    removed: frozenset[Record]
    added: frozenset[Record]

    @property
    def empty(self) -> bool:
        """Tell whether the zone is as it should be."""
        return not self.removed and not self.added


class Phase(Enum):
    """Where in a round a zone's changes are made."""

    PROTECT = "protect"
    RULES = "rules"
    UNPROTECT = "unprotect"


#: The order of a round. What must never be blocked is let through before anything is blocked, and
#: no longer let through only at the end: no moment blocks more than the plan before or after.
ROUND = (
    (Role.PASS, Phase.PROTECT),
    (Role.BLOCK, Phase.RULES),
    (Role.SERVERS, Phase.RULES),
    (Role.WATCH, Phase.RULES),
    (Role.PASS, Phase.UNPROTECT),
)


def difference(state: State, wanted: frozenset[Record]) -> Difference:
    """Return what turns *state* into *wanted*."""
    return Difference(state.records - wanted, wanted - state.records)


def in_phase(change: Difference, phase: Phase, zone: str) -> Iterator[Step]:
    """Yield the messages' worth of changes that belong into *phase*."""
    if phase is Phase.RULES:
        yield from steps(change.removed, change.added, zone)
        return
    kept = {each.owner for each in change.added}
    replaced = {each for each in change.removed if each.owner in kept}
    if phase is Phase.PROTECT:
        yield from steps(replaced, change.added, zone)
    else:
        yield from steps(change.removed - replaced, (), zone)


def foreign(before: State | None, now: State) -> frozenset[Record]:
    """Return what somebody else changed: records that came or went since *before*.

    Without a state of our own before, only records that we never write are known to be foreign.
    """
    if before is None:
        return frozenset(each for each in now.records if each.type.startswith("TYPE"))
    return before.records ^ now.records
