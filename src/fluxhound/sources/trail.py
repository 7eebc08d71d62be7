"""One followed log through its rotations: whole lines, file after file, none left out, none twice.

When the log's name stands for another file, the one before is read on until it was quiet for a
while; ``succession`` tells which comes after it.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from fluxhound.errors import CorruptInputError
from fluxhound.sources.bookmark import Bookmark
from fluxhound.sources.logfile import GrowingFile, LogFile, ReplacedError
from fluxhound.sources.packedfile import NOTHING
from fluxhound.sources.succession import Opening, Succession
from fluxhound.sources.tally import Tally

#: After a rotation the old file is read on until it was quiet for so long (seconds), as writers
#: change over a little later. Chosen: logrotate signals within the second.
GRACE_S = 2.0
#: Lines that may be part of an unfinished answer set wait for so long for more. Chosen: writers
#: write the records of one answer at once.
SETTLE_S = 0.5
#: Counted once for each time that lines may have been lost: how many, nobody knows.
LOST = "lost in rotation"

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What was found next: whole lines, or the half line at the end of a file that is over."""

    lines: memoryview
    at_beginning: bool
    faults: Tally  # what was passed over before them


class Trail:
    """One path, and the files that bore its name."""

    def __init__(
        self,
        path: Path,
        *,
        follow: bool,
        ready: Callable[[memoryview, bool], int],
        clock: Callable[[], float],
    ) -> None:
        """Follow *path*.

        *ready* tells how much of some lines may be taken while more may come; it is told whether
        nothing came for a while. *clock* counts seconds.
        """
        self.path = path
        self.file: LogFile | None = None
        self._follow = follow
        self._ready = ready
        self._clock = clock
        self._succession = Succession(path, follow=follow, lose=self._lose)
        self._past = False  # the open file was rotated away before the last rotation
        self._may_come_later = False  # the open file was empty, others may come before it
        self._quiet: float | None = None  # since when a rotated file had nothing more
        self._listed = float("-inf")  # when the folder was looked at last for files between
        self._unsettled = (0.0, -1)  # since when lines wait, and their length
        self._faults = Tally()

    def start(self, *, at_end: bool) -> None:
        """Begin with the file that bears the name.

        Raises:
            OSError: the file is there and cannot be opened.
            UnreadableInputError: it is none that can be followed.
        """
        file = self._read(self._succession.start())
        if at_end and isinstance(file, GrowingFile):
            file.seek_end()

    def resume(self, mark: Bookmark) -> None:
        """Go on from *mark*, wherever its file is now."""
        self._succession.resume(mark)

    def take(self) -> Piece | None:
        """Return the next piece, or ``None`` if there is nothing to be had now.

        Raises:
            OSError: something cannot be read; it may be tried again.
            UnreadableInputError: the log is none that can be followed.
        """
        while (file := self.file or self._read(self._succession.following())) is not None:
            if not self._is_next(file):
                continue
            try:
                piece, over = self._look(file)
            except ReplacedError:
                _LOGGER.info("%s was truncated or written anew", self.path)
                self._leave(file, unread=True)
                continue
            except CorruptInputError as damage:
                self._lose(str(damage))
                piece, over = None, True
            if over:
                self._leave(file, unread=False)
            if piece is not None or not over:
                return piece
        return None

    def mark(self, form: str, header: str) -> Bookmark:
        """Return where the reading stands."""
        mark = self._succession.last if self.file is None else self.file.mark(form, header)
        return replace(mark, format=form, header=header, done=" ".join(self._succession.done))

    def close(self) -> None:
        """Close the file that is open."""
        if self.file is not None:
            self.file.close()
            self.file = None

    def _is_next(self, file: LogFile) -> bool:
        """Tell whether *file* is still to be read next: an empty one may have been copied away."""
        if not self._may_come_later or file.offset or not file.peek():
            return True
        self.close()
        return False

    def _look(self, file: LogFile) -> tuple[Piece | None, bool]:
        """Return the next piece of *file*, and whether the file is over after it."""
        lines = file.peek()
        if lines:
            cut = self._ready(lines, self._waited(len(lines)))
            if cut:
                return self._piece(file, lines[:cut]), False
        elif file.faults.records:
            return self._piece(file, NOTHING), False
        if not self._is_over(file):
            return None, False
        if lines:
            return self._piece(file, lines), False
        rest = memoryview(file.rest())
        return (self._piece(file, rest) if rest else None), True

    def _waited(self, length: int) -> bool:
        """Tell whether *length* octets of lines have waited for long, with nothing after them."""
        if not self._follow:
            return True
        since, before = self._unsettled
        if length != before:
            since = self._clock()
            self._unsettled = since, length
        return self._clock() - since >= SETTLE_S

    def _piece(self, file: LogFile, lines: memoryview) -> Piece:
        faults, self._faults = self._faults, Tally()
        faults.records += file.faults.records
        faults.bad += file.faults.bad
        faults.samples.update(file.faults.samples)
        piece = Piece(lines=lines, at_beginning=file.offset == 0, faults=faults)
        file.faults = Tally()
        file.advance(lines)
        self._quiet, self._unsettled = None, (0.0, -1)
        return piece

    def _is_over(self, file: LogFile) -> bool:
        """Tell whether nothing more is to be expected in *file*, which is read out."""
        if not self._follow or file.packed or self._past:
            return True
        now = self._clock()
        try:
            status = os.stat(self.path)  # noqa: PTH116 - as often as five times a second
        except FileNotFoundError:
            self._quiet = None
            return False
        if (status.st_dev, status.st_ino) == (file.device, file.inode):
            self._quiet = None
            return False
        if not status.st_size and not self._is_between(file, now):
            return False  # its writer has not changed over yet
        if self._quiet is None:
            self._quiet = now
        return now - self._quiet >= GRACE_S

    def _is_between(self, file: LogFile, now: float) -> bool:
        """Tell whether files came after *file*, and went, while the log's name stands for none."""
        if now - self._listed < GRACE_S:
            return self._quiet is not None
        self._listed = now
        return self._succession.has_between(file)

    def _leave(self, file: LogFile, *, unread: bool) -> None:
        self._succession.leave(file, unread=unread)
        self.close()
        self._quiet, self._unsettled = None, (0.0, -1)

    def _read(self, opening: Opening | None) -> LogFile | None:
        """Go over to the file of *opening*."""
        if opening is not None:
            self.file = opening.file
            self._past, self._may_come_later = opening.past, opening.empty
        return self.file

    def _lose(self, sentence: str) -> None:
        _LOGGER.warning("%s", sentence)
        self._faults.records += 1
        self._faults.reject(LOST, sentence)
