"""Each visit as one JSON line: appended, bounded in length and rate, safe to rotate."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

import orjson

from fluxhound.errors import StoreError
from fluxhound.response.sinkhole.limits import Limits, client_network
from fluxhound.response.sinkhole.visit import Visit

logger = logging.getLogger(__name__)

#: No line is longer: its texts are bounded where a visit is rendered (docs/sinkhole.md).
LONGEST_LINE = 8_192


class VisitLog:
    """The log file. Nothing that goes wrong with it ends the sinkhole; it is counted."""

    def __init__(self, path: Path, limits: Limits, *, clock: Callable[[], float]) -> None:
        """Open *path*, made when missing; only its owner can read it.

        Raises:
            StoreError: it cannot be written.
        """
        self._path = path
        self._clock = clock
        self._most = int(limits.lines_per_s * limits.window_s)
        self._most_of_network = int(limits.network_lines_per_s * limits.window_s)
        self._window_s = limits.window_s
        self._window = clock()
        self._lines = 0
        self._lines_of: dict[str, int] = {}
        self._left_out = 0  # in this window
        self._written = False  # since it was last brought to the disk
        self.left_out = 0  # by the bounds of rate
        self.unwritten = 0  # by the disk
        try:
            self._descriptor: int | None = self._opened()
        except OSError as error:
            raise StoreError(
                f"{path}: the log of visits cannot be written ({error.strerror}). Check its folder."
            ) from error

    def add(self, visits: Iterable[Visit], *, lost: int = 0) -> None:
        """Append the lines of *visits* as far as the rate allows; *lost* were not even taken."""
        self._turn()
        lines = [line(each) for each in visits if self._may_write(each)]
        self._left_out += lost
        self.left_out += lost
        self._write(lines)

    def sync(self) -> None:
        """Bring what was written to the disk, and follow the path if the file was rotated away."""
        self._turn()
        if self._descriptor is not None and self._written:
            self._written = False
            with contextlib.suppress(OSError):
                os.fsync(self._descriptor)
        if self._descriptor is None or self._moved():
            self.reopen()

    def reopen(self) -> None:
        """Close the file, and open what its path leads to now."""
        self.close()
        try:
            self._descriptor = self._opened()
        except OSError as error:
            logger.warning("%s: the log of visits cannot be opened: %s", self._path, error.strerror)

    def close(self) -> None:
        """Close the file."""
        if self._descriptor is not None:
            with contextlib.suppress(OSError):
                os.close(self._descriptor)
        self._descriptor = None

    def _opened(self) -> int:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        return os.open(self._path, flags, 0o600)

    def _moved(self) -> bool:
        try:
            here, there = os.fstat(self._descriptor or 0), self._path.stat()
        except OSError:
            return True
        return (here.st_dev, here.st_ino) != (there.st_dev, there.st_ino)

    def _turn(self) -> None:
        """Begin a new window when the old one is over, and tell what was left out of that."""
        now = self._clock()
        if 0 <= now - self._window < self._window_s:
            return
        left_out, since = self._left_out, self._window
        self._window, self._lines, self._lines_of, self._left_out = now, 0, {}, 0
        if left_out:
            self._write([_left_out_line(left_out, since=since, until=now)])

    def _may_write(self, visit: Visit) -> bool:
        network = client_network(visit.client)
        of_network = self._lines_of.get(network, 0)
        if self._lines >= self._most or of_network >= self._most_of_network:
            self._left_out += 1
            self.left_out += 1
            return False
        self._lines += 1
        self._lines_of[network] = of_network + 1
        return True

    def _write(self, lines: list[bytes]) -> None:
        """Append *lines* whole or, when the disk is full, none of them."""
        if not lines:
            return
        if self._descriptor is None:
            self.reopen()
        if self._descriptor is None:
            self.unwritten += len(lines)
            return
        octets = b"".join(lines)
        before = None
        try:
            before = os.fstat(self._descriptor).st_size
            whole = os.write(self._descriptor, octets) == len(octets)
        except OSError as error:
            whole = False
            if not self.unwritten:
                logger.warning("%s: cannot be written: %s", self._path, error.strerror)
        self._written = self._written or whole
        if not whole:
            self.unwritten += len(lines)
            if before is not None:
                with contextlib.suppress(OSError):
                    os.ftruncate(self._descriptor, before)


def line(visit: Visit) -> bytes:
    """Return the line of *visit*: ASCII, ended by a newline, without any other line end."""
    return orjson.dumps(visit.document(), option=orjson.OPT_APPEND_NEWLINE)


def _left_out_line(visits: int, *, since: float, until: float) -> bytes:
    document = {"time": _moment(until), "left_out": visits, "since": _moment(since)}
    return orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE)


def _moment(seconds: float) -> str:
    text = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
