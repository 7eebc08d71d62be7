"""The live inputs, each in its own thread, and the bounded line in which their portions wait."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from fluxhound.errors import FluxhoundError
from fluxhound.sources.live import ENDED, FAILING, LiveInput, Portion

log = logging.getLogger(__name__)

#: Rows that may wait. At 30,000 a second this is ten seconds; about 60 MB. Chosen.
WAITING_ROWS = 300_000
#: Portions that may wait, whatever their rows. Chosen.
WAITING_PORTIONS = 2048
#: The line has to be full for this long before inputs are asked to leave out repeats. Chosen: a
#: judgement of the whole store or a checkpoint must not cause it.
PRESSED_AFTER_S = 2.0
#: How long an input may take to hand over its last portion when it is told to stop. Chosen.
STOP_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A portion, the input that it came from, and when it came (monotonic seconds)."""

    input: LiveInput
    portion: Portion
    at: float

    @property
    def rows(self) -> int:
        """Return the number of its rows."""
        return rows_of(self.portion)


def rows_of(portion: Portion) -> int:
    """Return the number of rows of a portion."""
    return sum(batch.num_rows for batch in (*portion.batches, *portion.asked))


class Line:
    """What waits to be recorded. Inputs put, the recorder takes; each may wait for the other."""

    def __init__(
        self,
        *,
        rows: int = WAITING_ROWS,
        portions: int = WAITING_PORTIONS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Let at most *rows* and *portions* wait."""
        self._limits = (rows, portions)
        self._clock = clock
        self._waiting: deque[Arrival] = deque()
        self._rows = 0
        self._full_since = float("inf")
        self._changed = threading.Condition()

    def put(self, source: LiveInput, portion: Portion) -> None:
        """Add a portion, as soon as there is room; an empty line has room for any."""
        weight = rows_of(portion)
        with self._changed:
            while self._waiting and self._is_full(weight):
                self._full_since = min(self._full_since, self._clock())
                self._changed.wait(0.2)
            self._waiting.append(Arrival(input=source, portion=portion, at=self._clock()))
            self._rows += weight
            self._changed.notify_all()

    def _is_full(self, weight: int) -> bool:
        rows, portions = self._limits
        return self._rows + weight > rows or len(self._waiting) >= portions

    def take(self, *, wait_s: float, most_rows: int) -> list[Arrival]:
        """Return what waits, oldest first and at most *most_rows* (but at least one portion).

        Waits up to *wait_s* for the first portion.
        """
        with self._changed:
            if not self._waiting:
                self._changed.wait(wait_s)
            taken: list[Arrival] = []
            rows = 0
            while self._waiting and (not taken or rows + self._waiting[0].rows <= most_rows):
                taken.append(self._waiting.popleft())
                rows += taken[-1].rows
            self._rows -= rows
            if self._rows * 2 < self._limits[0] and len(self._waiting) * 2 < self._limits[1]:
                self._full_since = float("inf")
            self._changed.notify_all()
            return taken

    @property
    def pressed(self) -> bool:
        """Tell whether the line has been full for ``PRESSED_AFTER_S``, and is not half empty."""
        return self._clock() - self._full_since >= PRESSED_AFTER_S

    @property
    def waiting_rows(self) -> int:
        """Return the rows that wait."""
        return self._rows

    def lag(self) -> Mapping[str, float]:
        """Return for each input with something in the line how long its oldest portion waits."""
        now = self._clock()
        with self._changed:
            waits: dict[str, float] = {}
            for arrival in self._waiting:
                waits.setdefault(arrival.input.name, now - arrival.at)
            return waits


@dataclass(frozen=True, slots=True)
class _Outlet:
    """The line as one input sees it."""

    line: Line
    source: LiveInput

    def put(self, portion: Portion) -> None:
        self.line.put(self.source, portion)

    @property
    def pressed(self) -> bool:
        return self.line.pressed


class Gathering:
    """All live inputs of a service."""

    def __init__(self, inputs: Sequence[LiveInput], line: Line) -> None:
        """Take the *inputs*; their portions go into *line*."""
        self.inputs = tuple(inputs)
        self._line = line
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self.errors: list[FluxhoundError] = []

    def start(self, positions: Mapping[str, str]) -> None:
        """Start every input from its stored position."""
        for source in self.inputs:
            thread = threading.Thread(
                target=self._run,
                args=(source, positions.get(source.name)),
                name=f"input {source.name}",
                daemon=True,
            )
            self._threads.append(thread)
            thread.start()

    def _run(self, source: LiveInput, position: str | None) -> None:
        try:
            source.run(_Outlet(self._line, source), self._stop, position)
        except FluxhoundError as error:
            self.errors.append(error)
            source.health.state = FAILING
            source.health.error = str(error)
            log.error("%s: %s", source.name, error)  # noqa: TRY400 - the sentence says all
        else:
            source.health.state = ENDED

    def outlet(self, source: LiveInput) -> _Outlet:
        """Return the line as *source* sees it, for an input that needs no thread."""
        return _Outlet(self._line, source)

    @property
    def running(self) -> bool:
        """Tell whether any input may still bring something."""
        return any(thread.is_alive() for thread in self._threads)

    def stop(self) -> None:
        """Ask every input to hand over its last portion and to end."""
        self._stop.set()

    def join(self, timeout_s: float = STOP_S) -> list[str]:
        """Wait for the inputs to end; return the names of those that did not.

        Somebody must go on taking from the line meanwhile.
        """
        until = time.monotonic() + timeout_s
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        return [
            source.name
            for source, thread in zip(self.inputs, self._threads, strict=True)
            if thread.is_alive()
        ]
