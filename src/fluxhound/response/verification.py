"""Whether the register is what its log says: the chain holds, and doing it all again gives it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fluxhound.errors import StoreError
from fluxhound.response.chain import BEGINNING, Link, first_broken
from fluxhound.response.changes import Slot
from fluxhound.response.documents import change_from
from fluxhound.response.entries import Entry
from fluxhound.response.storage import Storage


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What a check of the register found."""

    actions: int
    head: str  # the last hash; kept elsewhere it shows even a log that was written anew
    problem: str = ""  # one sentence, "" if all is well


def verified(storage: Storage) -> Verified:
    """Return what checking the whole log of *storage*, and doing it again, shows."""
    last = storage.last()
    actions, head = (last.number, last.hash) if last else (0, BEGINNING)
    broken = first_broken(storage.log())
    if broken is not None:
        problem = f"The log was changed: action {broken} does not follow from those before it."
        return Verified(actions=actions, head=head, problem=problem)
    try:
        entries, granted = _done_again(storage.log())
    except (AttributeError, LookupError, TypeError, ValueError, StoreError):
        problem = "The log cannot be done again: it was written by something else."
        return Verified(actions=actions, head=head, problem=problem)
    wrong = _difference(entries, storage.entries())
    if not wrong and granted != _granted(storage):
        wrong = "What people held back or lifted is not what the log says."
    return Verified(actions=actions, head=head, problem=wrong)


def _done_again(links: Iterable[Link]) -> tuple[dict[Slot, Entry], set[str]]:
    entries: dict[Slot, Entry] = {}
    granted: dict[int, set[str]] = {}
    for link in links:
        document = json.loads(link.document)
        for each in document["changes"]:
            change = change_from(each)
            if entries.get(change.slot) != change.before:
                raise StoreError("a change does not fit")
            if change.after:
                entries[change.slot] = change.after
            else:
                del entries[change.slot]
        granted[link.number] = {
            _line(link.number, *row)
            for row in [*document.get("held", []), *document.get("lifted", [])]
        }
        granted.pop(document.get("released", 0), None)
    return entries, set[str]().union(*granted.values())


def _granted(storage: Storage) -> set[str]:
    return set(_lines(storage))


def _lines(storage: Storage) -> Iterator[str]:
    for hold in storage.holds():
        yield _line(hold.action, hold.trigger, hold.subject, hold.until.isoformat(), hold.sentence)
    for each in storage.overrides():
        yield _line(
            each.action, each.trigger, each.subject, each.until.isoformat(), each.brake,
            each.who, each.reason,
        )  # fmt: skip


def _line(action: int, *fields: object) -> str:
    return json.dumps([action, *(str(each) for each in fields)])


def _difference(expected: dict[Slot, Entry], found: tuple[Entry, ...]) -> str:
    there = {entry.slot: entry for entry in found}
    if len(there) != len(found):
        return "There are two entries in one place."
    for slot in sorted({*expected, *there}):
        if expected.get(slot) != there.get(slot):
            return f"The entry for {slot[1]} is not what the log says."
    return ""
