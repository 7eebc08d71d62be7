"""Killed at any moment, a service loses nothing and counts nothing twice."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.service import killing

KILLS = 100

MERGED = """
SELECT hour, sensor, name, type, answers, min(first), max(last), sum(count)::BIGINT,
       max(ttl_max), min(ttl_min)
FROM history GROUP BY ALL ORDER BY ALL
"""
ASKED = """
SELECT hour, name, client, min(first), max(last), sum(count)::BIGINT
FROM asking GROUP BY ALL ORDER BY ALL
"""
COUNTS = "SELECT name, format, records, observations FROM input"


@pytest.mark.slow
def test_a_hundred_kills_change_nothing(tmp_path: Path, zeek_log: Path) -> None:
    killed, undisturbed = tmp_path / "killed.duckdb", tmp_path / "undisturbed.duckdb"
    program = [sys.executable, killing.__file__, str(killed), str(zeek_log), str(KILLS), "7"]
    said = subprocess.run(program, check=True, capture_output=True, text=True).stdout
    ended, progressed = map(int, said.split())
    assert ended < KILLS // 2  # most lives ended in the middle
    assert progressed > KILLS // 5  # and many after they had committed something
    killing.live(killed, zeek_log)  # the last life is not disturbed
    # The same key, so that pseudonyms can be compared.
    key = killed.with_name(killed.name + ".clients.key")
    undisturbed.with_name(undisturbed.name + ".clients.key").write_bytes(key.read_bytes())
    undisturbed.with_name(undisturbed.name + ".clients.key").chmod(0o600)
    killing.live(undisturbed, zeek_log, rows=50_000)
    with duckdb.connect(str(killed)) as one, duckdb.connect(str(undisturbed)) as other:
        for query in (MERGED, ASKED, COUNTS):
            left, right = one.execute(query).fetchall(), other.execute(query).fetchall()
            assert left
            assert left == right
