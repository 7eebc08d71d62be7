"""Delivery to one destination: what is due, in which order, and what to do when it fails."""

from __future__ import annotations

import dataclasses
import logging
import random
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from fluxhound.errors import UnreadableInputError
from fluxhound.records import SEVERITIES, Severity
from fluxhound.service.alerts.delivery import DeliveryError, Destination, Letter
from fluxhound.service.alerts.ledger import NAMESPACE
from fluxhound.service.alerts.outbox import Outbox, Posting, State
from fluxhound.service.alerts.policy import SUMMARY, Policy, Waiting, select
from fluxhound.service.alerts.settings import AlertSettings
from fluxhound.sharing.headline import HeldBack

log = logging.getLogger(__name__)

#: First pause after a failure, and the longest, in seconds: a destination that is back gets what
#: waits within five minutes. Chosen, not measured.
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 300.0
#: A destination may ask for a longer one (Retry-After), but for no longer than this.
LONGEST_WISH_S = 3600.0
#: How often old rows are looked for, in seconds.
TIDY_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationHealth:
    """How delivery to one destination goes. Times: epoch seconds, ``None`` for never."""

    name: str
    state: str = "idle"  # or "delivering" (something was delivered or waits), "failing"
    pending: int = 0
    delivered: int = 0
    given_up: int = 0  # refused, tried for too long, or dropped
    superseded: int = 0
    last_delivered: float | None = None
    error: str = ""


def pause_s(tries: int, dice: random.Random) -> float:
    """Return how long to wait after *tries* failures: doubled each time, with equal jitter.

    Half of the pause is fixed and half is drawn (Brooker 2015, "Exponential backoff and jitter").
    """
    whole = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(tries, 20))
    return whole / 2 + dice.uniform(0, whole / 2)


class Courier:
    """Takes what waits in the outbox to one destination. One thread calls ``round``."""

    def __init__(
        self,
        name: str,
        destination: Destination,
        outbox: Outbox,
        *,
        policy: Policy,
        settings: AlertSettings,
        dice: random.Random,
    ) -> None:
        """Take a destination, and an outbox on a cursor of this thread."""
        self.health = DestinationHealth(name=name)
        self._name = name
        self._destination = destination
        self._outbox = outbox
        self._policy = policy
        self._settings = settings
        self._dice = dice
        self._rest_until = 0.0
        self._failures = 0
        self._tidied = float("-inf")
        #: Settled, but the store could not be written: not to be delivered again meanwhile.
        self._unwritten: dict[int, State] = {}

    def round(self, now: float) -> float:
        """Deliver one batch of what is due, and return when to come again, in epoch seconds.

        Raises:
            duckdb.Error: the store could not be read or written; call again later.
        """
        self._write_settled(now)
        self._tidy(now)
        waiting = self._outbox.waiting(self._name)
        past = self._outbox.past(self._name, now, since=now - self._settings.repeat_after_s)
        chosen = select(self._policy, waiting, past, now)
        if chosen.superseded:
            self._outbox.settle(chosen.superseded, State.SUPERSEDED, now=now)
            self._note(superseded=self.health.superseded + len(chosen.superseded))
        if chosen.summary:
            self._summarize(chosen.summary, now)
            return now
        rows = {row.sequence: row for row in waiting}
        due = [rows[sequence] for sequence in chosen.deliver]
        if now < self._rest_until:  # it failed a moment ago: only what is new and urgent is tried
            due = [row for row in due if row.urgent and not row.tries]
        if not due:
            pending = self._outbox.count(self._name)
            self._note(pending=pending, state=self._state(pending))
            resting = bool(chosen.deliver)
            return min(chosen.again, self._rest_until) if resting else chosen.again
        self._attempt(due[: self._destination.batch], now)
        return now

    def close(self) -> None:
        """Let the destination go, and the cursor of this thread."""
        self._destination.close()
        self._outbox.close()

    def fail(self, error: str) -> None:
        """Note a defect of ours, for whoever looks at the health."""
        self._note(state="failing", error=error)

    def _attempt(self, rows: list[Waiting], now: float) -> None:
        letters = self._letters(rows, now)
        sequences = list(letters)
        if not sequences:
            return
        try:
            self._destination.deliver(list(letters.values()), now=now)
        except DeliveryError as error:
            self._failed([row for row in rows if row.sequence in letters], error, now)
            return
        self._failures, self._rest_until = 0, 0.0
        self._settle(sequences, State.DELIVERED, now)
        self._note(
            state="delivering",
            delivered=self.health.delivered + len(sequences),
            last_delivered=now,
            error="",
        )

    def _letters(self, rows: list[Waiting], now: float) -> dict[int, Letter]:
        """Return the letters; one that cannot be read is given up, so that it blocks no other."""
        sequences = [row.sequence for row in rows]
        try:
            return self._outbox.letters(sequences)
        except UnreadableInputError as error:
            if len(sequences) > 1:
                return self._letters(rows[:1], now)
            log.error("alert cannot be read from the store: %s", error)  # noqa: TRY400 - no defect here
            self._give_up(rows, State.REFUSED, now)
            return {}

    def _failed(self, rows: list[Waiting], error: DeliveryError, now: float) -> None:
        self._note(state="failing", error=str(error))
        if error.permanent and len(rows) == 1:
            self._refused(rows[0], error, now)
            return
        if error.permanent:  # one of them, and it must not block the others
            for row in rows:
                self._attempt([row], now)
            return
        wish = min(error.after_s or 0.0, LONGEST_WISH_S)
        self._rest_until = now + max(pause_s(self._failures, self._dice), wish)
        self._failures += 1
        log.warning(
            "alerts not delivered to %s, next try in %.0f s: %s",
            self._name,
            self._rest_until - now,
            error,
        )
        tired = [row for row in rows if self._too_old(row, now)]
        fresh = [row.sequence for row in rows if not self._too_old(row, now)]
        self._outbox.postpone(fresh, self._rest_until)
        if tired:
            self._give_up(tired, State.GIVEN_UP, now)

    def _refused(self, row: Waiting, error: DeliveryError, now: float) -> None:
        """Give one message up, unless it is critical: then somebody may mend the receiver."""
        if row.urgent and not self._too_old(row, now):
            log.error("critical alert refused by %s, will be tried again: %s", self._name, error)
            self._outbox.postpone([row.sequence], now + pause_s(row.tries + 4, self._dice))
            return
        self._give_up([row], State.REFUSED, now)

    def _too_old(self, row: Waiting, now: float) -> bool:
        settings = self._settings
        limit = settings.give_up_critical_s if row.urgent else settings.give_up_s
        return now - row.raised > limit

    def _give_up(self, rows: list[Waiting], state: State, now: float) -> None:
        critical = sum(row.urgent for row in rows)
        log.error(
            "alerts given up for %s (%s): %d, of them critical: %d. The last error: %s",
            self._name,
            state.value,
            len(rows),
            critical,
            self.health.error or "none",
        )
        self._settle([row.sequence for row in rows], state, now)
        self._note(given_up=self.health.given_up + len(rows))

    def _settle(self, sequences: list[int], state: State, now: float) -> None:
        self._unwritten.update(dict.fromkeys(sequences, state))
        self._write_settled(now)

    def _write_settled(self, now: float) -> None:
        for state in set(self._unwritten.values()):
            chosen = [sequence for sequence, each in self._unwritten.items() if each is state]
            self._outbox.settle(chosen, state, now=now)
            for sequence in chosen:
                del self._unwritten[sequence]

    def _summarize(self, held: int, now: float) -> None:
        time = datetime.fromtimestamp(now, UTC)
        identifier = uuid.uuid5(NAMESPACE, f"held back\n{self._name}\n{now:.0f}")
        told = HeldBack(id=str(identifier), time=time, held=held)
        log.warning("%d alerts for %s are held back by its ceiling", held, self._name)
        posting = Posting(
            destination=self._name,
            thing=SUMMARY,
            urgent=False,
            rank=SEVERITIES.index(Severity.INFO),
            letter=Letter(told=told),
        )
        self._outbox.put([posting], now=now)

    def _tidy(self, now: float) -> None:
        if now - self._tidied < TIDY_S:
            return
        self._tidied = now
        self._outbox.purge(self._name, now=now)
        dropped = self._outbox.trim(self._name, self._settings.outbox_limit, now=now)
        if dropped:
            log.error("too many alerts wait for %s: %d were dropped", self._name, dropped)
            self._note(given_up=self.health.given_up + dropped)

    def _state(self, pending: int) -> str:
        if self.health.error:
            return "failing"
        return "delivering" if pending else "idle"

    def _note(self, **changes: object) -> None:
        self.health = dataclasses.replace(self.health, **changes)  # type: ignore[arg-type]
