from __future__ import annotations

from pathlib import Path

from fluxhound.config import ClientsSettings, EngineSettings, Settings
from fluxhound.service.places import Places


def test_keys_and_tokens_lie_beside_the_store(tmp_path: Path) -> None:
    places = Places(Settings(engine=EngineSettings(store=tmp_path / "flux.duckdb")))
    assert places.client_key == tmp_path / "flux.duckdb.clients.key"
    assert places.tokens == tmp_path / "flux.duckdb.tokens"
    assert places.store_bytes() == 0
    (tmp_path / "flux.duckdb").write_bytes(b"12345")
    (tmp_path / "flux.duckdb.wal").write_bytes(b"67")
    assert places.store_bytes() == 7
    assert places.disk_free() > 0


def test_what_is_named_wins_and_memory_has_no_places(tmp_path: Path) -> None:
    named = Places(Settings(clients=ClientsSettings(key_file=tmp_path / "key")))
    assert named.client_key == tmp_path / "key"
    assert named.tokens is None
    assert named.store_bytes() == 0
