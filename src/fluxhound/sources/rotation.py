"""Which files a followed log has been: the one that bears its name now, and those rotated away.

Rotated files are told by their names: a number or a time beside the log's name (``dns.log.1``,
``dns.log-20261124.gz``, ``dns.08:00:00-09:00:00.log``, ``eve-2026-11-24.json``), in the log's own
folder; in the folders named by date beside a folder that is a link or called ``current`` (as
zeekctl archives); and, where the log's name is a link, beside the file it leads to.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

#: Files that one log is looked for in, the newest; folders by date; entries read of one folder.
#: Chosen as bounds.
MAX_MEMBERS = 1000
MAX_FOLDERS = 32
MAX_ENTRIES = 100_000

_PACKED = r"\.(?:gz|zst|xz|bz2|lz4)"
_STAMP = r"(?:\d[\dTtZ:._+\-]*|old|prev|bak)"
_DATED = re.compile(r"\d{4}-?\d\d-?\d\d")
_NUMBER = re.compile(r"[.\-_](\d{1,5})(?:" + _PACKED + r")?\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One file of a log, as it was found."""

    path: Path
    device: int
    inode: int
    changed: int  # nanoseconds since the epoch, of the last write
    size: int
    current: bool  # it bears the log's name

    @property
    def key(self) -> tuple[int, int]:
        """Return what tells this file from all others that exist."""
        return self.device, self.inode


@lru_cache(maxsize=256)
def _rotated(name: str) -> re.Pattern[str]:
    stem, extension = os.path.splitext(name)  # noqa: PTH122 - a name, no path
    forms = [rf"{re.escape(name)}(?:[.\-_]{_STAMP})?{_PACKED}", rf"{re.escape(name)}[.\-_]{_STAMP}"]
    if extension:
        forms.append(rf"{re.escape(stem)}[.\-_]{_STAMP}{re.escape(extension)}(?:{_PACKED})?")
    return re.compile("|".join(forms))


def is_rotated(name: str, of: str) -> bool:
    """Tell whether a file called *name* is a rotated file of the log called *of*.

    >>> is_rotated("dns.log.2.gz", of="dns.log"), is_rotated("dns-ftl.log", of="dns.log")
    (True, False)
    """
    return name != of and _rotated(of).fullmatch(name) is not None


def family(path: Path, last: str = "") -> list[Member]:
    """Return the files of the log at *path*, the oldest first, the current one last.

    *last* is the real path of the file that was read last; it belongs to them, if it still exists.

    Raises:
        OSError: the log's folder cannot be read.
    """
    current = _member(path, current=True)
    found = {} if current is None else {current.key: current}
    for candidate in _candidates(path, last):
        member = _member(candidate)
        if member is not None and member.key not in found:
            found[member.key] = member
    rotated = _in_order([m for m in found.values() if not m.current])[-MAX_MEMBERS:]
    return rotated if current is None else [*rotated, current]


def _member(path: Path, *, current: bool = False) -> Member | None:
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    return Member(
        path=path,
        device=status.st_dev,
        inode=status.st_ino,
        changed=status.st_mtime_ns,
        size=status.st_size,
        current=current,
    )


def _candidates(path: Path, last: str) -> Iterator[Path]:
    """Yield the paths that may be rotated files; of a file and its packed copy only the file."""
    for folder in _folders(path):
        names = _names(folder)
        alike = [name for name in names if is_rotated(name, path.name)]
        yield from _unpacked(folder, alike, {*names} - {path.name})
    if path.is_symlink():
        target = path.resolve()
        names = _names(target.parent)
        shape = _shape(target.name)
        alike = [n for n in names if _shape(_without_suffix(n)) == shape and n != path.name]
        yield from _unpacked(target.parent, alike, names)
    if last:
        here = Path(last)
        names = _names(here.parent)
        alike = [n for n in names if n == here.name or _without_suffix(n) == here.name]
        if here != path:
            yield from _unpacked(here.parent, alike, names)


def _folders(path: Path) -> Iterator[Path]:
    folder = path.parent
    if not folder.exists():
        return
    yield folder
    if folder.is_symlink() or folder.name == "current":
        dated = sorted(n for n in _names(folder.parent) if _DATED.fullmatch(n))
        yield from (folder.parent / name for name in dated[-MAX_FOLDERS:])


def _names(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry, _ in zip(entries, range(MAX_ENTRIES), strict=False)]
    except (FileNotFoundError, NotADirectoryError):
        return []


def _unpacked(folder: Path, names: Iterable[str], there: Container[str]) -> Iterator[Path]:
    """Yield paths, but not of packed files whose original is *there*: they may not be whole yet."""
    for name in names:
        plain = _without_suffix(name)
        if plain == name or plain not in there:
            yield folder / name


def _without_suffix(name: str) -> str:
    return re.sub(_PACKED + r"\Z", "", name)


def _shape(name: str) -> str:
    return re.sub(r"\d+", "#", name)


def _in_order(members: list[Member]) -> list[Member]:
    """Return the oldest first: by number where all have one, else by the time of the last write."""
    numbers = [_number(member) for member in members]
    if all(number is not None for number in numbers):
        return sorted(members, key=lambda m: (-(_number(m) or 0), m.changed))
    return sorted(members, key=lambda m: (m.changed, -(_number(m) or 0), m.path.name))


def _number(member: Member) -> int | None:
    """Return the number of a file that logrotate numbered: the higher, the older."""
    match = _NUMBER.search(member.path.name)
    return int(match[1]) if match else None
