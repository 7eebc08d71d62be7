from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from fluxhound.errors import ConfigurationError
from fluxhound.records import Severity, VerdictKind
from fluxhound.response.entries import Answer, Mode
from fluxhound.response.policy import Policy, Rule, ordered_addresses
from tests.response.responses import BOLD, SINKHOLE, finding


@pytest.mark.parametrize(
    ("given", "mode"),
    [
        ({}, Mode.SINKHOLE),
        ({"severity": Severity.MEDIUM}, Mode.BLOCK),
        ({"malice": 0.4}, Mode.LOG),
        ({"malice": float("nan")}, Mode.OBSERVE),
        ({"flux": 0.8}, Mode.LOG),
        ({"severity": Severity.LOW}, Mode.ALERT),
        ({"verdict": VerdictKind.FLUX_SUSPECT}, Mode.ALERT),
        ({"verdict": VerdictKind.CDN}, Mode.OBSERVE),
        ({"finding": False}, Mode.OBSERVE),
    ],
)
def test_the_first_rule_that_holds_decides(given: dict[str, Any], mode: Mode) -> None:
    assert BOLD.mode_of(finding(**given)) is mode


def test_the_policy_says_how_far_it_goes() -> None:
    assert Policy().mode_of(finding()) is Mode.ALERT
    assert dataclasses.replace(BOLD, mode=Mode.LOG).mode_of(finding()) is Mode.LOG
    assert dataclasses.replace(BOLD, sinkhole=()).mode_of(finding()) is Mode.BLOCK
    assert dataclasses.replace(BOLD, rules=()).mode_of(finding()) is Mode.OBSERVE
    assert dataclasses.replace(BOLD, rules=(Rule(mode=Mode.LOG),)).mode_of(finding()) is Mode.LOG


def test_how_a_mode_is_answered() -> None:
    assert BOLD.answer_in(Mode.SINKHOLE) == (Answer.ADDRESS, SINKHOLE)
    assert BOLD.answer_in(Mode.BLOCK) == (Answer.NXDOMAIN, ())
    assert BOLD.answer_in(Mode.LOG) == (Answer.PASS, ())
    by_name = dataclasses.replace(BOLD, sinkhole_name="trap.lab")
    assert by_name.answer_in(Mode.SINKHOLE) == (Answer.CNAME, ("trap.lab",))
    assert ordered_addresses(("2001:db8::2", "192.0.2.9", "192.0.2.10", "192.0.2.9")) == (
        "192.0.2.9",
        "192.0.2.10",
        "2001:db8::2",
    )


@pytest.mark.parametrize(
    "given",
    [
        {"sinkhole": ("here",)},
        {"resolvers": ("192.0.2.0/24",)},
        {"answer": Answer.PASS},
        {"expiry": timedelta()},
        {"ceiling": -1},
    ],
)
def test_what_cannot_be_meant_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        Policy(**given)
