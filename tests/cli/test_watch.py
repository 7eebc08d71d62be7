from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from fluxhound.cli.watch import watch_settings
from fluxhound.config import DestinationSettings, Settings

Fluxhound = Callable[..., tuple[int, str, str]]
EXAMPLE = Path(__file__).parents[2] / "examples" / "simulated" / "dns.dnstap.gz"
PAPERS = Path(__file__).parents[2] / "examples" / "papers" / "dns.log.gz"

GIVEN: dict[str, object] = {
    "inputs": ("a.log", "b.log", "a.log"),
    "start": None,
    "once": False,
    "input_format": None,
    "store": None,
    "memory": None,
    "threads": None,
    "no_tables": False,
    "asn_table": None,
    "country_table": None,
    "defang": None,
    "color": None,
}


def test_only_what_is_named_is_watched_and_nothing_listens() -> None:
    configured = dataclasses.replace(
        Settings(), destination=(DestinationSettings(name="x", kind="stdout"),)
    )
    settings = watch_settings(configured, GIVEN)
    assert [each.input for each in settings.sensor] == ["a.log", "b.log"]
    assert settings.service.listen == "none"
    assert settings.destination == ()
    assert settings.engine.store is None


@pytest.mark.parametrize(
    ("given", "start"),
    [
        ({}, "end"),
        ({"once": True}, "beginning"),
        ({"once": True, "start": "end"}, "end"),
        ({"start": "beginning"}, "beginning"),
    ],
)
def test_where_to_begin(given: dict[str, object], start: str) -> None:
    settings = watch_settings(Settings(), GIVEN | given)
    assert {each.start for each in settings.sensor} == {start}


def test_findings_of_a_log_one_in_a_line(fluxhound: Fluxhound) -> None:
    status, out, err = fluxhound("watch", "--once", str(PAPERS), "--format", "lines")
    assert status == 0
    assert "watching 1 input(s)" in err
    lines = out.splitlines()
    assert lines
    assert all("flux-suspect" in line and "appeared" in line for line in lines)
    assert "[.]" in out


def test_findings_for_machines(fluxhound: Fluxhound) -> None:
    status, out, err = fluxhound("watch", "--once", "-q", str(PAPERS))
    assert (status, err) == (0, "")
    alerts = [json.loads(line) for line in out.splitlines()]
    assert {each["kind"] for each in alerts} == {"appeared"}


def test_what_cannot_be_followed_is_said(fluxhound: Fluxhound) -> None:
    status, out, err = fluxhound("watch", "amqp://somewhere")
    assert (status, out) == (2, "")
    assert "is no input. Write a path" in err


def test_a_log_that_is_not_there_is_said_once(fluxhound: Fluxhound) -> None:
    status, out, err = fluxhound("watch", "--once", "none.log")
    assert (status, out) == (3, "")
    assert err.count("none.log") == 1
