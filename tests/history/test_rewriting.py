from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from fluxhound.errors import StoreError
from fluxhound.history import rewriting
from fluxhound.history.clients import pseudonyms
from fluxhound.history.positions import read_positions, set_positions
from fluxhound.history.retention import DAY_HOURS, DAY_S
from fluxhound.history.rewriting import compact_file
from fluxhound.history.store import Store
from fluxhound.history.upkeep import Retention, Upkeep
from tests.history.askings import add, fetch, number, row

TODAY = 1000 * DAY_HOURS
NOW = 1000.0 * DAY_S
KEEPING = Retention(hourly_s=10 * DAY_S, daily_s=30 * DAY_S, clients_s=5 * DAY_S)

OLD_NAME, NEW_NAME = "purged-sentinel.example", "still-there-sentinel.example"
OLD_ANSWER = "198.51.100.77,purged-chain.example"
OLD_ADDRESS = "10.99.88.77"
OLD_CLIENT = int(pseudonyms([OLD_ADDRESS], b"k" * 32).to_pylist()[0])


def fill(store: Store) -> None:
    """Add an old and a new hour; nothing is compressed, so that the file can be searched."""
    store.connection.execute("SET force_compression = 'uncompressed'")
    old = TODAY - 40 * DAY_HOURS
    rows = [row(old, f"{i}.{OLD_NAME}", OLD_ANSWER) for i in range(500)]
    add(store, rows + [row(TODAY, f"{i}.{NEW_NAME}") for i in range(500)])
    store.connection.execute(
        f"""INSERT INTO asking VALUES ({old}, '{OLD_NAME}', {OLD_CLIENT}, 1, 1, 1, 1),
                                      ({TODAY}, '{NEW_NAME}', 5, 1, 1, 1, 1)"""
    )
    store.connection.execute(f"INSERT INTO client_address VALUES ({OLD_CLIENT}, '{OLD_ADDRESS}')")


def sentinels(path: Path) -> set[str]:
    """Return which sentinels are anywhere in the octets of the store and its log."""
    log = path.with_name(f"{path.name}.wal")
    content = path.read_bytes() + (log.read_bytes() if log.exists() else b"")
    wanted = {
        "name": OLD_NAME.encode(),
        "answer": OLD_ANSWER.encode(),
        "client": OLD_CLIENT.to_bytes(8, "little"),
        "address": OLD_ADDRESS.encode(),
        "new name": NEW_NAME.encode(),
    }
    return {what for what, octets in wanted.items() if octets in content}


def test_after_a_purge_and_a_rewriting_nothing_purged_is_in_the_file(tmp_path: Path) -> None:
    """The purge proof. Without the rewriting it fails: the last search but one finds all."""
    path = tmp_path / "s"
    everything = {"name", "answer", "client", "address", "new name"}
    with Store(path, live=True) as store:
        fill(store)
        store.connection.execute("CHECKPOINT")
        assert sentinels(path) == everything
        upkeep = Upkeep(store, KEEPING)
        while upkeep.step(now=NOW):
            pass
        assert number(store, "SELECT count(*) FROM history WHERE name LIKE '%purged%'") == 0
        assert number(store, "SELECT count(*) FROM asking") == 1
    assert sentinels(path) - {"new name"}  # freed, but not overwritten
    compact_file(path)
    assert sentinels(path) <= {"new name"}
    with Store(path) as store:
        assert number(store, "SELECT count(*) FROM history") == 500


def test_all_else_is_as_before(tmp_path: Path) -> None:
    path = tmp_path / "it's a store"
    with Store(path) as store:
        fill(store)
        set_positions(store.connection, {"a": "1"}, now=1.0)
        before = fetch(store, "SELECT * FROM history ORDER BY ALL")
        key = store._meta("client_key")
    path.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(path, 65534, 65534)
    owner = path.stat().st_uid
    compact_file(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert path.stat().st_uid == owner
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    with Store(path) as store:
        assert fetch(store, "SELECT * FROM history ORDER BY ALL") == before
        assert read_positions(store.connection) == {"a": "1"}
        assert store._meta("client_key") == key
        assert number(store, "SELECT count(*) FROM asked_by") == 2
        set_positions(store.connection, {"a": "2"}, now=1.0)  # the keys of tables are there as well
        assert read_positions(store.connection) == {"a": "2"}


def test_room_of_what_was_deleted_is_given_back(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with Store(path) as store:
        store.connection.execute(
            """INSERT INTO history SELECT i // 1000, '', md5(i::VARCHAR), 'A', md5((-i)::VARCHAR),
                                          0, 0, 1, 1, 1, 1 FROM range(200_000) t(i)"""
        )
        store.connection.execute("CHECKPOINT")
        store.connection.execute("DELETE FROM history WHERE hour % 8 > 0")
    done = compact_file(path)
    assert done.after < done.before / 2
    assert done.after == path.stat().st_size


def fails(*_: object) -> None:
    raise duckdb.IOException("No space left on device\nmore")


@pytest.mark.parametrize("where", ["_compare", "_take_over", "_sync"])
def test_what_fails_in_between_leaves_the_store_as_it_was(
    tmp_path: Path, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "s"
    with Store(path) as store:
        fill(store)
    monkeypatch.setattr(rewriting, where, fails)
    with pytest.raises(StoreError, match="could not be written anew"):
        compact_file(path)
    assert [each.name for each in tmp_path.iterdir()] == ["s"]
    with Store(path) as store:
        assert number(store, "SELECT count(*) FROM history") == 1000


def test_what_a_killed_rewriting_left_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "s"
    Store(path).close()
    for ending in ("", ".wal"):
        (tmp_path / f".s.rewriting{ending}").write_text("half")
    (tmp_path / ".s.rewriting.spill").mkdir()
    compact_file(path)
    assert [each.name for each in tmp_path.iterdir()] == ["s"]


def test_too_little_room_is_told_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "s"
    Store(path).close()
    monkeypatch.setattr(rewriting, "_SPARE_BYTES", 1 << 60)
    with pytest.raises(StoreError, match="too little free disk space"):
        compact_file(path)


def test_a_store_in_use_is_not_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "s"
    code = """
import pathlib, sys
from fluxhound.history.store import Store
with Store(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""
    holder = subprocess.Popen(
        [sys.executable, "-c", code, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    try:
        with pytest.raises(StoreError, match="in use"):
            compact_file(path)
    finally:
        holder.communicate()
