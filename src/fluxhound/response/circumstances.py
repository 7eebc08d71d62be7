"""What a plan is made in: the entries there are, what people said, and what must not be touched."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from fluxhound.records import Finding
from fluxhound.response.case import Case
from fluxhound.response.entries import Blast, Entry
from fluxhound.response.policy import Policy
from fluxhound.response.protection import Protection
from fluxhound.response.wishes import Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """All that a plan depends on beside findings, policy and time."""

    protection: Protection
    #: In force and waiting; at most one for each slot.
    entries: tuple[Entry, ...] = ()
    #: What a person rejected or undid and does not want back yet -> a sentence.
    holds: Mapping[Key, str] = field(default_factory=dict)
    #: Brakes that a person lifted -> their ids.
    lifted: Mapping[Key, frozenset[str]] = field(default_factory=dict)
    #: Entries that were added or raised within the last hour.
    spent: int = 0
    blasts: Mapping[Key, Blast] = field(default_factory=dict)

    @property
    def keys(self) -> frozenset[Key]:
        """Return what there are entries for; that is what the ceiling counts."""
        return frozenset(entry.key for entry in self.entries)

    def case(
        self,
        entry: Entry,
        *,
        policy: Policy,
        now: datetime,
        finding: Finding | None = None,
        flux: Collection[str] = frozenset(),
        held: int = 0,
        spent: int = 0,
    ) -> Case:
        """Return the case of one entry."""
        return Case(
            entry=entry,
            finding=finding,
            blast=self.blasts.get(entry.key),
            policy=policy,
            protection=self.protection,
            now=now,
            flux=flux,
            held=held,
            spent=spent,
            hold=self.holds.get(entry.key, ""),
        )

    def lifted_for(self, entry: Entry) -> frozenset[str]:
        """Return the ids of the brakes that a person lifted for an entry."""
        return self.lifted.get(entry.key, frozenset())
