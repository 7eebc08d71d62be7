from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fluxhound import __version__
from fluxhound.cli.checks.check import fail, good, warn
from fluxhound.cli.checks.installation import machine_memory
from fluxhound.cli.doctor import examine, show

Fluxhound = Callable[..., tuple[int, str, str]]


def test_the_report(fluxhound: Fluxhound) -> None:
    status, out, _ = fluxhound("doctor")
    assert status == 0
    lines = out.splitlines()
    for topic in ("fluxhound", "python", "duckdb", "table ", "memory", "threads", "clock"):
        assert any(line.startswith(f"ok    {topic}") for line in lines), topic


def test_for_machines(fluxhound: Fluxhound) -> None:
    _, out, _ = fluxhound("doctor", "--json", "--store", "none.duckdb")
    checks = {each["topic"]: each for each in json.loads(out)["checks"]}
    assert checks["fluxhound"] == {
        "topic": "fluxhound", "value": __version__, "advice": "", "level": "ok",
    }  # fmt: skip
    assert checks["store"]["advice"]


def test_a_failure_is_in_the_exit_status(fluxhound: Fluxhound) -> None:
    Path("bad.duckdb").write_bytes(b"x" * 5000)
    status, out, _ = fluxhound("doctor", "--store", "bad.duckdb")
    assert status == 1
    assert any(line.startswith("fail  store") for line in out.splitlines())
    status, out, _ = fluxhound("doctor", "--store", "bad.duckdb", "--json")
    assert status == 1
    assert json.loads(out)


def test_a_service(fluxhound: Fluxhound) -> None:
    Path("dns.log").write_text("")
    Path("x.toml").write_text(
        '[engine]\nstore = "flux.duckdb"\n[service]\nlisten = "none"\n'
        '[[sensor]]\nname = "zeek"\ninput = "dns.log"\n'
        '[[destination]]\nname = "out"\nkind = "file"\npath = "none/a.jsonl"\n'
    )
    status, out, _ = fluxhound("doctor", "--config", "x.toml", "--probe")
    assert status == 1
    for line in ("ok    sensor zeek", "ok    client key", "ok    disk", "fail  destination out"):
        assert any(each.startswith(line) for each in out.splitlines()), line
    assert "tokens" not in out


def test_more_memory_than_there_is() -> None:
    Path("x.toml").write_text(f"[engine]\nmemory = {machine_memory() * 2}\n")
    now = datetime(2026, 1, 1, tzinfo=UTC)
    checks = {each.topic: each for each in examine(Path("x.toml"), None, {}, now=now)}
    assert "lower --memory" in checks["memory"].advice


def test_lines(capsys: pytest.CaptureFixture[str]) -> None:
    show([good("a", "b"), warn("long", "\x1b[31m", "Do this."), fail("c", "d", "Do that.")])
    assert capsys.readouterr().out == (
        "ok    a     b\n"
        "warn  long  \\x1b[31m\n            ! Do this.\n"
        "fail  c     d\n            ! Do that.\n"
    )
