from __future__ import annotations

import sys

import click
import pytest

from tests.cli.responding.registers import Fluxhound, lines, listed


def test_a_plan_that_was_looked_at_is_applied(
    fluxhound: Fluxhound, store: str, plan: tuple[str, ...]
) -> None:
    digest = lines(fluxhound("respond", "plan", *plan)[1])[0]["digest"]
    apply = ("respond", "apply", *plan, "--yes")
    assert fluxhound(*apply, "--digest", "0" * 64)[0] == 2
    assert fluxhound(*apply, "--digest", digest[:6])[0] == 2
    status, _, err = fluxhound(*apply, "--digest", digest[:12])
    assert status == 0
    assert err.startswith("Action 1: 1 changes. No primary is configured")
    assert listed(fluxhound, store) == [("evil.lab", "waits")]
    assert fluxhound(*apply)[2].startswith("Nothing changed.")


def test_nobody_is_asked_where_nobody_is(fluxhound: Fluxhound, plan: tuple[str, ...]) -> None:
    status, _, err = fluxhound("respond", "apply", *plan)
    assert (status, "add --yes" in err) == (2, True)


def test_on_a_terminal_one_is_asked(
    fluxhound: Fluxhound, store: str, plan: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def ask(question: str, **_: object) -> None:
        asked.append(question)
        raise click.Abort

    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(click, "confirm", ask)
    assert fluxhound("respond", "apply", *plan)[0] == 130
    assert asked == ["Apply 1 changes?"]
    assert listed(fluxhound, store) == []
