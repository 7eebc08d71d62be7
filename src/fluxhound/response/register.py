"""The register: entries in force and waiting, what people decided, and how to take it back.

It lives in the store. Each action is one transaction: the entries change and the chained log tells
who changed what, when and why, with before and after.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import duckdb

from fluxhound.errors import FluxhoundError, UnknownNameError, UsageError
from fluxhound.records import Finding
from fluxhound.response.approval import approved, restorable
from fluxhound.response.brakes import LIFTABLE
from fluxhound.response.chain import Link, linked
from fluxhound.response.changes import Change, StaleError, changes_of, inverse
from fluxhound.response.circumstances import Circumstances
from fluxhound.response.documents import change_document, change_from, iso
from fluxhound.response.entries import Brake, Entry, Plan, Trigger
from fluxhound.response.lookout import Lookout
from fluxhound.response.policy import Policy
from fluxhound.response.proposing import propose
from fluxhound.response.protection import protection_of
from fluxhound.response.storage import Hold, Override, Storage
from fluxhound.response.verification import Verified, verified
from fluxhound.response.wishes import Key

#: A plan that is older than this is not applied: what it was made from has changed. Chosen.
STALE = timedelta(hours=1)
#: A lifted brake holds at most for so long. Chosen, not measured.
LONGEST_OVERRIDE = timedelta(days=90)
#: Actions that are told of one name. Chosen, not measured.
MOST_TOLD = 1000
_TEXT = 500  # characters of a reason that are kept


class BrakeError(FluxhoundError):
    """A brake refuses it. See docs/response.md for what each brake prevents."""

    exit_status = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What one action changed."""

    action: int  # 0 if nothing changed
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One action, as far as it concerns one name."""

    action: int
    time: str
    who: str
    kind: str
    reason: str
    changes: tuple[Change, ...]


class Register:
    """The entries and all that was decided about them. One thread uses it."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Take a cursor of the store that nothing else uses."""
        self._storage = Storage(cursor)
        self._cursor = cursor
        self._lookout = Lookout(cursor)

    def entries(self, now: datetime) -> tuple[Entry, ...]:
        """Return what resolvers have to know of at *now*: approved, not expired, published."""
        return tuple(each for each in self._storage.entries() if each.in_force(now))

    def every(self) -> tuple[Entry, ...]:
        """Return all entries, those that wait or have expired included."""
        return self._storage.entries()

    def circumstances(self, now: datetime, policy: Policy) -> Circumstances:
        """Return what plans are made in, without blast radius and without the most asked names."""
        lifted: dict[Key, frozenset[str]] = {}
        for each in self._storage.overrides():
            if now < each.until:
                lifted[each.key] = lifted.get(each.key, frozenset()) | {each.brake}
        return Circumstances(
            protection=protection_of(policy),
            entries=self._storage.entries(),
            holds={each.key: each.sentence for each in self._storage.holds() if now < each.until},
            lifted=lifted,
            spent=self._spent(now, policy),
        )

    def propose(self, findings: Iterable[Finding], now: datetime, policy: Policy) -> Plan:
        """Return the plan that makes the entries what *findings* ask for; nothing is changed."""
        there = self.circumstances(now, policy)
        return propose(self._cursor, self._lookout, findings, there, policy, now)

    def apply(self, plan: Plan, who: str, now: datetime, policy: Policy) -> Applied:
        """Do what *plan* proposes.

        Raises:
            StaleError: the plan is old, or an entry has changed since it was made.
            BrakeError: a brake that stands, or a ceiling, is against it now.
        """
        if abs(now - plan.made) > STALE:
            raise StaleError("The plan is more than an hour old. Make it again.")
        why = {f"{each.kind} {each.entry.subject}": each.why for each in plan.proposals}
        return self._act(
            "apply", who, now, policy, changes_of(plan), {"digest": plan.digest, "why": why}
        )

    def approve(
        self,
        subject: str,
        who: str,
        now: datetime,
        policy: Policy,
        *,
        reason: str = "",
        findings: Sequence[Finding] = (),
    ) -> Applied:
        """Put in force what waits for *subject*; every brake is asked again.

        Raises:
            UnknownNameError: nothing waits for it.
            BrakeError: a brake is against it.
        """
        waiting = [e for e in self._storage.entries() if e.subject == subject and not e.approved_by]
        if not waiting:
            raise UnknownNameError(f"Nothing waits for {subject}. See fluxhound respond list.")
        circumstances = self.circumstances(now, policy)
        wanted = {entry.key: entry.exact for entry in waiting}
        self._lookout.forget()
        circumstances = self._lookout.looked_at(wanted, circumstances, policy, now)
        changes: list[Change] = []
        for entry in waiting:
            found, brakes = approved(
                entry, who, circumstances, policy, now,
                finding=next((f for f in findings if f.name == entry.finding), None),
            )  # fmt: skip
            _refuse(brakes)
            changes += found
        return self._act("approve", who, now, policy, tuple(changes), {"reason": _cut(reason)})

    def reject(
        self, subject: str, who: str, now: datetime, policy: Policy, *, reason: str
    ) -> Applied:
        """Take back what is in force or waits for *subject*, and hold it back for a time.

        Raises:
            UnknownNameError: there is no entry for it.
        """
        found = [entry for entry in self._storage.entries() if entry.subject == subject]
        if not found:
            raise UnknownNameError(f"There is no entry for {subject}. See fluxhound respond list.")
        changes = tuple(Change(before=entry, after=None) for entry in found)
        sentence = f"{who} rejected it on {now:%Y-%m-%d}: {_cut(reason)}"
        held = {entry.key: (now + policy.hold, sentence) for entry in found}
        return self._act("reject", who, now, policy, changes, {"reason": _cut(reason)}, held=held)

    def override(
        self,
        subject: str,
        brake: str,
        who: str,
        now: datetime,
        policy: Policy,
        *,
        reason: str,
        until: datetime,
        trigger: Trigger = Trigger.NAME,
    ) -> Applied:
        """Lift one brake for one entry *until* a time.

        Raises:
            BrakeError: that brake is never lifted.
            UsageError: there is no reason, or the time is past or too far away.
        """
        if brake not in LIFTABLE:
            raise BrakeError(f"The brake {brake!r} is never lifted. Others are: {_listed()}.")
        if not reason.strip():
            raise UsageError("Say why the brake is lifted.")
        if not now < until <= now + LONGEST_OVERRIDE:
            raise UsageError(f"A brake is lifted for {LONGEST_OVERRIDE.days} days at most.")
        lifted = (trigger, subject, until, brake)
        return self._act("override", who, now, policy, (), {"reason": _cut(reason)}, lifted=lifted)

    def expire(self, now: datetime, who: str, policy: Policy) -> Applied:
        """Remove the entries that have expired."""
        expired = (entry for entry in self._storage.entries() if entry.expires <= now)
        changes = tuple(Change(before=entry, after=None) for entry in expired)
        return self._act("expire", who, now, policy, changes, {})

    def undo(self, action: int, who: str, now: datetime, policy: Policy) -> Applied:
        """Take back what *action* changed, exactly; what it added is then held back for a time.

        Raises:
            UnknownNameError: there is no such action.
            StaleError: something changed the same entries since.
            BrakeError: a brake is against what would come back.
        """
        link = self._storage.link(action)
        if link is None:
            raise UnknownNameError(f"There is no action {action}. See fluxhound respond explain.")
        document = json.loads(link.document)
        done = tuple(change_from(each) for each in document["changes"])
        sentence = f"{who} undid action {action} on {now:%Y-%m-%d}."
        again = link.kind == "undo"
        held = {
            each.after.key: (now + policy.hold, sentence)
            for each in done
            if each.raises and each.after and not again
        }
        try:
            return self._act(
                "undo", who, now, policy, inverse(done), {"undoes": action, "released": action},
                held=held,
            )  # fmt: skip
        except StaleError as error:
            raise StaleError(
                f"Something changed the entries of action {action} since. Undo that first; "
                "fluxhound respond explain NAME tells what it was."
            ) from error

    def explain(self, subject: str) -> tuple[Step, ...]:
        """Return every action that changed an entry for *subject*, in order."""
        quoted = json.dumps(subject)
        steps = (_step(link, subject) for link in self._storage.mentions(quoted, most=MOST_TOLD))
        return tuple(step for step in steps if step)

    def verify(self) -> Verified:
        """Return whether the entries are what the log says, and the log is whole."""
        return verified(self._storage)

    def _act(
        self,
        kind: str,
        who: str,
        now: datetime,
        policy: Policy,
        changes: tuple[Change, ...],
        said: dict[str, Any],
        *,
        held: Mapping[Key, tuple[datetime, str]] | None = None,
        lifted: tuple[Trigger, str, datetime, str] | None = None,
    ) -> Applied:
        """Make *changes* and log them, in one transaction."""
        if not (changes or held or lifted or "released" in said):
            return Applied(action=0, changes=())
        with self._storage.transaction():
            circumstances = self.circumstances(now, policy)
            _refuse(restorable(changes, circumstances, policy, now))
            last = self._storage.last()
            action = last.number + 1 if last else 1
            holds = [_hold(key, *given, action) for key, given in (held or {}).items()]
            override = _override(lifted, who, said, action) if lifted else None
            document = {
                **said,
                "changes": [change_document(each) for each in changes],
                "held": [_held_row(each) for each in holds],
                "lifted": [_lifted_row(override)] if override else [],
            }
            raised = sum(each.raises for each in changes)
            link = linked(last, time=iso(now), who=who, kind=kind, document=document, raised=raised)
            self._storage.write(changes)
            self._storage.release(int(said.get("released", 0)))
            self._storage.hold(holds)
            if override:
                self._storage.lift(override)
            self._storage.append(link)
        return Applied(action=action, changes=changes)

    def _spent(self, now: datetime, policy: Policy) -> int:
        """Return how much was raised within the last hour; what is dated later counts as well."""
        begin = now - timedelta(hours=1)
        links = self._storage.raising(policy.ceiling_per_hour + 1)
        return sum(each.raised for each in links if datetime.fromisoformat(each.time) > begin)


def _refuse(brakes: tuple[Brake, ...]) -> None:
    if brakes:
        more = f" And {len(brakes) - 1} more." if len(brakes) > 1 else ""
        raise BrakeError(f"{brakes[0].sentence} ({brakes[0].id}){more}")


def _cut(text: str) -> str:
    return text.strip()[:_TEXT]


def _listed() -> str:
    return ", ".join(sorted(LIFTABLE))


def _hold(key: Key, until: datetime, sentence: str, action: int) -> Hold:
    return Hold(trigger=key[0], subject=key[1], until=until, sentence=sentence, action=action)


def _override(
    given: tuple[Trigger, str, datetime, str], who: str, said: Mapping[str, Any], action: int
) -> Override:
    trigger, subject, until, brake = given
    return Override(
        trigger=trigger, subject=subject, brake=brake, until=until, who=who,
        reason=str(said["reason"]), action=action,
    )  # fmt: skip


def _held_row(each: Hold) -> list[str]:
    return [str(each.trigger), each.subject, each.until.isoformat(), each.sentence]


def _lifted_row(each: Override) -> list[str]:
    until = each.until.isoformat()
    return [str(each.trigger), each.subject, until, each.brake, each.who, each.reason]


def _step(link: Link, subject: str) -> Step | None:
    document = json.loads(link.document)
    changes = tuple(change_from(each) for each in document["changes"])
    touched = tuple(each for each in changes if each.slot[1] == subject)
    said = [row for row in [*document["held"], *document["lifted"]] if row[1] == subject]
    if not touched and not said:
        return None
    why = document.get("why", {})
    reasons = [text for key, text in why.items() if key.split(" ", 1)[1] == subject]
    brakes = [f"lifts {row[3]}" for row in document["lifted"]]
    reason = " ".join(filter(None, [*brakes, *reasons, str(document.get("reason", ""))]))
    return Step(
        action=link.number, time=link.time, who=link.who, kind=link.kind, reason=reason,
        changes=touched,
    )  # fmt: skip
