from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fluxhound.history.store import Store

Fluxhound = Callable[..., tuple[int, str, str]]
SENTINEL = "a-name-that-was-purged.example"


def test_nothing_purged_is_left_in_the_file(fluxhound: Fluxhound, tmp_path: Path) -> None:
    path = tmp_path / "flux.duckdb"
    with Store(path) as store:
        store.connection.execute(
            f"INSERT INTO history SELECT 1, '', '{SENTINEL}' || range, 'A', '192.0.2.1', 1, 1, 1,"
            " 1, 1, 1 FROM range(5000)"
        )
    with Store(path) as store:
        store.connection.execute("DELETE FROM history")
    assert SENTINEL.encode() in path.read_bytes()
    status, out, err = fluxhound("compact", str(path))
    assert (status, out) == (0, "")
    assert " now." in err
    assert SENTINEL.encode() not in path.read_bytes()
    with Store(path) as store:
        assert store.connection.execute("SELECT count(*) FROM history").fetchall() == [(0,)]


def test_what_is_no_store_is_refused(fluxhound: Fluxhound, tmp_path: Path) -> None:
    status, _, err = fluxhound("compact", str(tmp_path / "none.duckdb"))
    assert status == 2
    assert "there is no such store" in err
    (tmp_path / "text").write_text("no database")
    status, _, err = fluxhound("compact", str(tmp_path / "text"))
    assert status == 2
    assert (tmp_path / "text").read_text() == "no database"
