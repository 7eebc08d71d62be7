"""One entry as it would be, and all that speaks for or against it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from fluxhound.records import Finding
from fluxhound.response.entries import Blast, Entry
from fluxhound.response.policy import Policy
from fluxhound.response.protection import Protection


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One entry as it would be, and all that speaks for or against it."""

    entry: Entry
    #: What it is made for; ``None`` for an entry that stands on its own.
    finding: Finding | None
    #: ``None`` where it was not looked at; then the entry is refused.
    blast: Blast | None
    policy: Policy
    protection: Protection
    now: datetime
    #: Registered domains with findings of flux: what they share with the subject is no harm.
    flux: Collection[str] = frozenset()
    held: int = 0  # other entries there are, those that wait included
    #: What a person said against it, a sentence; "" if nobody did.
    hold: str = ""
    spent: int = 0  # other entries that were added or raised within the last hour


#: Returns the sentence of the refusal, "" if there is nothing against the entry.
Predicate: TypeAlias = Callable[[Case], str]
