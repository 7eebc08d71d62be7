"""Making the zones on the primary equal to the plan, whatever state they are in."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field

from fluxhound.response.channel import Channel, Response
from fluxhound.response.notifying import Notifier
from fluxhound.response.primary import Key, Primary, read_key
from fluxhound.response.reconciling import (
    ROUND,
    Difference,
    difference,
    foreign,
    in_phase,
)
from fluxhound.response.refusals import (
    NOERROR,
    NXRRSET,
    ChangedError,
    PublishError,
    UnreachableError,
    refused,
)
from fluxhound.response.serial import following, newer
from fluxhound.response.transfer import State, read_soa, read_zone
from fluxhound.response.updates import Soa, Step, message
from fluxhound.response.zone import ROLES, Record, Role, ZoneNames

__all__ = ["ChangedError", "Key", "Primary", "PublishError", "Published", "Publisher", "read_key"]

#: How often a round is tried again, and the seconds before that. Chosen: a primary that restarts
#: is back within them; what takes longer is tried again by whoever calls.
PAUSES_S = (0.1, 0.3, 1.0, 2.0)

#: Rounds in which somebody else may change the zones meanwhile before we give up.
MOST_ROUNDS = 5

#: Messages that are on their way at once. Knot takes those that wait as one change of the zone,
#: which makes a bulk load several times as fast.
AHEAD = 8

#: Messages have one of so many numbers.
NUMBERS = 1 << 16

#: The serial of a zone that nobody published yet.
FIRST_SERIAL = 1

#: A message that only raises the serial.
NOTHING = Step((), ())

#: Examples of foreign changes that are told.
MOST_FOREIGN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What a reconciliation did."""

    added: int
    removed: int
    #: Records that somebody else added or removed since we were last here, and some of them.
    foreign: int
    foreign_examples: tuple[str, ...]
    serials: Mapping[Role, int]
    messages: int
    seconds: float

    @property
    def changed(self) -> bool:
        """Tell whether anything was sent."""
        return bool(self.added or self.removed)


class Publisher:
    """Keeps the zones on one primary equal to what is wanted; remembers what they hold."""

    def __init__(
        self,
        primary: Primary,
        names: ZoneNames,
        *,
        notifier: Notifier | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Take where the zones are, and who is told of changes beside what the primary does."""
        self._primary = primary
        self._names = names
        self._notifier = notifier
        self._clock = clock
        self._sleep = sleep
        self._ahead = AHEAD
        self._known: dict[Role, State] = {}
        # Zones of a primary that was set up anew, or from a copy: whatever they hold, resolvers may
        # have a newer state, and would keep it.
        self._behind: set[Role] = set()

    def reconcile(
        self, wanted: Mapping[Role, frozenset[Record]], *, thorough: bool = False
    ) -> Published:
        """Make the zones hold *wanted* and nothing else, and make sure that they do.

        A zone is read when its serial is not the one that we left; *thorough* reads all.

        Raises:
            ChangedError: somebody else keeps changing the zones.
            PublishError: the primary does not answer, or does not let us.
        """
        begun = time.monotonic()
        found = _Foreign()
        if thorough:
            self._known.clear()
        done = self._repeated(wanted, found)
        if self._notifier:
            self._notifier.tell(self._names.of(role) for role in done.roles)
        return Published(
            added=done.added,
            removed=done.removed,
            foreign=found.count,
            foreign_examples=tuple(found.examples),
            serials={role: self._known[role].soa.serial for role in ROLES},
            messages=done.messages,
            seconds=time.monotonic() - begun,
        )

    def _repeated(self, wanted: Mapping[Role, frozenset[Record]], found: _Foreign) -> _Done:
        done = _Done()
        pauses = list(PAUSES_S)
        for _ in range(MOST_ROUNDS + len(PAUSES_S)):
            try:
                if self._round(wanted, found, done):
                    return done
            except UnreachableError:
                if not pauses:
                    raise
                self._sleep(pauses.pop(0))
        raise ChangedError(
            f"Somebody else changes the zones at {self._primary.address} all the time. Only "
            "Fluxhound may write them: check who else has the key, or runs with the same zones."
        )

    def _round(
        self, wanted: Mapping[Role, frozenset[Record]], found: _Foreign, done: _Done
    ) -> bool:
        """Read, change, look again; tell whether the zones are as wanted."""
        with closing(Channel(self._primary, clock=self._clock)) as channel:
            changes = {role: self._due(channel, role, wanted[role], found) for role in ROLES}
            try:
                for role, phase in ROUND:
                    steps = in_phase(changes[role], phase, self._names.of(role))
                    self._change(channel, role, steps, done)
                raised = [role for role in self._behind if changes[role].empty]
                for role in raised:
                    self._change(channel, role, [NOTHING], done)
                self._behind.clear()
            except ChangedError:
                self._ahead = 1  # should a primary not take messages in the order they come in
                return False
            touched = [role for role in ROLES if role in raised or not changes[role].empty]
            return all(self._as_left(channel, role) for role in touched)

    def _due(
        self, channel: Channel, role: Role, wanted: frozenset[Record], found: _Foreign
    ) -> Difference:
        known = self._known.get(role)
        if known is None or not self._as_left(channel, role):
            state = self._read(channel, role)
            if state.soa.serial == FIRST_SERIAL or (
                known and newer(known.soa.serial, state.soa.serial)
            ):
                self._behind.add(role)
            found.take(self._names.of(role), foreign(known, state))
            self._known[role] = known = state
        return difference(known, wanted)

    def _change(self, channel: Channel, role: Role, steps: Iterable[Step], done: _Done) -> None:
        zone, before = self._names.of(role), self._known[role]
        sent: dict[int, tuple[Soa, Step]] = {}

        def updates() -> Iterator[bytes]:
            soa, first = before.soa, _number()
            for number, step in enumerate(steps, first):
                after = soa.renumbered(following(soa.serial, self._clock()))
                sent[number % NUMBERS] = after, step
                yield message(number % NUMBERS, zone, soa, after, step)
                soa = after

        records, soa = set(before.records), before.soa
        try:
            for response in channel.ask_ahead(updates(), self._ahead):
                self._check(response, zone)
                soa, step = sent.pop(response.head.id)
                records.difference_update(step.removed)
                records.update(step.added)
                done.take(role, step)
        except PublishError:
            # Whether the last messages were taken is not certain, so the zone is read again.
            del self._known[role]
            raise
        if soa is not before.soa:
            self._known[role] = State(soa, frozenset(records))

    def _check(self, response: Response, zone: str) -> None:
        rcode = response.head.rcode
        if rcode == NXRRSET:  # the SOA record is not the one that we know (RFC 2136 section 3.2.5)
            raise ChangedError
        if rcode != NOERROR:
            raise refused(rcode, self._primary.where, zone, self._primary.key.name)

    def _as_left(self, channel: Channel, role: Role) -> bool:
        where, key = self._primary.where, self._primary.key.name
        soa = read_soa(channel, self._names.of(role), _number(), where, key)
        return soa == self._known[role].soa

    def _read(self, channel: Channel, role: Role) -> State:
        where, key = self._primary.where, self._primary.key.name
        return read_zone(channel, self._names.of(role), _number(), where, key)


@dataclass(slots=True)
class _Done:
    """What was sent and taken."""

    added: int = 0
    removed: int = 0
    messages: int = 0
    roles: set[Role] = field(default_factory=set)

    def take(self, role: Role, step: Step) -> None:
        self.roles.add(role)
        self.added += len(step.added)
        self.removed += len(step.removed)
        self.messages += 1


class _Foreign:
    """What others changed."""

    def __init__(self) -> None:
        self.count = 0
        self.examples: list[str] = []

    def take(self, zone: str, records: frozenset[Record]) -> None:
        self.count += len(records)
        left = MOST_FOREIGN - len(self.examples)
        if left > 0:
            some = sorted(records)[:left]
            self.examples += [f"{each.owner} {each.type} {each.value} in {zone}" for each in some]


def _number() -> int:
    """Return a message number that nobody can guess."""
    return secrets.randbelow(NUMBERS)
