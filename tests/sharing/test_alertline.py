from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.records import Alert, AlertKind, Finding, Severity, VerdictKind
from fluxhound.sharing.alertline import alert_line
from fluxhound.sharing.glyphs import Writing
from tests.sharing import alerting, builders, strategies


def line(alert: Alert, *, ascii_only: bool = False) -> str:
    return alert_line(alert, Writing(ascii_only=ascii_only)).plain


def test_a_line_says_when_what_and_why() -> None:
    text = line(alerting.alert())
    assert text.startswith(alerting.alert().time.strftime("%H:%M:%SZ"))
    assert "kx-delivery[.]example" in text
    assert "appeared, asked by 9 clients: " in text


@pytest.mark.parametrize(
    ("alert", "words"),
    [
        (alerting.grew(), "grew, was flux-suspect, asked by 9 clients: "),
        (
            alerting.alert(
                kind=AlertKind.GREW,
                previous=builders.single_flux().verdict,
                previous_severity=Severity.LOW,
            ),
            "grew, was low",
        ),
        (alerting.ended(), "ended"),
        (alerting.alert(clients=None), "appeared: "),
        (alerting.alert(clients=1), "asked by 1 client: "),
    ],
)
def test_what_happened_is_told(alert: Alert, words: str) -> None:
    assert words in line(alert)


def test_what_ended_needs_no_reason() -> None:
    assert line(alerting.ended()).endswith("ended")
    assert alerting.ended().previous is VerdictKind.SINGLE_FLUX


@given(strategies.findings, st.booleans())
def test_no_alert_can_act_on_a_terminal(finding: Finding, ascii_only: bool) -> None:
    text = line(alerting.alert(finding), ascii_only=ascii_only)
    assert text.isprintable()
    assert not ascii_only or text.isascii()
