from __future__ import annotations

import shlex
from datetime import UTC, datetime

import pytest

from fluxhound.cli import analyze, explain
from fluxhound.cli.again import again
from fluxhound.cli.options import make_request

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def typed(*args: str) -> str:
    given = analyze.command.make_context("analyze", list(args)).params
    return again(make_request(given, now=NOW))


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (["dns.log"], "dns.log"),
        (["logs/", "'x'.log"], "logs/ ''\"'\"'x'\"'\"'.log'"),
        (["-"], "INPUT..."),
        (["a", "b", "c", "d"], "INPUT..."),
        (["\x1b[2J.log"], "INPUT..."),
        (["dns.log", "--store", "s.duckdb"], "--store s.duckdb"),
        (["dns.log", "--no-tables", "-v"], "dns.log --no-tables"),
        (["x.csv", "--column", "name=the host"], "x.csv --column 'name=the host'"),
        (["x", "--input-format", "zeek", "--sensor", "a"], "x --input-format zeek --sensor a"),
        (["x", "--since", "2h"], "x --since 2026-11-24T06:00:00Z"),
    ],
)
def test_the_same_inputs_are_named_again(args: list[str], text: str) -> None:
    assert typed(*args) == text


def test_what_is_suggested_gives_the_same_request() -> None:
    args = ["x.csv", "--since", "7d", "--until", "1h", "--time-unit", "ms", "--column", "ttl=t"]
    once = typed(*args)
    given = explain.command.make_context("explain", ["name", *shlex.split(once)]).params
    assert again(make_request(given, now=NOW)) == once


def test_settings_are_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLUXHOUND_STORE", "s.duckdb")
    monkeypatch.setenv("FLUXHOUND_SENSOR", "here")
    assert typed() == ""
    assert typed("--sensor", "there") == "--sensor there"
