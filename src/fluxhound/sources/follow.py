"""Following log files as they are written, through every rotation, from where the reading stood.

A position names files by their content. A log that ``fluxhound analyze --store`` has read is not
known here, nor the other way round: the same lines count twice if both read them into one store.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import pyarrow as pa

from fluxhound.errors import FluxhoundError, UnknownFormatError, UnreadableInputError
from fluxhound.sources.bookmark import Bookmark, Position, position
from fluxhound.sources.format import ReadOptions
from fluxhound.sources.headers import LineReader
from fluxhound.sources.live import ENDED, FAILING, Health, Outlet, Portion
from fluxhound.sources.silence import Vigil
from fluxhound.sources.tally import Tally
from fluxhound.sources.trail import Piece, Trail
from fluxhound.sources.watched import MAX_LOGS, Watched

#: Seconds between two looks at files that had nothing new, and between two at folders for new
#: files. Chosen: far below the time that a judgement takes.
POLL_S = 0.2
DISCOVER_S = 2.0
#: Seconds until what cannot be read is tried again: doubled each time, up to this. Chosen.
RETRY_LIMIT_S = 30.0

_LOGGER = logging.getLogger(__name__)

Wait = Callable[[threading.Event, float], object]


@dataclass(slots=True)
class _Log:
    """One log of the input."""

    path: Path
    reader: LineReader
    trail: Trail
    at_end: bool
    placed: bool = False
    aside: bool = False  # not to be read, for a reason that was told
    retry_at: float = float("-inf")
    delay: float = 0.0


class FollowedFile:
    """A live input: one log, or all logs of a folder or a pattern."""

    def __init__(
        self,
        path: str | Path,
        *,
        name: str = "",
        sensor: str | None = None,
        format: str = "",  # noqa: A002 - the word is "format" everywhere
        options: ReadOptions | None = None,
        start: Literal["end", "beginning"] = "end",
        silent_after: float = 600.0,
        follow: bool = True,
        clock: Callable[[], float] = time.monotonic,
        wait: Wait = threading.Event.wait,
    ) -> None:
        """Take the *path* of a log, of a folder, or a pattern.

        *start* holds where there is no stored position; *silent_after* is in seconds, 0 is never.
        Without *follow*, what is there is read to its end. *clock* counts seconds, *wait* waits
        for an event or some seconds.
        """
        self.name = name or str(path)
        self.sensor = sensor
        self.format = format
        self.not_observable: tuple[str, ...] = ()
        self.health = Health()
        self._options = options or ReadOptions()
        if sensor is not None:
            self._options = replace(self._options, sensor=sensor)
        self._form = format
        self._from_end = start == "end"
        self._silent_after = silent_after
        self._follow = follow
        self._clock = clock
        self._wait = wait
        self._watched = Watched(path)
        self._logs: dict[Path, _Log] = {}
        self._marks: dict[str, Bookmark] = {}
        self._left_out = 0
        self._discovered = float("-inf")
        self._vigil = self._new_vigil()

    def run(self, outlet: Outlet, stop: threading.Event, position: str | None) -> None:
        """Put what the logs say into *outlet* until *stop* is set, or to their end.

        Raises:
            FluxhoundError: a log cannot be followed as it is; the text says what to do.
        """
        self.health.state, self.health.error = Health().state, ""
        self._vigil = self._new_vigil()
        try:
            self._begin(position)
            self._run(outlet, stop)
        except FluxhoundError as error:
            self.health.state, self.health.error = FAILING, str(error)
            raise
        else:
            self.health.state, self.health.error = ENDED, ""
        finally:
            for log in self._logs.values():
                log.trail.close()
            self._logs = {}
            self.health.connections = 0

    def _begin(self, text: str | None) -> None:
        stood = position(text, self.name) if text is not None else Position(marks={})
        self._marks = dict(stood.marks)
        self._left_out = stood.left_out
        if self._watched.is_single:  # the input may have been given another path since
            kept = self._watched.text
            self._marks = {kept: self._marks[kept]} if kept in self._marks else {}
        for path in [*self._marks]:
            self._add(Path(path), at_end=False)
        self._discover(at_end=self._from_end and not self._marks)

    def _run(self, outlet: Outlet, stop: threading.Event) -> None:
        new = [log for log in self._logs.values() if str(log.path) not in self._marks]
        for log in new:
            self._tried(log, self._place)
        if any(log.placed for log in new):
            # So that what is written from now on is read even if we end before the first record.
            outlet.put(Portion(batches=(), tally=Tally(), position=self._position()))
        while not stop.is_set():
            busy = False
            for log in [*self._logs.values()]:
                while self._turn(log, outlet):
                    busy = True
                    if self._follow or stop.is_set():
                        break
            self._tell()
            if not busy and not self._follow:
                break
            self._rest(stop, busy=busy)
        self._complain_at_end()

    def _rest(self, stop: threading.Event, *, busy: bool) -> None:
        if self._clock() - self._discovered >= DISCOVER_S:
            self._discover(at_end=False)
        if not busy:
            self._wait(stop, POLL_S)

    def _turn(self, log: _Log, outlet: Outlet) -> bool:
        """Hand over the next piece of *log*; tell whether there was one."""
        if log.aside or self._clock() < log.retry_at:
            return False
        portion = self._tried(log, self._next)
        if portion is None:
            return False
        self._vigil.took(portion.tally)
        outlet.put(portion)
        return True

    def _next(self, log: _Log) -> Portion | None:
        if not log.placed:
            self._place(log)
        piece = log.trail.take()
        return None if piece is None else self._portion(log, piece)

    def _portion(self, log: _Log, piece: Piece) -> Portion:
        reader, tally = log.reader, Tally()
        batches: tuple[pa.RecordBatch, ...] = ()
        if piece.lines:
            batches, tally = reader.read(piece.lines, at_beginning=piece.at_beginning)
        tally.records += piece.faults.records
        tally.bad += piece.faults.bad
        tally.samples.update(piece.faults.samples)
        self._marks[str(log.path)] = log.trail.mark(reader.form, reader.header.decode("latin-1"))
        return Portion(batches=batches, tally=tally, position=self._position())

    def _place(self, log: _Log) -> None:
        """Go to where the reading of *log* starts."""
        mark = self._marks.get(str(log.path))
        if mark is not None:
            log.reader.restore(mark.format, mark.header)
            log.trail.resume(mark)
        else:
            log.trail.start(at_end=log.at_end)
            self._learn_beginning(log)
            header = log.reader.header.decode("latin-1")
            self._marks[str(log.path)] = log.trail.mark(log.reader.form, header)
        log.placed = True

    def _learn_beginning(self, log: _Log) -> None:
        if log.trail.file is not None and log.reader.lacks_header:
            try:
                log.reader.begin(log.trail.file.head())
            except UnknownFormatError as error:
                log.reader.unknown = error

    def _tried(self, log: _Log, step: Callable[[_Log], Portion | None]) -> Portion | None:
        """Take a step; what a file system refuses is tried again later."""
        place = str(log.path)
        try:
            portion = step(log)
        except OSError as error:
            if not self._follow:
                raise UnreadableInputError(f"{place}: {error.strerror or error}.") from None
            log.delay = min(max(POLL_S, 2 * log.delay), RETRY_LIMIT_S)
            log.retry_at = self._clock() + log.delay
            reason = error.strerror or error
            self._vigil.trouble(place, f"{place}: {reason}. It is tried again and again.")
            return None
        except FluxhoundError as error:
            if self._watched.is_single:
                raise
            log.aside = True
            log.trail.close()
            _LOGGER.warning("left out: %s", error)
            return None
        if log.delay:
            log.delay = 0.0
            self._vigil.trouble(place, "")
        return portion

    def _discover(self, *, at_end: bool) -> None:
        """Take up the logs that were not there before."""
        self._discovered = self._clock()
        new = self._watched.paths(self._logs, packed=not self._follow, since=self._left_out)
        if len(new) > MAX_LOGS:
            self._leave_out(new[:-MAX_LOGS])
            new = new[-MAX_LOGS:]
        held = {(f.device, f.inode) for log in self._logs.values() if (f := log.trail.file)}
        for path in new:
            if not held or _key(path) not in held:
                self._add(path, at_end=at_end)

    def _add(self, path: Path, *, at_end: bool) -> None:
        if len(self._logs) >= MAX_LOGS:
            oldest = min(self._logs, key=self._changed)
            self._logs.pop(oldest).trail.close()
            self._left_out = max(self._left_out, self._changed(oldest))
            self._marks.pop(str(oldest), None)
        reader = LineReader(self._options, name=str(path), form=self._form)
        log = _Log(
            path=path,
            reader=reader,
            trail=Trail(
                path,
                follow=self._follow,
                ready=lambda lines, waited: self._ready(path, lines, waited=waited),
                clock=self._clock,
            ),
            at_end=at_end,
        )
        self._logs[path] = log

    def _ready(self, path: Path, lines: memoryview, *, waited: bool) -> int:
        log = self._logs[path]
        self._learn_beginning(log)
        return log.reader.ready(lines, waited)

    def _changed(self, path: Path) -> int:
        mark = self._marks.get(str(path))
        return mark.changed if mark is not None else 0

    def _leave_out(self, paths: list[Path]) -> None:
        changed = [_changed_at(path) for path in paths]
        self._left_out = max(self._left_out, *changed)
        _LOGGER.warning(
            "%s: of %d more files than are followed at once the oldest are left out; "
            "read them with fluxhound analyze --store",
            self.name,
            len(paths),
        )

    def _position(self) -> str:
        return Position(marks=self._marks, left_out=self._left_out).text()

    def _tell(self) -> None:
        """Bring the health up to date."""
        logs = self._logs.values()
        forms = [log.reader.format for log in logs if log.reader.format is not None]
        if forms and not self.format:
            self.format = forms[0].name
            self.not_observable = forms[0].not_observable
        self.health.connections = sum(log.trail.file is not None for log in logs)
        self._vigil.waiting(self._waits_for())
        self._vigil.look()

    def _waits_for(self) -> str:
        if not self.health.connections and not any(path.exists() for path in self._logs):
            what = "does not exist yet" if self._watched.is_single else "matches no log yet"
            return f"{self._watched.text} {what}: waiting for it."
        unknown = [log.reader.unknown for log in self._logs.values() if not log.reader.form]
        if unknown and len(unknown) == len(self._logs) and unknown[0] is not None:
            return str(unknown[0])
        return ""

    def _complain_at_end(self) -> None:
        if self._follow or not self._watched.is_single:
            return
        for log in self._logs.values():
            if not log.reader.form and log.reader.unknown is not None:
                raise log.reader.unknown
            if not log.path.exists():
                raise UnreadableInputError(f"{log.path}: there is no such file.")

    def _new_vigil(self) -> Vigil:
        return Vigil(
            self.health,
            name=self.name,
            silent_after=self._silent_after,
            clock=self._clock,
            among_others=not self._watched.is_single,
        )


def _key(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return -1, -1
    return status.st_dev, status.st_ino


def _changed_at(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
