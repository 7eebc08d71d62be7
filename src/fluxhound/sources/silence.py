"""How a followed input is: whether it speaks, whether it can be read, and when that is said.

A change of state is logged once. Nothing is louder than an input that quietly stopped.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from fluxhound.sources.live import FAILING, RUNNING, SILENT, STARTING, Health
from fluxhound.sources.outcome import OTHER_LOG
from fluxhound.sources.tally import Tally, printable

#: So many records on end that cannot be read are no accident. Chosen, not measured.
BAD_RUN = 100

_LOGGER = logging.getLogger(__name__)


class Vigil:
    """Keeps the health of one input."""

    def __init__(
        self,
        health: Health,
        *,
        name: str,
        silent_after: float,
        clock: Callable[[], float],
        among_others: bool = False,
    ) -> None:
        """Tell of silence after *silent_after* seconds; 0 never does. *clock* counts seconds.

        *among_others*: the input holds other logs too, which are no reason to complain.
        """
        self.health = health
        self._name = name
        self._silent_after = silent_after
        self._clock = clock
        self._among_others = among_others
        self._since = clock()
        self._bad = 0
        self._sample = ""
        self._reason = ""
        self._waiting = ""
        self._troubles: dict[str, str] = {}

    def took(self, tally: Tally) -> None:
        """Take in the counts of a portion."""
        if not tally.records:
            return
        self.health.last_record = self._since = self._clock()
        self._waiting = ""
        useless = tally.bad.total()
        if not self._among_others:
            useless += tally.passed_over[OTHER_LOG]
        if useless < tally.records:
            self._bad = 0
            return
        self._bad += tally.records
        reasons = tally.bad or tally.passed_over
        self._reason = reasons.most_common(1)[0][0]
        samples = tally.samples.get(self._reason, [])
        self._sample = samples[0] if samples else ""

    def trouble(self, place: str, sentence: str) -> None:
        """Take in that *place* cannot be read, or, with "", that it can be again."""
        if sentence:
            self._troubles[place] = printable(sentence, limit=500)
        else:
            self._troubles.pop(place, None)

    def waiting(self, sentence: str) -> None:
        """Take in that there is nothing to read yet, or, with "", that there is."""
        self._waiting = printable(sentence, limit=500)

    def look(self) -> None:
        """Bring the health up to date, and log it when it changed."""
        state, sentence = self._judged()
        if (state, sentence) == (self.health.state, self.health.error):
            return
        before, self.health.error = self.health.state, sentence
        self.health.state = state
        if sentence and (state != before or state == STARTING):
            _LOGGER.warning("%s", sentence)
        elif not sentence and before in (FAILING, SILENT):
            _LOGGER.warning("%s: records come again", self._name)

    def _judged(self) -> tuple[str, str]:
        if self._troubles:
            return FAILING, next(iter(self._troubles.values()))
        if self._bad > BAD_RUN:
            shown = f", for example '{self._sample}'" if self._sample else ""
            return FAILING, (
                f"{self._name}: nothing of what comes can be used ({self._reason}{shown}). "
                "Is this the DNS log, in the format that was named?"
            )
        if self._silent_after and self._clock() - self._since >= self._silent_after:
            minutes = f"{self._silent_after / 60:g} minutes"
            return SILENT, self._waiting or (
                f"{self._name}: no record for {minutes}. Is the sensor running, and does it still "
                "write here?"
            )
        if self._waiting:
            return STARTING, self._waiting
        return RUNNING, ""
