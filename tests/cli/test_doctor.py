from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from fluxhound import __version__
from fluxhound.cli.doctor import (
    disk_check,
    examine,
    libraries,
    machine_memory,
    own_tables,
    store_check,
    table_check,
)
from fluxhound.config import TablesSettings

Fluxhound = Callable[..., tuple[int, str, str]]


def test_the_report(fluxhound: Fluxhound) -> None:
    status, out, _ = fluxhound("doctor")
    assert status == 0
    for topic in ("fluxhound", "python", "duckdb", "table ", "memory", "threads", "temporary"):
        assert any(line.startswith(topic) for line in out.splitlines()), topic


def test_for_machines(fluxhound: Fluxhound) -> None:
    _, out, _ = fluxhound("doctor", "--json", "--store", "none.duckdb")
    checks = {each["topic"]: each for each in json.loads(out)["checks"]}
    assert checks["fluxhound"]["value"] == __version__
    assert checks["store"]["advice"]


@pytest.mark.parametrize(
    ("text", "value", "old"),
    [
        ("2026-06-17", "2026-06-17, 160 days old", False),
        ("2025-06-17", "2025-06-17, 525 days old", True),
        ("none", "none", False),
    ],
)
def test_the_age_of_a_table(text: str, value: str, *, old: bool) -> None:
    check = table_check("asn", text, date(2026, 11, 24))
    assert check.value == value
    assert bool(check.advice) is old


def test_a_folder_that_cannot_be_used() -> None:
    assert "cannot be used" in disk_check(Path("none")).advice
    assert "free" in disk_check(Path()).value


def test_more_memory_than_there_is() -> None:
    Path("x.toml").write_text(f"[engine]\nmemory = {machine_memory() * 2}\n")
    checks = {
        each.topic: each for each in examine(Path("x.toml"), None, {}, today=date(2026, 1, 1))
    }
    assert "lower --memory" in checks["memory"].advice


def test_a_store() -> None:
    Path("s.duckdb").write_bytes(b"x" * 2048)
    assert store_check(Path("s.duckdb")).value == "s.duckdb, 2.0 KiB"
    assert "not there yet" in store_check(Path("none")).value


def test_every_library_is_there() -> None:
    assert [each for each in libraries() if each.advice] == []


def test_tables_that_are_not_the_embedded_ones() -> None:
    assert own_tables(TablesSettings(asn=Path("a.mmdb"))) == {"asn": "a.mmdb, yours"}
    assert "not used" in own_tables(TablesSettings(enabled=False))["kind"]
