from __future__ import annotations

import json

import pytest

from fluxhound.errors import ConfigurationError
from fluxhound.sources.format import ReadOptions
from fluxhound.sources.table import FORMAT
from tests.reading import brief, read, read_log


def test_json_lines_with_unknown_keys() -> None:
    rows, tally = read_log(FORMAT, "table/keys.jsonl")
    assert [brief(row) for row in rows] == [
        ("a.example.com", "A", "192.0.2.1,192.0.2.2", None),
        ("b.example.com", "A", "edge.example.net,192.0.2.3", None),
    ]
    assert rows[0]["time"] == 1795507200.123
    assert tally.records == 2


def test_keys_that_look_like_our_own_words() -> None:
    record = {
        "time": 1.6e9,
        "name": "a.example",
        "answers": ["192.0.2.1"],
        "_line": 1,
        "_ok": 0,
        "select": 1,
        '"': 2,
        "Name": "b.example",
        "line": 3,
    }
    rows, _ = read(FORMAT, json.dumps(record).encode())
    assert [row["name"] for row in rows] == ["a.example"]


def test_a_column_may_have_any_name() -> None:
    record = {'wh"en': 1.6e9, "na'me": "a.example", "ans\\wers": "192.0.2.1"}
    columns = {"time": 'wh"en', "name": "na'me", "answers": "ans\\wers"}
    rows, _ = read(FORMAT, json.dumps(record).encode(), ReadOptions(columns=columns))
    assert [brief(row) for row in rows] == [("a.example", "A", "192.0.2.1", None)]


def test_a_missing_column_is_named() -> None:
    with pytest.raises(ConfigurationError, match="--column answers="):
        read(FORMAT, b'{"ts": 1, "query": "a.example"}\n')
