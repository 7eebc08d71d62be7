"""Changes of the entries as pairs of before and after: applied, undone, counted. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fluxhound.errors import StoreError
from fluxhound.response.entries import MODES, ChangeKind, Entry, Plan, Proposal, Trigger

Slot = tuple[Trigger, str, bool]


class StaleError(StoreError):
    """The entries have changed since. Make the plan again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One entry before and after; at least one of them is there, both have the same slot."""

    before: Entry | None
    after: Entry | None

    @property
    def slot(self) -> Slot:
        """Return the place that changes."""
        entry = self.after or self.before
        assert entry is not None  # noqa: S101 - one of the two is there
        return entry.slot

    @property
    def inverse(self) -> Change:
        """Return the change that takes this one back."""
        return Change(before=self.after, after=self.before)

    @property
    def raises(self) -> bool:
        """Tell whether resolvers are told to do more than before: that is what is rationed."""
        after, before = self.after, self.before
        if after is None or not after.approved_by or not after.published:
            return False
        return before is None or MODES.index(after.mode) > MODES.index(before.mode)


def change_of(proposal: Proposal) -> Change:
    """Return what a proposal would change."""
    removed = proposal.kind is ChangeKind.REMOVE
    return Change(before=proposal.before, after=None if removed else proposal.entry)


def changes_of(plan: Plan) -> tuple[Change, ...]:
    """Return what a plan would change, in order; what was refused is not among it."""
    return tuple(change_of(proposal) for proposal in plan.proposals)


def applied(entries: Iterable[Entry], changes: Iterable[Change]) -> tuple[Entry, ...]:
    """Return *entries* after *changes*, ordered by slot.

    Raises:
        StaleError: an entry is not as a change expects it.
    """
    found = {entry.slot: entry for entry in entries}
    for change in changes:
        if found.get(change.slot) != change.before:
            subject = change.slot[1]
            raise StaleError(f"The entry for {subject} has changed since. Make the plan again.")
        if change.after is None:
            del found[change.slot]
        else:
            found[change.slot] = change.after
    return tuple(found[slot] for slot in sorted(found))


def inverse(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Return the changes that take *changes* back, the last first."""
    return tuple(change.inverse for change in reversed(tuple(changes)))
