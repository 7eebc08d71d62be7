from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fluxhound.cli.analyze import command
from fluxhound.cli.options import Request, make_request
from fluxhound.cli.session import analysis_options, opened, session
from fluxhound.errors import UnreadableInputError, UsageError
from tests.cli.stand_in import StandIn


def request(*args: str) -> Request:
    params = command.make_context("analyze", list(args)).params
    return make_request(params, now=datetime(2026, 11, 24, 8, 0, tzinfo=UTC))


def test_the_engine_is_asked_for_what_the_user_asked_for() -> None:
    got = analysis_options(
        request(
            *("dns.log", "--input-format", "zeek", "--memory", "1GiB", "--threads", "2"),
            *("--store", "s.duckdb", "--since", "1h", "--sensor", "x", "--column", "name=n"),
            *(
                "--time-unit",
                "ms",
                "--asn-table",
                "a.csv",
                "--country-table",
                "c.csv",
                "--no-tables",
            ),
        )
    )
    assert (got.input_format, got.memory_bytes, got.threads) == ("zeek", 1 << 30, 2)
    assert (got.store, got.tables) == (Path("s.duckdb"), False)
    assert (got.asn_table, got.country_table) == (Path("a.csv"), Path("c.csv"))
    assert got.since == datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
    assert (got.read.sensor, got.read.columns, got.read.time_unit) == ("x", {"name": "n"}, "ms")


def test_the_analysis_is_closed_in_the_end(engine: StandIn, log: str) -> None:
    with session(request(log)) as analysis:
        assert not analysis.closed  # type: ignore[attr-defined]
    assert engine.analysis
    assert engine.analysis.closed
    assert engine.inputs == [log]


class Terminal(io.BytesIO):
    def isatty(self) -> bool:
        return True


def test_standard_input() -> None:
    piped = io.BytesIO(b"x")
    assert opened(["-", "a.log"], piped) == [piped, "a.log"]
    assert opened(["a.log"], Terminal()) == ["a.log"]
    with pytest.raises(UsageError, match="Standard input is a terminal"):
        opened(["-"], Terminal())


def test_neither_an_input_nor_a_store(engine: StandIn) -> None:
    for args in ([], ["--store", "none.duckdb"]):
        with pytest.raises(UsageError, match="Name a log to read"), session(request(*args)):
            pass


def test_a_store_alone_is_judged_without_a_word_about_reading(
    engine: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("s.duckdb").touch()
    engine.totals = replace(engine.totals, inputs=())
    with session(request("--store", "s.duckdb")):
        assert engine.inputs == []
    assert capsys.readouterr().err == ""


def test_an_empty_store_is_told(engine: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    Path("s.duckdb").touch()
    engine.totals = replace(engine.totals, inputs=(), responses=0)
    with session(request("--store", "s.duckdb")):
        pass
    assert capsys.readouterr().err == "s.duckdb: the store holds no answer yet.\n"
    with session(request("--store", "s.duckdb", "-q")):
        pass
    assert capsys.readouterr().err == ""


def test_a_pattern_without_a_match(engine: StandIn) -> None:
    with pytest.raises(UnreadableInputError), session(request("*.nothing")):
        pass
