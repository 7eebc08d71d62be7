from __future__ import annotations

from pathlib import Path

import pytest

from fluxhound.errors import StoreError
from fluxhound.history.beside import Beside
from fluxhound.history.store import Store


def count(store: Store | Beside) -> int:
    rows = store.connection.execute("SELECT count(*) FROM asked").fetchall()
    return int(rows[0][0])


def test_what_is_committed_beside_is_seen_by_the_store(tmp_path: Path) -> None:
    with Store(tmp_path / "flux.duckdb") as store, Beside(store) as beside:
        with beside.transaction():
            beside.connection.execute("INSERT INTO asked VALUES ('a.example', 1, 1)")
            assert count(store) == 0
        assert count(store) == 1


def add_and_fail(beside: Beside, error: Exception | None) -> None:
    with beside.transaction():
        beside.connection.execute("INSERT INTO asked VALUES ('a.example', 1, 1)")
        if error:
            raise error
        beside.connection.execute("INSERT INTO nowhere VALUES (1)")


def test_what_fails_leaves_nothing(tmp_path: Path) -> None:
    with Store(tmp_path / "flux.duckdb") as store, Beside(store) as beside:
        with pytest.raises(StoreError, match="nothing was added"):
            add_and_fail(beside, None)
        with pytest.raises(ValueError, match="ours"):
            add_and_fail(beside, ValueError("ours"))
        assert count(store) == 0
