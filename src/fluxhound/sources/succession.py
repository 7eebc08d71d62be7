"""Which file of a log is to be read next: the rest of the last one, those between, the current one.

The last file is known by its content, never by its name. One search serves while running, after
a restart, and when a log was copied and truncated.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from fluxhound.errors import CorruptInputError, UnreadableInputError
from fluxhound.sources.bookmark import Bookmark, signature
from fluxhound.sources.logfile import LogFile, open_log
from fluxhound.sources.rotation import Member, family

#: How much earlier a copy's time of change may be than the original's (archives keep seconds).
SLACK_NS = 2_000_000_000
#: Files read out last that are remembered: no disorder of times has them read again. Chosen.
REMEMBERED = 16
#: Files from here to the current one, both counted, of which the first may still be written.
_RECENT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A file to be read, from where it stands."""

    file: LogFile
    past: bool  # it was rotated away before the last rotation: nothing more comes
    empty: bool  # nothing stood in it: other files may come before it has lines


class Succession:
    """The files of one log, one after the other."""

    def __init__(self, path: Path, *, follow: bool, lose: Callable[[str], None]) -> None:
        """Take the log's *path*; *lose* is told, in a sentence, what cannot be read any more."""
        self.path = path
        self.done: list[str] = []
        self.last = Bookmark(file="", changed=0)
        self._unread = False  # the last file may have more
        self._follow = follow
        self._lose = lose

    def start(self) -> Opening | None:
        """Begin with the current file; of those that are rotated already none is read.

        Raises:
            OSError: the file is there and cannot be opened.
            UnreadableInputError: it is none that can be followed.
        """
        members = family(self.path)
        newest = max((member.changed for member in members), default=0)
        self.last = Bookmark(file=str(self.path), changed=newest)
        if not members or not members[-1].current:
            return None
        return self._opening(members[-1], past=False)

    def resume(self, mark: Bookmark) -> None:
        """Go on from *mark*, wherever its file is now."""
        self.last, self._unread = mark, True
        self.done = mark.done.split()

    def leave(self, file: LogFile, *, unread: bool) -> None:
        """Take in that *file* is read out or, if *unread*, that its rest must be looked for."""
        self.last, self._unread = file.mark("", ""), unread
        if file.offset and not unread:
            self.done = [*self.done, signature(file.head())][-REMEMBERED:]

    def following(self) -> Opening | None:
        """Return the file to read next, if it is there.

        Raises:
            OSError: a file cannot be read.
            UnreadableInputError: what bears the log's name cannot be followed.
        """
        try:
            while members := family(self.path, self.last.file):
                opening, again = self._among(members)
                if not again:
                    return opening
        except FileNotFoundError:  # rotated away just now
            pass
        return None

    def has_between(self, file: LogFile) -> bool:
        """Tell whether lines stand in files that came after *file*."""
        members = family(self.path, str(file.path))
        own = file.device, file.inode
        at = next((i for i, member in enumerate(members) if member.key == own), None)
        if at is not None:
            return any(member.size for member in members[at + 1 :])
        return any(m.size and m.changed > file.changed for m in members)

    def _among(self, members: list[Member]) -> tuple[Opening | None, bool]:
        """Return the file to read next, and whether to look again for one."""
        at, found = self._found(members)
        if self._unread:
            self._unread = False
            if at is not None and found is not None:
                past = at < len(members) - _RECENT
                return Opening(file=found, past=past, empty=False), False
            if self.last.offset:
                self._lose(
                    f"{self.path}: the file that was read to octet {self.last.offset} is gone "
                    "(removed after its rotation, or truncated without a copy): what was written "
                    "to it after that is lost."
                )
        if found is not None:
            found.close()
        after = [m for m in members if self._may_follow(m)] if at is None else members[at + 1 :]
        following = [m for m in after if m.current or not self._was_read(m)]
        if not following:
            return None, False
        opening = self._opening(following[0], past=len(following) > _RECENT)
        return opening, opening is None and not following[0].current

    def _opening(self, member: Member, *, past: bool) -> Opening | None:
        try:
            file: LogFile = open_log(member.path)
        except UnreadableInputError as error:
            if member.current:
                raise
            self._lose(str(error))
            self.last = Bookmark(
                file=str(member.path),
                device=member.device,
                inode=member.inode,
                changed=member.changed,
            )
            return None
        if member.current:
            self._demand_plain(file)
        if (file.device, file.inode) != member.key:  # another one bears the name by now
            file.close()
            raise FileNotFoundError(str(member.path))
        return Opening(file=file, past=past, empty=not member.size)

    def _found(self, members: list[Member]) -> tuple[int | None, LogFile | None]:
        """Return the place of the last file, and the file, at its mark.

        No file where it is as it was left: a packed one need not be decompressed for that.
        """
        mark = self.last
        if self._unread and not mark.offset:
            return None, None  # of a file of which nothing was read there may be copies
        own = mark.device, mark.inode
        for at in sorted(range(len(members)), key=lambda i: (members[i].key != own, i)):
            member = members[at]
            if member.key == own and not self._unread and member.changed == mark.changed:
                return at, None
            if member.key != own and not self._may_be_copy(member):
                continue
            file = self._stands(member, known=member.key == own)
            if file is not None:
                if member.current:
                    self._demand_plain(file)
                return at, file
        return None, None

    def _may_be_copy(self, member: Member) -> bool:
        return self.last.offset > 0 and member.changed >= self.last.changed - SLACK_NS

    def _stands(self, member: Member, *, known: bool) -> LogFile | None:
        """Return the file, at the last mark, if its content is what was read."""
        with _opened(member.path, may_be_refused=not known) as file:
            if file is None:
                return None
            # Where the first lines of all files are equal, they may be all that was read.
            if self._unread and not known and signature(file.head()) in self.done:
                file.close()
                return None
            with contextlib.suppress(CorruptInputError):
                if file.seek(self.last):
                    return file
            file.close()
            return None

    def _was_read(self, member: Member) -> bool:
        """Tell whether *member* was read out before, whatever it is called now."""
        with _opened(member.path, may_be_refused=True) as file:
            if file is None:
                return False
            known = signature(file.head()) in self.done
            file.close()
            return known

    def _may_follow(self, member: Member) -> bool:
        """Tell whether *member* may be newer than the last file, which was not found."""
        last = self.last
        begun = not last.offset and member.key == (last.device, last.inode)
        return member.current or begun or member.changed > last.changed

    def _demand_plain(self, file: LogFile) -> None:
        if file.packed and self._follow:
            file.close()
            raise UnreadableInputError(
                f"{self.path}: a compressed file does not grow. Follow the log that is being "
                "written, or read this with fluxhound analyze --store."
            )


@contextlib.contextmanager
def _opened(path: Path, *, may_be_refused: bool) -> Iterator[LogFile | None]:
    """Open a file to look at it, and close it where that fails; ``None`` if it is not for us."""
    file: LogFile | None = None
    try:
        file = open_log(path)
    except UnreadableInputError:
        pass
    except PermissionError:
        if not may_be_refused:
            raise
    try:
        yield file
    except BaseException:
        if file is not None:
            file.close()
        raise
