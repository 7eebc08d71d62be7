from __future__ import annotations

import pytest

from fluxhound.lab.evaluation import evaluated
from fluxhound.lab.goals import Goal, goals
from tests.lab.measured import NETWORKS, evaluation, units


def by_kinds(found: list[Goal], kind: str) -> Goal:
    return next(goal for goal in found if kind in goal.what)


def test_goals_that_are_met() -> None:
    found = goals(evaluation())
    assert by_kinds(found, "classic, double").verdict == "met"
    assert by_kinds(found, "cloud").verdict == "met"
    assert by_kinds(found, "slow").verdict == "met"
    assert by_kinds(found, "asked for in each").verdict == "met"
    assert by_kinds(found, "refreshes").verdict == "met"
    assert by_kinds(found, "asked for in each").measured == "29 (n = 10); of all 10: 29"
    assert by_kinds(found, "told apart").verdict == "met"
    assert by_kinds(found, "seen from one").verdict == "met"


@pytest.mark.parametrize(
    ("what", "verdict"),
    [
        ("classic, double", "missed by 19.0 points (classic)"),
        ("false findings per million",
         "missed by 24999.0 per million and for want of 2,999,960 benign domain-days"),
        ("seen from one", "missed to holz_24h 100.0%"),
        ("left out", "missed by 30.0 per million"),
    ],
)  # fmt: skip
def test_goals_that_are_missed_say_by_how_much(what: str, verdict: str) -> None:
    assert by_kinds(goals(evaluation(missed=2, false=1)), what).verdict == verdict


def test_few_units_do_not_show_that_false_findings_are_rare() -> None:
    goal = goals(evaluation())[0]
    assert goal.verdict == "missed for want of 2,999,960 benign domain-days"
    assert goal.measured.endswith("; 0 of 40")


def test_what_was_not_run_is_neither_met_nor_missed() -> None:
    found = goals(evaluated(units(), networks=NETWORKS, strays=0))
    assert by_kinds(found, "slow").verdict == "not run"
    assert by_kinds(found, "asked for in each").verdict == "not run"
    assert by_kinds(found, "left out").verdict == "not run"
    assert by_kinds(found, "wildcard").verdict == "not run"
