from __future__ import annotations

from datetime import date
from importlib import metadata
from pathlib import Path

import pytest

from fluxhound.cli.checks.check import Level
from fluxhound.cli.checks.installation import (
    disk_check,
    libraries,
    machine_memory,
    memory_check,
    own_tables,
    table_check,
    threads_check,
    versions,
)
from fluxhound.config import TablesSettings


@pytest.mark.parametrize(
    ("text", "value", "level"),
    [
        ("2026-06-17", "2026-06-17, 160 days old", Level.OK),
        ("2025-06-17", "2025-06-17, 525 days old", Level.WARN),
        ("none", "none", Level.OK),
    ],
)
def test_the_age_of_a_table(text: str, value: str, level: Level) -> None:
    check = table_check("asn", text, date(2026, 11, 24))
    assert (check.value, check.level, bool(check.advice)) == (value, level, level is not Level.OK)


def test_a_folder_to_spill_to(tmp_path: Path) -> None:
    assert disk_check(Path("none")).level is Level.FAIL
    assert "free" in disk_check(tmp_path).value


def test_more_memory_than_there_is() -> None:
    assert "lower --memory" in memory_check(machine_memory() * 2).advice
    assert memory_check(1 << 20).level is Level.OK


def test_threads() -> None:
    assert threads_check(7).value.startswith("7 to use of ")
    assert threads_check(None).level is Level.OK


def test_every_library_is_there() -> None:
    assert [each for each in libraries() if each.advice] == []
    assert [each.topic for each in versions()][:2] == ["fluxhound", "python"]


def test_libraries_that_are_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        metadata, "requires", lambda _: ["flux-none>=1", "flux-some>=2; extra == 'kafka'"]
    )
    missing, optional = libraries()
    assert (missing.level, missing.advice) == (Level.FAIL, "Install it: pip install flux-none.")
    assert optional.level is Level.OK
    assert "'fluxhound[kafka]'" in optional.advice


def test_tables_that_are_not_the_embedded_ones() -> None:
    assert own_tables(TablesSettings(asn=Path("a.mmdb"))) == {"asn": "a.mmdb, yours"}
    assert "not used" in own_tables(TablesSettings(enabled=False))["kind"]
