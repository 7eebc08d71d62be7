from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import pytest

from fluxhound.cli.analyze import command
from fluxhound.cli.options import OUR_COLUMNS, Request, make_request, with_options
from fluxhound.errors import ConfigurationError, UsageError
from fluxhound.records import OBSERVATION

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def given(*args: str) -> dict[str, Any]:
    return command.make_context("analyze", list(args)).params


def request(*args: str) -> Request:
    return make_request(given(*args), now=NOW)


def test_the_defaults() -> None:
    got = request("dns.log")
    assert got.inputs == ("dns.log",)
    assert (got.memory, got.threads, got.store, got.tables) == (2 << 30, None, None, True)
    assert (got.defang, got.color, got.progress, got.verbosity) == (True, "auto", None, 0)


def test_the_command_line_wins_over_the_settings() -> None:
    Path("x.toml").write_text(
        '[engine]\nmemory = "1GiB"\nthreads = 1\n[input]\nsensor = "a"\ncolumns = {name = "n"}\n'
        "[tables]\nenabled = false\n[output]\ndefang = false\n"
    )
    settings = request("dns.log", "--config", "x.toml")
    assert (settings.memory, settings.threads, settings.sensor) == (1 << 30, 1, "a")
    assert (settings.tables, settings.defang, settings.columns) == (False, False, {"name": "n"})
    args = ("--memory", "3GiB", "--threads", "2", "--sensor", "b", "--defang")
    got = request(
        "dns.log", "--config", "x.toml", "--column", "time=t", "--column", "name=m", *args
    )
    assert (got.memory, got.threads, got.sensor, got.defang) == (3 << 30, 2, "b", True)
    assert got.columns == {"name": "m", "time": "t"}


def test_times() -> None:
    got = request("dns.log", "--since", "2h", "--until", "2026-11-24T07:30")
    assert got.since == datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
    assert got.until == datetime(2026, 11, 24, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("args", "verbosity"),
    [(["-q"], -1), (["-v"], 1), (["-vv"], 2), (["-vvvv"], 2), (["-q", "-v"], -1)],
)
def test_verbosity(args: list[str], verbosity: int) -> None:
    assert request("dns.log", *args).verbosity == verbosity


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--since", "1h", "--until", "2h"], "--since is not before --until"),
        (["--since", "soon"], "--since 'soon' is not a time"),
        (["--column", "name"], "--column 'name' is no pair; write OURS=THEIRS"),
    ],
)
def test_what_makes_no_sense(args: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        request("dns.log", *args)


@pytest.mark.parametrize(
    ("size", "message"), [("lots", "'lots' is not a size"), ("1MB", "give at least 64MiB")]
)
def test_a_size_that_is_none(size: str, message: str) -> None:
    with pytest.raises(click.BadParameter, match=message):
        given("dns.log", "--memory", size)


def test_a_configuration_that_is_not_there() -> None:
    with pytest.raises(ConfigurationError):
        request("dns.log", "--config", "none.toml")


def test_options_keep_the_order_in_which_they_are_declared() -> None:
    @with_options(click.option("--one"), click.option("--two"))
    def function(**_: object) -> None: ...

    assert [each.name for each in click.command()(function).params] == ["one", "two"]


def test_our_columns_are_those_of_an_observation() -> None:
    assert tuple(OBSERVATION.names) == OUR_COLUMNS
    with pytest.raises(UsageError, match="there is no column 'nam'; ours are time, name, type"):
        request("x.csv", "--column", "nam=host")
