"""One followed log through its rotations: whole lines, file after file, none left out, none twice.

What was read is known by its content (``bookmark``), never by its name. When the log's name stands
for another file, the rest of the one before is read first, then the files between them, then the
new one; the same search serves while running, after a restart, and when a log was truncated.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from fluxhound.errors import CorruptInputError, UnreadableInputError
from fluxhound.sources.bookmark import Bookmark, signature
from fluxhound.sources.logfile import GrowingFile, LogFile, ReplacedError, open_log
from fluxhound.sources.packedfile import NOTHING
from fluxhound.sources.rotation import Member, family
from fluxhound.sources.tally import Tally

#: After a rotation the old file is read on until it was quiet for so long (seconds), as writers
#: change over a little later. Chosen: logrotate signals within the second.
GRACE_S = 2.0
#: Lines that may be part of an unfinished answer set wait for so long for more. Chosen: writers
#: write the records of one answer at once.
SETTLE_S = 0.5
#: How much earlier a copy's time of change may be than the original's (archives keep seconds).
SLACK_NS = 2_000_000_000
#: Files read out last that are remembered: no disorder of times has them read again. Chosen.
REMEMBERED = 16
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
        self._last = Bookmark(file="", changed=0)  # where the reading stood when no file is open
        self._unread = False  # that file may have more
        self._past = False  # the open file was rotated away before the last rotation
        self._sure = True  # no other file came between that one and the open one
        self._done: list[str] = []
        self._quiet: float | None = None  # since when a rotated file had nothing more
        self._listed = float("-inf")  # when the folder was looked at last for files between
        self._unsettled = (0.0, -1)  # since when lines wait, and their length
        self._faults = Tally()

    def start(self, *, at_end: bool, now: int) -> None:
        """Begin with the file that bears the name; *now* is in nanoseconds since the epoch.

        Raises:
            OSError: the file is there and cannot be opened.
            UnreadableInputError: it is none that can be followed.
        """
        self._last = Bookmark(file=str(self.path), changed=now)
        if not self.path.exists():
            return
        self.file = self._opened(self.path)
        self._sure = False
        if at_end and isinstance(self.file, GrowingFile):
            self.file.seek_end()

    def resume(self, mark: Bookmark) -> None:
        """Go on from *mark*, wherever its file is now."""
        self._last, self._unread = mark, True
        self._done = mark.done.split()

    def take(self) -> Piece | None:
        """Return the next piece, or ``None`` if there is nothing to be had now.

        Raises:
            OSError: something cannot be read; it may be tried again.
            UnreadableInputError: the log is none that can be followed.
        """
        while self.file is not None or self._go_on():
            if self.file is None or not self._is_next(self.file):
                continue
            try:
                piece, over = self._look(self.file)
            except ReplacedError:
                _LOGGER.info("%s was truncated or written anew", self.path)
                self._leave(unread=True)
                continue
            except CorruptInputError as damage:
                self._lose(str(damage))
                piece, over = None, True
            if over:
                self._leave(unread=False)
            if piece is not None or not over:
                return piece
        return None

    def mark(self, form: str, header: str) -> Bookmark:
        """Return where the reading stands."""
        mark = self._last if self.file is None else self.file.mark(form, header)
        return replace(mark, format=form, header=header, done=" ".join(self._done))

    def close(self) -> None:
        """Close the file that is open."""
        if self.file is not None:
            self.file.close()
            self.file = None

    def _is_next(self, file: LogFile) -> bool:
        """Tell whether *file* is still to be read next: an empty one may have been copied away."""
        if self._sure or file.offset or not file.peek():
            return True
        file.close()
        self.file, self._sure = None, True
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
        members = family(self.path, str(file.path))
        own = file.device, file.inode
        at = next((i for i, m in enumerate(members) if m.key == own), None)
        if at is not None:
            return any(member.size for member in members[at + 1 :])
        return any(m.size and m.changed > file.changed for m in members)

    def _leave(self, *, unread: bool) -> None:
        if self.file is not None:
            self._last = self.file.mark("", "")
            if self.file.offset and not unread:
                self._done = [*self._done, signature(self.file.head())][-REMEMBERED:]
            self.file.close()
        self.file = None
        self._unread, self._past = unread, False
        self._quiet, self._unsettled = None, (0.0, -1)

    def _go_on(self) -> bool:
        """Open the file to read next; tell whether there was anything to do."""
        try:
            members = family(self.path, self._last.file)
            return bool(members) and self._go_on_among(members)
        except FileNotFoundError:  # rotated away just now
            return False

    def _go_on_among(self, members: list[Member]) -> bool:
        at, found = self._find(members)
        if at is not None and found is not None and members[at].current:
            self._refuse_packed(found, self.path)
        if self._unread:
            self._unread = False
            if at is not None and found is not None:
                self.file, self._past = found, at < len(members) - 2
                return True
            if self._last.offset:
                self._lose(
                    f"{self.path}: the file that was read to octet {self._last.offset} is gone "
                    "(removed after its rotation, or truncated without a copy): what was written "
                    "to it after that is lost."
                )
        if found is not None:
            found.close()
        after = [m for m in members if self._may_follow(m)] if at is None else members[at + 1 :]
        following = [m for m in after if m.current or not self._is_done(m)]
        return bool(following) and self._open(following[0], past=len(following) > 2)  # noqa: PLR2004 - the last but one may still be written

    def _is_done(self, member: Member) -> bool:
        """Tell whether *member* was read out before, whatever it is called now."""
        try:
            file = open_log(member.path)
        except (UnreadableInputError, PermissionError):
            return False
        known = self._knows(file)
        file.close()
        return known

    def _knows(self, file: LogFile) -> bool:
        return signature(file.head()) in self._done

    def _may_follow(self, member: Member) -> bool:
        """Tell whether *member* may be newer than the last file, which was not found."""
        last = self._last
        begun = not last.offset and member.key == (last.device, last.inode)
        return member.current or begun or member.changed > last.changed

    def _find(self, members: list[Member]) -> tuple[int | None, LogFile | None]:
        """Return the place of the file that the last bookmark was made of, and the file, there."""
        mark = self._last
        if self._unread and not mark.offset:
            return None, None  # of a file of which nothing was read there may be copies
        own = mark.device, mark.inode
        for at in sorted(range(len(members)), key=lambda i: (members[i].key != own, i)):
            member = members[at]
            if member.key != own:
                if not mark.offset or member.changed < mark.changed - SLACK_NS:
                    continue
            elif not self._unread and member.changed == mark.changed:
                return at, None  # it is as it was left: no need to read a packed one again
            try:
                file = open_log(member.path)
            except UnreadableInputError:
                continue
            except PermissionError:
                if member.key == own:
                    raise
                continue
            # Of a log whose first lines repeat, only these may have been read.
            finished = self._unread and member.key != own and self._knows(file)
            if not finished and _stands(file, mark):
                return at, file
            file.close()
        return None, None

    def _open(self, member: Member, *, past: bool) -> bool:
        try:
            file = self._opened(member.path) if member.current else open_log(member.path)
        except UnreadableInputError as error:
            if member.current:
                raise
            self._lose(str(error))
            device, inode = member.key
            self._last = Bookmark(
                file=str(member.path), device=device, inode=inode, changed=member.changed
            )
            return True
        if (file.device, file.inode) != member.key:
            file.close()
            return False
        self.file, self._past = file, past
        self._sure = member.size > 0
        return True

    def _opened(self, path: Path) -> LogFile:
        file = open_log(path)
        self._refuse_packed(file, path)
        return file

    def _refuse_packed(self, file: LogFile, path: Path) -> None:
        if file.packed and self._follow:
            file.close()
            raise UnreadableInputError(
                f"{path}: a compressed file does not grow. Follow the log that is being written, "
                "or read this with fluxhound analyze --store."
            )

    def _lose(self, sentence: str) -> None:
        _LOGGER.warning("%s", sentence)
        self._faults.records += 1
        self._faults.reject(LOST, sentence)


def _stands(file: LogFile, mark: Bookmark) -> bool:
    try:
        return file.seek(mark)
    except CorruptInputError:
        return False
