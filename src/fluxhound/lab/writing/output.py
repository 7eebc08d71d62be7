"""A file that is there whole or not at all, compressed as its name says."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import pyarrow as pa
from isal import igzip

from fluxhound.errors import UsageError

COMPRESSED = (".gz", ".zst")
#: ISA-L's levels go to 3. Chosen: one is half the size of none at a quarter of zlib's time.
_GZIP_LEVEL = 1


@contextmanager
def written(path: Path, *, compress: bool = True) -> Iterator[BinaryIO]:
    """Open *path* for writing under another name, and give it its own when all is written.

    Whatever ends the work before, an interrupt included, leaves what was there before.

    Raises:
        UsageError: if the file cannot be written.
    """
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise _refused(path, error) from error
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb", buffering=1 << 20) as file:
            yield from _compressed(file, path.suffix.lower() if compress else "")
        _publish(temporary, path)
    except OSError as error:
        raise _refused(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def _compressed(file: BinaryIO, suffix: str) -> Iterator[BinaryIO]:
    if suffix == ".gz":
        # Neither a time nor a name goes into the file: the same traffic makes the same octets.
        packed = igzip.IGzipFile("", "wb", _GZIP_LEVEL, file, 0)  # type: ignore[no-untyped-call]
        with packed:
            yield cast("BinaryIO", packed)
    elif suffix == ".zst":
        with pa.CompressedOutputStream(pa.PythonFile(file, "w"), "zstd") as stream:
            yield cast("BinaryIO", stream)
    else:
        yield file


def _publish(temporary: Path, path: Path) -> None:
    umask = os.umask(0)
    os.umask(umask)
    temporary.chmod(0o666 & ~umask)
    temporary.replace(path)


def _refused(path: Path, error: OSError) -> UsageError:
    return UsageError(f"{path}: it cannot be written ({error.strerror or error}).")
