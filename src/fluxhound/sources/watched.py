"""Which logs a path, a folder or a pattern stands for; what they were rotated to is none."""

from __future__ import annotations

import glob
import os
import re
import stat
from collections.abc import Collection, Iterator
from itertools import islice
from pathlib import Path

from fluxhound.sources.rotation import is_rotated

#: Logs of one input that are followed at once. Chosen as a bound: each stands in the position.
MAX_LOGS = 64
#: Paths that a pattern is followed into. Chosen as a bound.
MAX_PATHS = 10_000
#: What logs in a folder are called.
SUFFIXES = (".log", ".json", ".jsonl", ".ndjson", ".csv", ".tsv")

_PACKED = re.compile(r"\.(?:gz|zst|xz|bz2|lz4|zip)\Z")


class Watched:
    """The paths of one input."""

    def __init__(self, path: str | Path) -> None:
        """Take a path, a folder, or a pattern with ``*``, ``?`` or ``[``."""
        self.text = str(path)
        named = Path(path)
        self.is_folder = named.is_dir() or self.text.endswith("/")
        self.is_single = not self.is_folder and (named.exists() or not glob.has_magic(self.text))

    def paths(self, known: Collection[Path], *, packed: bool, since: int = 0) -> list[Path]:
        """Return the paths that are not *known* yet, those that changed first before the others.

        Files that bear the name of a rotated file of another log are left out, and with *packed*
        false compressed ones. *since*: files that last changed up to then (ns) are left out.
        """
        if self.is_single:
            return [] if known else [Path(self.text)]
        found = {p: status for p, status in self._files(packed=packed) if p not in known}
        bases = sorted({*found, *known}, key=lambda p: len(p.name))
        new = [
            path
            for path, status in found.items()
            if status.st_mtime_ns > since and not any(_belongs(path, base) for base in bases)
        ]
        return sorted(new, key=lambda p: (found[p].st_mtime_ns, p.name))

    def _files(self, *, packed: bool) -> Iterator[tuple[Path, os.stat_result]]:
        """Yield regular files, each once though several links lead to it."""
        seen: set[tuple[int, int]] = set()
        for path in islice(self._matches(), MAX_PATHS):
            try:
                status = path.stat()
            except OSError:
                continue
            key = status.st_dev, status.st_ino
            wanted = packed or not _PACKED.search(path.name)
            if wanted and stat.S_ISREG(status.st_mode) and key not in seen:
                seen.add(key)
                yield path, status

    def _matches(self) -> Iterator[Path]:
        if self.is_folder:
            folder = Path(self.text)
            if folder.is_dir():
                yield from (p for p in sorted(folder.iterdir()) if p.suffix in SUFFIXES)
            return
        yield from map(Path, sorted(islice(glob.iglob(self.text), MAX_PATHS)))  # noqa: PTH207 - patterns may be absolute


def _belongs(path: Path, base: Path) -> bool:
    return (
        path.parent == base.parent
        and path.name.startswith(base.stem)
        and is_rotated(path.name, base.name)
    )
