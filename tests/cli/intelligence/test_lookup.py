from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.cli.intelligence.conftest import Call


def test_many_names_are_looked_up(intel: Call, feed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    intel("add", "mine", str(feed))
    piped = SimpleNamespace(buffer=io.BytesIO(b"www.evil.example\n\nnobody.example\n9.9.9.9\n"))
    monkeypatch.setattr(sys, "stdin", piped)
    status, out, _ = intel("lookup", "shared.example", "-")
    rows = [json.loads(line) for line in out.splitlines()]
    assert status == 0
    assert [(row["name"], row["stand"]) for row in rows] == [
        ("shared.example", "context"),
        ("www.evil.example", "listed"),
        ("9.9.9.9", "listed"),
    ]


def test_what_nobody_knows_is_shown_if_asked_for(intel: Call, feed: Path) -> None:
    intel("add", "mine", str(feed))
    assert intel("lookup", "nobody.example")[1] == ""
    out = intel("lookup", "nobody.example", "evil.example", "--all", "--format", "table")[1]
    assert [line.split()[:2] for line in out.splitlines()] == [
        ["NAME", "STAND"],
        ["nobody[.]example", "unknown"],
        ["evil[.]example", "listed"],
    ]
