"""Writing files so that whoever reads them finds all of the old or all of the new."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from fluxhound.errors import ConfigurationError

#: Who may read a list, and a file with a secret.
LIST_MODE, SECRET_MODE = 0o644, 0o600


def write(folder: Path, files: Mapping[str, str], *, secret: frozenset[str] = frozenset()) -> None:
    """Write *files* (name to text) into *folder*, those in *secret* for their owner alone.

    A file that holds the same text already is left alone, so that nobody loads it for nothing.

    Raises:
        ConfigurationError: the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            _write(folder / name, text, SECRET_MODE if name in secret else LIST_MODE)
    except OSError as error:
        raise ConfigurationError(
            f"{error.filename or folder} cannot be written ({error.strerror}). Check the folder's "
            "permissions and the free space."
        ) from error


def _write(path: Path, text: str, mode: int) -> None:
    octets = text.encode("utf-8")
    if path.is_file() and path.read_bytes() == octets and path.stat().st_mode & 0o777 == mode:
        return
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(octets)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
