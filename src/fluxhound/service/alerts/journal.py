"""Alerts as lines of a file, which may be rotated under us."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Sequence

from fluxhound.service.alerts.delivery import DeliveryError, Letter, written
from fluxhound.service.alerts.settings import JournalSettings

#: Owner writes, group reads, as syslog daemons make their files.
MODE = 0o640


class Journal:
    """Appends one line for each alert and has it on the disk before it says so."""

    batch = 100

    def __init__(self, settings: JournalSettings) -> None:
        """Take the path and the format; the file is opened when there is something to write."""
        self._path = settings.path
        self._format = settings.format
        self._file: int | None = None

    def deliver(self, letters: Sequence[Letter], *, now: float) -> None:
        """Append the lines of *letters*: all of them, or none.

        Raises:
            DeliveryError: the file cannot be written, for example since the disk is full.
        """
        del now
        lines = b"".join(written(letter, self._format) + b"\n" for letter in letters)
        try:
            self._append(self._current(), lines)
        except OSError as error:
            self.close()
            raise DeliveryError(f"{self._path}: {error.strerror or error}") from error

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                os.close(self._file)
            self._file = None

    def _current(self) -> int:
        """Return the file that the path names now: rotation gives it to another one."""
        if self._file is not None and not self._is_current(self._file):
            self.close()
        if self._file is None:
            self._file = self._opened()
        return self._file

    def _is_current(self, file: int) -> bool:
        try:
            named = self._path.stat()
        except FileNotFoundError:
            return False
        ours = os.fstat(file)
        return (named.st_dev, named.st_ino) == (ours.st_dev, ours.st_ino)

    def _opened(self) -> int:
        # Without O_NONBLOCK, a pipe that nobody reads would hold us for ever.
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK
        file = os.open(self._path, flags, MODE)
        if not stat.S_ISREG(os.fstat(file).st_mode):
            os.close(file)
            raise OSError(0, "it is no regular file")
        _sync_folder(os.fspath(self._path.parent))
        return file

    def _append(self, file: int, lines: bytes) -> None:
        size = os.fstat(file).st_size
        if size and os.pread(file, 1, size - 1) != b"\n":
            lines = b"\n" + lines  # somebody was stopped in the middle of a line
        rest = memoryview(lines)
        try:
            while rest:
                rest = rest[os.write(file, rest) :]
            os.fsync(file)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(file, size)  # no half lines
            raise


def _sync_folder(folder: str) -> None:
    """Have a new file's name on the disk, too."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
