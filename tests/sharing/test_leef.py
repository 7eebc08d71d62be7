from __future__ import annotations

from hypothesis import given

import fluxhound
from fluxhound.records import Alert
from fluxhound.sharing.headline import DETAILS, Told, plain
from fluxhound.sharing.leef import leef_line
from tests.sharing import alerting, builders


def test_the_line_is_read_by_the_format() -> None:
    head, pairs = alerting.parse_leef(leef_line(alerting.grew(), alerting.ADDRESSES))
    assert head == ["fluxhound", "fluxhound", fluxhound.__version__, "FF-DOUBLE"]
    assert pairs["cat"] == "fast-flux"
    assert pairs["sev"] == "10"
    assert pairs["domain"] == "mail-gate7.example"
    assert pairs["devTime"] == "1795179600000"
    assert len(pairs["addressSample"].split()) == 20


def test_hostile_text_stays_text() -> None:
    finding = builders.finding("a\tsev=1\nLEEF:2.0|x")
    _, pairs = alerting.parse_leef(leef_line(alerting.alert(finding)))
    assert pairs["domain"] == "a\\tsev=1\\nLEEF:2.0|x"
    assert pairs["sev"] == "8"


def test_a_summary_counts() -> None:
    head, pairs = alerting.parse_leef(leef_line(alerting.held_back()))
    assert (head[3], pairs["held"]) == ("FF-HELD-BACK", "12")


@given(alerting.told, alerting.addresses)
def test_any_text_gives_a_line_that_parses(told: Told, addresses: list[str]) -> None:
    for detail in DETAILS:
        _, pairs = alerting.parse_leef(leef_line(told, addresses, detail))
        assert pairs["alertId"] == plain(told.id, 64)
        assert 1 <= int(pairs["sev"]) <= 10
        if isinstance(told, Alert):
            assert pairs["domain"] == plain(told.finding.name, detail.name)
