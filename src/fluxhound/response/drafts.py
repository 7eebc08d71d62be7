"""A plan in the making: each entry kept or not, each wish granted, set to wait, or refused."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import datetime

from fluxhound.response.approval import automatic
from fluxhound.response.brakes import refusals, standing_refusals
from fluxhound.response.changes import Slot
from fluxhound.response.circumstances import Circumstances
from fluxhound.response.entries import (
    MODES,
    PUBLISHED_MODES,
    Blast,
    Brake,
    ChangeKind,
    Entry,
    Mode,
    Proposal,
)
from fluxhound.response.policy import POLICY, Policy
from fluxhound.response.wishes import Wish, reason_of

#: Entries that wait are not published, so they are not rationed by the hour.
_PER_HOUR = frozenset({"ceiling-per-hour"})
#: What goes on adds nothing to what is there.
_RENEWING = frozenset({"ceiling", "ceiling-per-hour", "held"})


#: What two steps with one entry are together: the first of these.
_WEIGHT = (ChangeKind.ADD, ChangeKind.CHANGE, ChangeKind.RENEW)


class Drafts:
    """The proposals so far, and the entries as they would be after them."""

    def __init__(
        self,
        circumstances: Circumstances,
        policy: Policy,
        now: datetime,
        *,
        flux: frozenset[str],
    ) -> None:
        """Begin with the entries there are; *flux* are the domains with findings of flux."""
        #: By slot, and whether it is a removal; in order.
        self._made: dict[tuple[Slot, bool], Proposal] = {}
        self.refused: list[Proposal] = []
        self._circumstances = circumstances
        self._policy = policy
        self._now = now
        self._flux = flux
        self._spent = circumstances.spent
        self._slots: dict[Slot, Entry] = {entry.slot: entry for entry in circumstances.entries}
        self._keys = circumstances.keys

    @property
    def made(self) -> tuple[Proposal, ...]:
        """Return the proposals so far."""
        return tuple(self._made.values())

    def keep(self, entry: Entry, wish: Wish | None) -> None:
        """Remove *entry* if it may not stay, else bring it in line with the policy."""
        mode = self._policy.allowed(entry.mode)
        answer, target = self._policy.answer_in(mode)
        changed = dataclasses.replace(entry, mode=mode, answer=answer, target=target)
        why = self._why_not(changed, wish)
        if why:
            self._remove(entry, why)
            return
        if changed != entry:
            self._note(ChangeKind.CHANGE, changed, entry, "The policy answers in another way now.")
        latest = self._now + self._policy.expiry
        if changed.expires > latest:
            shorter = dataclasses.replace(changed, expires=latest)
            self._note(ChangeKind.RENEW, shorter, changed, "The policy does not allow so long.")

    def _why_not(self, entry: Entry, wish: Wish | None) -> str:
        if entry.mode not in PUBLISHED_MODES:
            return f"The policy does no more than {self._policy.mode}."
        if entry.expires <= self._now:
            return "It has expired."
        if wish is None and self._policy.remove_ended:
            return "The behaviour has ended."
        current = self._slots.get((*entry.key, True))
        if current and not entry.approved_by and _rank(current.mode) >= _rank(entry.mode):
            return "As much is in force already."
        case = self._circumstances.case(entry, policy=self._policy, now=self._now, flux=self._flux)
        standing = standing_refusals(case, self._circumstances.lifted_for(entry))
        return " ".join(brake.sentence for brake in standing)

    def grant(self, wish: Wish) -> None:
        """Propose what *wish* needs: an entry, a higher mode, or a renewal."""
        current = self._slots.get((*wish.key, True))
        waiting = self._slots.get((*wish.key, False))
        if current is None or _rank(current.mode) < _rank(wish.mode):
            self._raise(wish, current, waiting)
        for approved in (True, False):
            entry = self._slots.get((*wish.key, approved))
            if entry:
                self._renew(entry, wish)

    def _raise(self, wish: Wish, current: Entry | None, waiting: Entry | None) -> None:
        """Add or raise an entry: in force if no person is needed, else waiting for one."""
        wanted = self._new(wish, current, approved_by=POLICY)
        brakes = self._brakes(wanted, wish)
        if not automatic(wish, self._blast(wanted), self._policy) or (
            brakes and not all(brake.id == "ceiling-per-hour" for brake in brakes)
        ):
            self._wait(wish, waiting)
        elif brakes:
            self._refuse(_kind(current), wanted, current, brakes)
        else:
            if waiting and _rank(waiting.mode) <= _rank(wanted.mode):
                self._remove(waiting, "It needs nobody's approval any more.")
            self._spent += 1
            self._note(_kind(current), wanted, current, "A finding asks for it.")

    def _wait(self, wish: Wish, waiting: Entry | None) -> None:
        if waiting and _rank(waiting.mode) >= _rank(wish.mode):
            return
        asked = self._new(wish, waiting, approved_by="")
        lifted = self._circumstances.lifted_for(asked)
        brakes = self._brakes(asked, wish, lifted=lifted, without=_PER_HOUR)
        if brakes:
            self._refuse(_kind(waiting), asked, waiting, brakes)
        else:
            self._note(_kind(waiting), asked, waiting, "It waits for a person's approval.")

    def _renew(self, entry: Entry, wish: Wish) -> None:
        """Let *entry* last longer when half of its time is over."""
        if entry.expires - self._now >= self._policy.expiry / 2:
            return
        longer = dataclasses.replace(entry, expires=self._now + self._policy.expiry)
        lifted = self._circumstances.lifted_for(entry)
        brakes = self._brakes(longer, wish, lifted=lifted, without=_RENEWING)
        if brakes:
            self._refuse(ChangeKind.RENEW, longer, entry, brakes)
        else:
            self._note(ChangeKind.RENEW, longer, entry, "The behaviour goes on.")

    def _new(self, wish: Wish, before: Entry | None, *, approved_by: str) -> Entry:
        answer, target = self._policy.answer_in(wish.mode)
        return Entry(
            trigger=wish.trigger,
            subject=wish.subject,
            exact=wish.exact,
            mode=wish.mode,
            answer=answer,
            target=target,
            finding=wish.finding.name,
            reason=reason_of(wish.finding),
            owner=POLICY,
            added=before.added if before else self._now,
            expires=self._now + self._policy.expiry,
            approved_by=approved_by,
        )

    def _blast(self, entry: Entry) -> Blast:
        return self._circumstances.blasts.get(entry.key) or Blast(subject=entry.subject)

    def _brakes(
        self,
        entry: Entry,
        wish: Wish,
        *,
        lifted: Iterable[str] = (),
        without: Iterable[str] = (),
    ) -> tuple[Brake, ...]:
        case = self._circumstances.case(
            entry,
            policy=self._policy,
            now=self._now,
            finding=wish.finding,
            flux=self._flux,
            held=len(self._keys) - (entry.key in self._keys),
            spent=self._spent,
        )
        return refusals(case, frozenset(lifted), without=frozenset(without))

    def _remove(self, entry: Entry, why: str) -> None:
        known = self._taken_back(entry.slot)
        before = known.before if known else entry
        if before:
            self._write(ChangeKind.REMOVE, before, before, why)
        del self._slots[entry.slot]
        if not {(*entry.key, True), (*entry.key, False)} & self._slots.keys():
            self._keys -= {entry.key}

    def _note(self, kind: ChangeKind, entry: Entry, before: Entry | None, why: str) -> None:
        known = self._taken_back(entry.slot)
        if known:  # two steps with one entry become one
            kind, before = min(kind, known.kind, key=_WEIGHT.index), known.before
        if entry != before:
            self._write(kind, entry, before, why)
        self._slots[entry.slot] = entry
        self._keys |= {entry.key}

    def _taken_back(self, slot: Slot) -> Proposal | None:
        """Take back and return what was proposed for a slot so far, if its entry stays."""
        return self._made.pop((slot, False), None)

    def _write(self, kind: ChangeKind, entry: Entry, before: Entry | None, why: str) -> None:
        self._made[entry.slot, kind is ChangeKind.REMOVE] = Proposal(
            kind=kind, entry=entry, before=before, why=why, blast=self._blast(entry)
        )

    def _refuse(
        self, kind: ChangeKind, entry: Entry, before: Entry | None, brakes: tuple[Brake, ...]
    ) -> None:
        self.refused.append(
            Proposal(kind=kind, entry=entry, before=before, blast=self._blast(entry), brakes=brakes)
        )


def _kind(before: Entry | None) -> ChangeKind:
    return ChangeKind.CHANGE if before else ChangeKind.ADD


def _rank(mode: Mode) -> int:
    return MODES.index(mode)
