from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.records import Severity
from fluxhound.service.alerts.delivery import Letter
from fluxhound.service.alerts.syslogline import syslog_head
from fluxhound.sharing.headline import Told
from tests.service.alerts import letters
from tests.service.alerts.rfc5424 import parse
from tests.sharing import alerting


def head(letter: Letter, host: str = "sensor-1.example", process: str = "77") -> bytes:
    return syslog_head(letter, facility=4, host=host, process=process, structured=True)


def test_the_header_says_who_when_and_what() -> None:
    message = parse(head(letters.letter()) + b"x")
    assert message.priority == 4 * 8 + 3
    assert message.time == "2026-11-21T07:30:00.000Z"
    assert (message.host, message.app, message.process) == ("sensor-1.example", "fluxhound", "77")
    assert message.kind == "APPEARED"
    assert message.message == b"x"
    assert message.structured["fluxhound@32473"]["name"] == "d0.example"
    assert message.structured["origin"]["software"] == "fluxhound"


@pytest.mark.parametrize(
    ("severity", "code"),
    [(Severity.CRITICAL, 2), (Severity.HIGH, 3), (Severity.MEDIUM, 4), (Severity.LOW, 5)],
)
def test_severities_are_those_of_syslog(severity: Severity, code: int) -> None:
    assert parse(head(letters.letter(0, severity))).priority % 8 == code


def test_a_summary_is_for_information() -> None:
    message = parse(head(Letter(told=alerting.held_back())))
    assert (message.priority % 8, message.kind) == (6, "HELD-BACK")


@given(alerting.told, st.text(max_size=300), st.text(max_size=200))
def test_any_header_parses(told: Told, host: str, process: str) -> None:
    octets = head(Letter(told=told), host, process)
    message = parse(octets)
    assert message.message == b""
    assert re.fullmatch(rb"[^\x00-\x1f]+", octets)
