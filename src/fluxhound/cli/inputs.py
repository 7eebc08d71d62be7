"""What to read: paths, folders and globs made into a list of files, each once."""

from __future__ import annotations

import fnmatch
import glob
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from fluxhound.errors import UnreadableInputError

STDIN = "-"
#: More files than this in one run are taken for a mistake (a whole disk). Chosen, not measured.
MOST_FILES = 200_000
#: In folders, files whose name says that they are no log. Named on their own they are read.
NO_LOGS = (
    "README*",
    "LICENSE*",
    "LICENCE*",
    "NOTICE*",
    "COPYING*",
    "conn.log*",  # Zeek's, beside its dns.log; conn.TIME-TIME.log when rotated
    "conn.*.log*",
    *(f"*.{ending}" for ending in ("md", "html", "toml", "yaml", "yml", "conf", "cfg", "py", "sh")),
)


def expand(inputs: Iterable[str]) -> list[str]:
    """Return the files to read, in order, each once; "-" stands for standard input.

    Folders are walked (sorted; hidden and irregular files, and what is no log by its name, are
    left out). A pattern that the shell did not expand is expanded here.

    Raises:
        UnreadableInputError: if a pattern matches nothing, a folder holds no file to read, or
            there are more than ``MOST_FILES``.
    """
    found: dict[object, str] = {}
    for given in inputs:
        for path in _files(given):
            found.setdefault(_identity(path), path)
            if len(found) > MOST_FILES:
                raise UnreadableInputError(
                    f"There are more than {MOST_FILES:,} files. Name fewer folders, or analyse "
                    "them in parts into one --store."
                )
    return list(found.values())


def _files(given: str) -> Iterator[str]:
    if given == STDIN or (os.path.lexists(given) and not Path(given).is_dir()):
        yield given
    elif Path(given).is_dir():
        yield from _required(_walk(given), f"{given}: this folder holds no file to read.")
    elif glob.has_magic(given):
        matches = sorted(glob.iglob(given, recursive=True))  # noqa: PTH207 - keeps the given form
        names = (name for match in matches for name in _matched(match))
        yield from _required(names, f"{given}: no file matches this pattern.")
    else:
        yield given  # not there: the reader says so, and the other inputs are still read


def _matched(path: str) -> Iterator[str]:
    if Path(path).is_dir():
        yield from _walk(path)
    elif Path(path).is_file():
        yield path


def _walk(folder: str) -> Iterator[str]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(parent, name)
            if not name.startswith(".") and not _is_no_log(name) and path.is_file():
                yield str(path)


def _is_no_log(name: str) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in NO_LOGS)


def _required(paths: Iterator[str], message: str) -> Iterator[str]:
    first = next(paths, None)
    if first is None:
        raise UnreadableInputError(message)
    yield first
    yield from paths


def _identity(path: str) -> object:
    """Return what tells that two paths are the same file; pipes are told by their name."""
    try:
        status = Path(path).stat()
    except OSError:
        return path
    return (status.st_dev, status.st_ino) if stat.S_ISREG(status.st_mode) else path
