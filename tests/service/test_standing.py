from __future__ import annotations

import pytest

from fluxhound.records import Finding, Severity, VerdictKind
from fluxhound.service import standing
from fluxhound.service.standing import Standing
from tests.sharing.builders import finding


def harmless(name: str) -> Finding:
    return finding(name, finding=False, verdict=VerdictKind.CDN, severity=Severity.INFO)


def test_a_look_adds_and_takes_away_only_what_it_looked_at() -> None:
    now = Standing()
    now.take([finding("a.example"), finding("b.example")], complete=False)
    now.take([harmless("a.example")], complete=False)
    assert [each.name for each in now.findings()] == ["b.example"]
    assert now.find("b.example") is not None
    assert now.find("a.example") is None


def test_after_a_sweep_nothing_else_stands() -> None:
    now = Standing()
    now.take([finding("a.example")], complete=False)
    now.take([finding("b.example", severity=Severity.LOW)], complete=True)
    assert [each.name for each in now.findings()] == ["b.example"]
    assert now.by_severity() == {Severity.LOW: 1}


def test_the_most_severe_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "MOST_FINDINGS", 2)
    now = Standing()
    levels = [Severity.LOW, Severity.CRITICAL, Severity.HIGH]
    now.take([finding(f"{s}.example", severity=s) for s in levels], complete=False)
    assert [each.name for each in now.findings()] == ["critical.example", "high.example"]
