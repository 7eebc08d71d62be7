"""The live inputs, each in its own thread, and the bounded line in which their portions wait."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from fluxhound.errors import FluxhoundError
from fluxhound.sources.live import ENDED, FAILING, LiveInput, Outlet, Portion

log = logging.getLogger(__name__)

#: Rows that may wait. At 30,000 a second this is ten seconds; about 60 MB. Chosen.
WAITING_ROWS = 300_000
#: Portions that may wait, whatever their rows. Chosen.
WAITING_PORTIONS = 2048
#: The line has to be full for this long before inputs are asked to leave out repeats. Chosen: a
#: judgement of the whole store or a checkpoint must not cause it.
PRESSED_AFTER_S = 2.0


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


class _Running:
    """One input and its thread."""

    def __init__(self, source: LiveInput, line: Line) -> None:
        self.source = source
        self.stop = threading.Event()
        self.thread: threading.Thread | None = None
        self._line = line

    def start(self, position: str | None) -> None:
        self.thread = threading.Thread(
            target=self._run, args=(position,), name=f"input {self.source.name}", daemon=True
        )
        self.thread.start()

    def _run(self, position: str | None) -> None:
        source = self.source
        try:
            source.run(_Outlet(self._line, source), self.stop, position)
        except FluxhoundError as error:
            source.health.state = FAILING
            source.health.error = str(error)
            said = str(error)
            named = said if said.startswith(source.name) else f"{source.name}: {said}"
            log.error("%s", named)  # noqa: TRY400 - the sentence says all
        else:
            source.health.state = ENDED

    @property
    def alive(self) -> bool:
        return self.thread is not None and self.thread.is_alive()


class Gathering:
    """All live inputs of a service."""

    def __init__(self, inputs: Sequence[LiveInput], line: Line) -> None:
        """Take the *inputs*; their portions go into *line*."""
        self._line = line
        self._all = {source.name: _Running(source, line) for source in inputs}

    @property
    def inputs(self) -> tuple[LiveInput, ...]:
        """Return the inputs, in the order in which they were given."""
        return tuple(each.source for each in self._all.values())

    def start(self, positions: Mapping[str, str]) -> None:
        """Start every input that was not started yet, from its stored position."""
        for name, each in self._all.items():
            if each.thread is None:
                each.start(positions.get(name))

    def outlet(self, source: LiveInput) -> Outlet:
        """Return the line as *source* sees it, for an input that needs no thread."""
        return _Outlet(self._line, source)

    def alive(self, names: Iterable[str] | None = None) -> list[str]:
        """Return which inputs (of *names*) may still bring something."""
        wanted = self._all if names is None else names
        return [name for name in wanted if self._all[name].alive]

    def stop(self, names: Iterable[str] | None = None) -> None:
        """Ask inputs to hand over their last portion and to end; go on taking until they have."""
        for name in self._all if names is None else names:
            self._all[name].stop.set()

    def replace(self, gone: Iterable[str], new: Sequence[LiveInput]) -> None:
        """Forget inputs that have ended, and take others; ``start`` starts them."""
        for name in gone:
            del self._all[name]
        self._all.update({source.name: _Running(source, self._line) for source in new})
