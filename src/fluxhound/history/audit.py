"""A log of who identified clients: only ever appended to, and chained so that changes show.

Each line is a JSON object that holds the hash of the line before it. Whoever changes, removes or
inserts a line must write all that follow anew; keep the last hash elsewhere to notice even that.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fluxhound.errors import StoreError

#: The hash before the first line.
BEGINNING = "0" * 64
#: No line is longer: reasons and names are cut to fit.
_LONGEST_LINE = 16_384
_LONGEST_TEXT = 2_000


def append(path: Path, entry: Mapping[str, str | int]) -> str:
    """Append one *entry*, on the disk when this returns; return its hash.

    Raises:
        StoreError: it could not be written. What it is about must then not be done.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            line, digest = _line(entry, _last_hash(descriptor))
            if os.write(descriptor, line) != len(line):
                raise OSError(0, "only a part was written")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        _sync_folder(path)
    except OSError as error:
        raise StoreError(
            f"{path}: the audit log cannot be written ({error.strerror}), so no client is "
            "identified. Check its permissions and the free disk space."
        ) from error
    return digest


def first_broken(path: Path) -> int | None:
    """Return the number of the first line that does not follow from those before it, if any.

    Raises:
        StoreError: the log cannot be read.
    """
    before = BEGINNING
    try:
        with path.open("rb") as file:
            number = 0
            while line := file.readline(_LONGEST_LINE + 1):
                number += 1
                if _stated(line) != (before, _hash(before, _entry(line))):
                    return number
                before = _stated(line)[1]
    except OSError as error:
        raise StoreError(f"{path}: the audit log cannot be read ({error.strerror}).") from error
    return None


def _line(entry: Mapping[str, str | int], before: str) -> tuple[bytes, str]:
    cut = {k: v[:_LONGEST_TEXT] if isinstance(v, str) else v for k, v in entry.items()}
    digest = _hash(before, cut)
    text = json.dumps({**cut, "before": before, "hash": digest}, ensure_ascii=True)
    return f"{text}\n".encode(), digest


def _hash(before: str, entry: Mapping[str, Any]) -> str:
    text = json.dumps(entry, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{before}\n{text}".encode()).hexdigest()


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) and line.endswith(b"\n") else {}


def _entry(line: bytes) -> dict[str, Any]:
    return {k: v for k, v in _parsed(line).items() if k not in ("before", "hash")}


def _stated(line: bytes) -> tuple[str, str]:
    document = _parsed(line)
    return str(document.get("before")), str(document.get("hash"))


def _last_hash(descriptor: int) -> str:
    """Return the hash of the last line; of a line that was cut off, a hash of its octets.

    A crash can leave half a line; what follows it then shows as the break that it is.
    """
    size = os.fstat(descriptor).st_size
    tail = os.pread(descriptor, min(size, _LONGEST_LINE), max(0, size - _LONGEST_LINE))
    if not tail:
        return BEGINNING
    if not tail.endswith(b"\n"):
        os.write(descriptor, b"\n")
    return _stated(tail[tail.rstrip(b"\n").rfind(b"\n") + 1 :])[1]


def _sync_folder(path: Path) -> None:
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
