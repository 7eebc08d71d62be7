"""A store written anew, so that nothing deleted is left in its file.

The engine frees the blocks of what is deleted but leaves their content until they are used again.
Copying what is there into a new file is the one way to be sure that the rest is not.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb

from fluxhound.errors import StoreError
from fluxhound.history.store import Store

#: Free space that is left beside the copy. Chosen.
_SPARE_BYTES = 16 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewritten:
    """What a rewriting did to the size of the file, in bytes."""

    before: int
    after: int


def compact_file(path: Path, *, memory_bytes: int = 1 << 30) -> Rewritten:
    """Write the store in *path* anew, whole or not at all; no other process may use it meanwhile.

    It needs as much free disk space as the store has; 20 million rows (458 MiB) took 44 s. The old
    file is removed, not overwritten: its blocks may keep the content until they are used again.

    Raises:
        StoreError: it is no store, is in use, or there is not enough space; it is then as before.
    """
    Store(path, memory_bytes=memory_bytes).close()  # it is a store, and its log is written into it
    before = path.stat()
    if shutil.disk_usage(path.parent).free < before.st_size + _SPARE_BYTES:
        raise StoreError(
            f"{path}: too little free disk space to write the store anew; it needs "
            f"{(before.st_size + _SPARE_BYTES) >> 20} MiB."
        )
    fresh = path.with_name(f".{path.name}.rewriting")
    _remove(fresh)
    try:
        _copy(path, fresh, memory_bytes)
        _take_over(fresh, before)
        os.replace(fresh, path)  # noqa: PTH105 - as os.open and os.fsync beside it
        _sync(path.parent)
    except (duckdb.Error, OSError) as error:
        raise StoreError(
            f"{path}: the store could not be written anew ({str(error).splitlines()[0]}); it is "
            "as before. Check the free disk space, and that no other process uses it."
        ) from error
    finally:
        _remove(fresh)
    return Rewritten(before=before.st_size, after=path.stat().st_size)


def _copy(old: Path, new: Path, memory_bytes: int) -> None:
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{memory_bytes}B",
        "preserve_insertion_order": False,
        "temp_directory": f"{new}.spill",
    }
    with duckdb.connect(":memory:", config=config) as connection:
        # ATTACH takes no parameters; a quote in a literal is doubled (SQL).
        connection.execute(f"ATTACH '{_quoted(old)}' AS old (READ_ONLY)")
        connection.execute(f"ATTACH '{_quoted(new)}' AS new")
        connection.execute("COPY FROM DATABASE old TO new")
        _compare(connection)
        connection.execute("CHECKPOINT new")
        connection.execute("DETACH new")


def _compare(connection: duckdb.DuckDBPyConnection) -> None:
    tables = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = 'old'"
    ).fetchall()
    for (table,) in tables:
        counts = [
            connection.execute(f'SELECT count(*) FROM {side}."{table}"').fetchall()
            for side in ("old", "new")
        ]
        if counts[0] != counts[1]:
            raise duckdb.Error(f"{table} has not as many rows in the copy")


def _take_over(fresh: Path, before: os.stat_result) -> None:
    """Give the copy the owner and permissions of the old file, and put it on the disk."""
    fresh.chmod(before.st_mode & 0o7777)
    if os.geteuid() == 0:
        os.chown(fresh, before.st_uid, before.st_gid)
    _sync(fresh)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _remove(fresh: Path) -> None:
    """Remove what a rewriting, perhaps one that was killed, left behind."""
    for each in (fresh, fresh.with_name(f"{fresh.name}.wal")):
        each.unlink(missing_ok=True)
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(fresh.with_name(f"{fresh.name}.spill"))
