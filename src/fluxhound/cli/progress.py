"""How far the work is: a line that moves on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, TaskID, TextColumn
from rich.progress import Progress as Bar

from fluxhound.quantities import format_size
from fluxhound.service.analysis import Progress
from fluxhound.sharing.measures import amount

#: Seconds between two lines where no terminal shows a moving one. Chosen, not measured.
LINE_EVERY = 10.0
STAGES = {"read": "reading", "compact": "compacting", "judge": "judging"}
NAME_WIDTH = 32


def describe(progress: Progress, *, elapsed: float, before: int = 0) -> str:
    """Return one line: the stage, the input, bytes of total, records and records per second.

    *before* is how many records earlier inputs held.
    """
    if progress.stage == "judge":
        return STAGES["judge"]
    stage = STAGES.get(progress.stage, progress.stage)
    parts = [f"{stage} {_short(progress.input)}".rstrip()]
    if progress.bytes_total:
        share = min(progress.bytes_read / progress.bytes_total, 1)
        total = format_size(progress.bytes_total)
        parts.append(f"{format_size(progress.bytes_read)} of {total} ({share:.0%})")
    elif progress.bytes_read:
        parts.append(format_size(progress.bytes_read))
    records = before + progress.records
    parts.append(amount(records, "record"))
    if elapsed > 0 and records:
        parts.append(f"{records / elapsed:,.0f} records/s")
    return ", ".join(parts)


def _short(name: str) -> str:
    shown = "".join(c if c.isprintable() else "?" for c in name)
    return shown if len(shown) <= NAME_WIDTH else "…" + shown[-NAME_WIDTH + 1 :]


class Earlier:
    """Sums the records of inputs that were read before the present one."""

    def __init__(self) -> None:
        self.records = 0
        self._last: Progress | None = None

    def note(self, progress: Progress) -> None:
        """Take note of a step: another input, or fewer bytes, means that a new one began."""
        last, self._last = self._last, progress
        if last and (last.input, last.bytes_read) != (progress.input, progress.bytes_read):
            same = last.input == progress.input and last.bytes_read <= progress.bytes_read
            self.records += 0 if same else last.records


class Silence:
    """Progress that is not shown."""

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End."""

    def __call__(self, progress: Progress) -> None:
        """Take note of nothing."""


class Lines(Silence):
    """One line every ``LINE_EVERY`` seconds; work that is shorter leaves no trace."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._began = self._told = clock()
        self._earlier = Earlier()

    def __call__(self, progress: Progress) -> None:
        """Write a line if it is time for one."""
        now = self._clock()
        self._earlier.note(progress)
        if now - self._told >= LINE_EVERY:
            self._told = now
            line = describe(progress, elapsed=now - self._began, before=self._earlier.records)
            self._console.print(line, soft_wrap=True)


class Moving(Silence):
    """One line that moves, and is gone when the work is done."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began = clock()
        self._earlier = Earlier()
        text = TextColumn("{task.description}", markup=False)
        self._bar = Bar(BarColumn(bar_width=20), text, console=console, transient=True)
        self._task: TaskID = self._bar.add_task("starting", total=None)

    def __enter__(self) -> Self:
        """Show the line."""
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Remove the line."""
        self._bar.stop()

    def __call__(self, progress: Progress) -> None:
        """Move the line."""
        self._earlier.note(progress)
        elapsed = self._clock() - self._began
        self._bar.update(
            self._task,
            description=describe(progress, elapsed=elapsed, before=self._earlier.records),
            completed=progress.bytes_read,
            total=progress.bytes_total,
        )


def make_progress(console: Console, *, wanted: bool | None, quiet: bool) -> Silence:
    """Return what shows progress: asked for, or on a terminal, a moving line; else lines."""
    if wanted is False or (quiet and not wanted):
        return Silence()
    return Moving(console) if console.is_terminal else Lines(console)
