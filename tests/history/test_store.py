from __future__ import annotations

import gc
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from fluxhound.errors import StoreError
from fluxhound.history import store as stores
from fluxhound.history.schema import SCHEMA_VERSION
from fluxhound.history.store import KnownInput, Store

KNOWN = KnownInput(
    digest="zeek:1",
    name="dns.log",
    format="zeek",
    records=5,
    observations=3,
    not_observable=("name-servers", "ttl"),
)

HOLD = """
import pathlib, sys
from fluxhound.history.store import Store
with Store(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def folders(parent: Path) -> list[Path]:
    return list(parent.glob("fluxhound-*"))


def refused(path: Path, **how: Path) -> str:
    with pytest.raises(StoreError) as caught:
        Store(path, **how)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_is_remembered_is_known_when_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "flux.duckdb"
    with Store(path) as store:
        assert store.inputs() == ()
        assert not store.knows("zeek:1")
        remember(store, KNOWN)
        key = store._meta("client_key")
    with Store(path) as store:
        assert store.knows("zeek:1")
        assert store.inputs() == (KNOWN,)
        assert store._meta("client_key") == key


def test_stores_have_keys_of_their_own(tmp_path: Path) -> None:
    keys = set()
    for name in ("a", "b"):
        with Store(tmp_path / name) as store:
            keys.add(store._meta("client_key"))
    assert len(keys) == 2


def remember_and_fail(store: Store, failure: type[BaseException]) -> None:
    with store.transaction():
        store.remember(KNOWN)
        raise failure


def remember(store: Store, *inputs: KnownInput) -> None:
    with store.transaction():
        for known in inputs:
            store.remember(known)


@pytest.mark.parametrize("failure", [KeyboardInterrupt, StoreError, duckdb.Error, SystemExit])
def test_a_transaction_is_all_or_nothing(tmp_path: Path, failure: type[BaseException]) -> None:
    with Store(tmp_path / "s") as store:
        with pytest.raises(failure):
            remember_and_fail(store, failure)
        assert store.inputs() == ()
        remember(store, KNOWN)
        assert store.inputs() == (KNOWN,)


def test_an_error_of_the_engine_within_a_transaction_leaves_the_store_usable() -> None:
    with Store() as store:
        with pytest.raises(duckdb.ConstraintException):
            remember(store, KNOWN, KNOWN)
        remember(store, KNOWN)
        assert store.inputs() == (KNOWN,)


def make(kind: str, path: Path) -> None:
    """Put at *path* something that is no store of ours."""
    if kind == "text":
        path.write_bytes(b"not a database\n" * 1_000)
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "folder":
        path.mkdir()
    elif kind == "foreign":
        with duckdb.connect(str(path)) as connection:
            connection.execute("CREATE TABLE history (a INTEGER)")
    elif kind == "foreign meta":
        with duckdb.connect(str(path)) as connection:
            connection.execute("CREATE TABLE meta (a INTEGER)")
    elif kind == "cut":
        Store(path).close()
        os.truncate(path, path.stat().st_size // 2)


@pytest.mark.parametrize("kind", ["text", "empty", "folder", "foreign", "foreign meta", "cut"])
def test_what_is_no_store_is_refused_and_left_as_it_was(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "block.duckdb"  # "lock" in a path is no sign of another process
    make(kind, path)
    before = path.read_bytes() if path.is_file() else b""
    assert str(path) in refused(path, temporary=tmp_path)
    assert "another process" not in refused(path, temporary=tmp_path)
    assert folders(tmp_path) == []
    if kind in ("text", "empty", "foreign"):
        assert path.read_bytes() == before


def test_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with Store(path) as store:
        store.connection.execute("UPDATE meta SET value = '99' WHERE key = 'schema_version'")
    told = refused(path)
    assert "version 99" in told
    assert f"version {SCHEMA_VERSION}" in told


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    assert "No such file" in refused(tmp_path / "a" / "b")
    assert "temporary folder" in refused(tmp_path / "s", temporary=tmp_path / "missing")


@pytest.mark.parametrize("mode", [0o444, 0o000])
def test_a_file_without_permission_is_told(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "s"
    Store(path).close()
    path.chmod(mode)
    if os.access(path, os.W_OK):  # root: permissions do not bind it, so ask as nobody
        tmp_path.chmod(0o777)
        code = "import duckdb, os, sys; os.setuid(65534); duckdb.connect(sys.argv[1])"
        ended = subprocess.run([sys.executable, "-c", code, path], capture_output=True, check=False)
        error = duckdb.IOException(ended.stderr.decode().strip().splitlines()[-1])
        told = str(stores._unusable(path, error))
    else:
        told = refused(path)
    assert "Check the path and permissions" in told


def test_a_store_in_use_is_told(tmp_path: Path) -> None:
    path = tmp_path / "s"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdin is not None
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == b"held\n"
        assert "in use by another process" in refused(path, temporary=tmp_path)
        assert folders(tmp_path) == []
    finally:
        holder.communicate()
    Store(path).close()


def test_the_temporary_folder_goes_with_the_store(tmp_path: Path) -> None:
    store = Store(temporary=tmp_path)
    assert len(folders(tmp_path)) == 1
    store.close()
    store.close()
    assert folders(tmp_path) == []
    with pytest.raises(KeyboardInterrupt), Store(temporary=tmp_path):
        raise KeyboardInterrupt
    assert folders(tmp_path) == []


def test_the_temporary_folder_goes_also_when_nobody_closes(tmp_path: Path) -> None:
    forgotten = Store(temporary=tmp_path)
    del forgotten
    gc.collect()
    assert folders(tmp_path) == []


def test_memory_too_small_for_the_engine_is_raised_to_its_floor() -> None:
    with Store(memory_bytes=1) as store:
        limit = store.connection.execute("SELECT current_setting('memory_limit')").fetchall()
    assert limit == [("256.0 MiB",)]


def test_threads_are_taken() -> None:
    with Store(threads=1) as store:
        assert store.connection.execute("SELECT current_setting('threads')").fetchall() == [(1,)]


def test_a_commit_that_cannot_be_written_adds_nothing(tmp_path: Path) -> None:
    """A full disk, made by a limit on file size in a process of its own."""
    code = """
import pathlib, resource, signal, sys
from fluxhound.errors import StoreError
from fluxhound.history.store import Store
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with Store(pathlib.Path(sys.argv[1])) as store:
    store.connection.execute("PRAGMA disable_checkpoint_on_shutdown")
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
    try:
        with store.transaction():
            store.connection.execute(
                "INSERT INTO asked SELECT md5(i::VARCHAR), hash(i), 1 FROM range(5000) t(i)")
    except StoreError as error:
        print(error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
"""
    path = tmp_path / "s"
    ended = subprocess.run(
        [sys.executable, "-c", code, path], capture_output=True, text=True, check=False
    )
    assert "nothing was added" in ended.stdout, ended.stderr
    assert "free disk space" in ended.stdout
    with Store(path) as store:
        assert store.connection.execute("SELECT count(*) FROM asked").fetchall() == [(0,)]


NEW = ("position", "asking", "client_address", "folded", "kept")


def test_a_store_from_before_the_service_is_opened_and_gets_its_tables(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with Store(path) as store:
        remember(store, KNOWN)
        store.connection.execute("DROP VIEW asked_by")
        for table in NEW:
            store.connection.execute(f"DROP TABLE {table}")
    for _ in range(2):
        with Store(path, live=True) as store:
            assert store.inputs() == (KNOWN,)
            for table in (*NEW, "asked_by"):
                counted = store.connection.execute(f"SELECT count(*) FROM {table}").fetchall()
                assert counted == [(0,)]


def setting(store: Store, name: str) -> str:
    return str(store.connection.execute(f"SELECT current_setting('{name}')").fetchall()[0][0])


def append(store: Store, rows: int = 1000) -> None:
    with store.transaction():
        store.connection.execute(
            f"INSERT INTO asked SELECT md5(i::VARCHAR), hash(i), 1 FROM range({rows}) t(i)"
        )


def test_a_live_store_is_checkpointed_when_told_and_its_log_is_long(tmp_path: Path) -> None:
    with Store(tmp_path / "s", live=True) as store:
        append(store)
        before = store.log_bytes
        assert before > 10_000
        assert not store.checkpoint()
        assert not store.checkpoint(least_bytes=before + 1)
        assert store.log_bytes == before
        assert store.checkpoint(least_bytes=before)
        assert store.log_bytes == 0
        assert not store.checkpoint(least_bytes=0)
        append(store)
        assert store.checkpoint(least_bytes=0, moving=True)
        assert setting(store, "max_vacuum_tasks") == "0"


def test_a_live_store_is_never_checkpointed_by_the_engine(tmp_path: Path) -> None:
    with Store(tmp_path / "s", live=True) as store:
        for _ in range(30):
            append(store, 20_000)
        assert store.log_bytes > 16 << 20
    with Store(tmp_path / "s") as store:
        assert setting(store, "wal_autocheckpoint") == "16.0 MiB"


def test_a_store_in_memory_has_no_log_and_no_disk_to_fill() -> None:
    with Store(live=True) as store:
        append(store)
        assert (store.log_bytes, store.writable(), store.checkpoint(least_bytes=0)) == (
            0,
            True,
            False,
        )


def test_room_is_needed_for_the_log_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store(tmp_path / "s", live=True) as store:
        assert store.writable()
        append(store)
        disk = os.statvfs(tmp_path)
        spare = disk.f_bavail * disk.f_frsize - store.log_bytes
        monkeypatch.setattr(stores, "SPARE_BYTES", spare)
        assert not store.writable()
        assert not store.checkpoint(least_bytes=0)


def test_a_closed_store_is_broken_until_it_is_opened_again(tmp_path: Path) -> None:
    with Store(tmp_path / "s") as store:
        assert not store.broken
        store.connection.close()
        assert store.broken
        store.reopen()
        assert not store.broken
        remember(store, KNOWN)
