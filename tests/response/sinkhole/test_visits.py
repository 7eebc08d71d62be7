from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest

from fluxhound.errors import StoreError
from fluxhound.response.sinkhole.limits import Limits
from fluxhound.response.sinkhole.tallies import Tallies
from fluxhound.response.sinkhole.visits import VisitStore, reading
from tests.response.sinkhole.making import NOW, asking, stored


def counts(path: Path) -> list[tuple[object, ...]]:
    with reading(path) as connection:
        return connection.execute("SELECT name, count, first, last FROM visit").fetchall()


def test_rows_of_one_key_are_added_up(tmp_path: Path) -> None:
    path = tmp_path / "s"
    stored(path, asking("a.example", at=10), asking("a.example", at=20))
    stored(path, asking("a.example", at=5), asking("b.example"))
    assert counts(path) == [("a.example", 3, NOW + 5, NOW + 20), ("b.example", 1, NOW, NOW)]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_it_is_read_while_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with VisitStore(path) as store:
        tallies = Tallies(Limits())
        tallies.add(asking("a.example"))
        store.add(tallies.rows())
        with reading(path) as connection:
            store.add(tallies.rows())
            assert connection.execute("SELECT sum(count) FROM visit").fetchone() == (2,)
        with reading(path) as connection, pytest.raises(sqlite3.OperationalError):
            connection.execute("DELETE FROM visit")


def test_old_hours_are_deleted(tmp_path: Path) -> None:
    path = stored(tmp_path / "s", asking("a.example"), asking("b.example", at=7_200))
    with VisitStore(path) as store:
        assert store.purge(before=NOW) == 0
        assert store.purge(before=NOW + 3_600) == 1
    assert [row[0] for row in counts(path)] == ["b.example"]


def test_what_is_no_store_is_refused(tmp_path: Path) -> None:
    text, other, newer = tmp_path / "text", tmp_path / "other", tmp_path / "newer"
    text.write_text("something else, long enough to be no empty database" * 20)
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE x (y)")
    connection.close()
    stored(newer)
    with sqlite3.connect(newer) as connection:
        connection.execute("PRAGMA user_version = 9")
    connection.close()
    for path, message in ((text, "not usable"), (other, "no store of visits"), (newer, "version")):
        with pytest.raises(StoreError, match=message):
            VisitStore(path)
        with pytest.raises(StoreError, match=message), reading(path):
            pass
    with pytest.raises(StoreError, match="not usable"), reading(tmp_path / "none"):
        pass
    with pytest.raises(StoreError, match="not usable"):
        VisitStore(tmp_path / "none" / "s")


def test_rows_that_cannot_be_written_are_none(tmp_path: Path) -> None:
    with VisitStore(tmp_path / "s") as store:
        tallies = Tallies(Limits())
        tallies.add(asking("a.example"))
        store._connection.execute("PRAGMA query_only = 1")
        with pytest.raises(StoreError, match="cannot be written"):
            store.add(tallies.rows())
        with pytest.raises(StoreError, match="cannot be deleted"):
            store.purge(before=NOW)
    assert counts(tmp_path / "s") == []
