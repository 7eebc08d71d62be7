from __future__ import annotations

from hypothesis import given

import fluxhound
from fluxhound.sharing.cef import cef_line
from fluxhound.sharing.headline import DETAILS, Told, plain
from tests.sharing import alerting, builders

#: Extension keys of the standard that we use, with the longest value that it allows.
DICTIONARY = {
    "rt": 13, "start": 13, "end": 13, "externalId": 40, "act": 63, "cat": 1023, "cnt": 10,
    "destinationDnsDomain": 255, "request": 1023, "msg": 1023,
    **{f"cs{n}": 4000 for n in range(1, 7)}, **{f"cs{n}Label": 1023 for n in range(1, 7)},
    **{f"cn{n}": 20 for n in range(1, 4)}, **{f"cn{n}Label": 1023 for n in range(1, 4)},
    **{f"cfp{n}": 20 for n in range(1, 5)}, **{f"cfp{n}Label": 1023 for n in range(1, 5)},
}  # fmt: skip


def test_the_line_is_read_by_the_standard() -> None:
    head, pairs = alerting.parse_cef(cef_line(alerting.grew(), alerting.ADDRESSES))
    assert head == [
        "fluxhound", "fluxhound", fluxhound.__version__, "FF-DOUBLE", "Double fast flux grew", "10",
    ]  # fmt: skip
    assert pairs["destinationDnsDomain"] == "mail-gate7.example"
    assert (pairs["cn1Label"], pairs["cn1"]) == ("distinctAddresses", "143")
    assert (pairs["cs5Label"], pairs["cs5"]) == ("previousVerdict", "flux-suspect")
    assert len(pairs["cs3"].split()) == 20


def test_what_is_not_observable_is_left_out() -> None:
    _, pairs = alerting.parse_cef(cef_line(alerting.ended()))
    assert "cn3" not in pairs
    assert "cn3Label" not in pairs


def test_a_summary_counts() -> None:
    head, pairs = alerting.parse_cef(cef_line(alerting.held_back()))
    assert head[3] == "FF-HELD-BACK"
    assert pairs["cnt"] == "12"


def test_hostile_text_stays_text() -> None:
    finding = builders.finding("a|b=c\\ cs1=harmless\r\nCEF:0|x")
    head, pairs = alerting.parse_cef(cef_line(alerting.alert(finding)))
    assert head[3] == "FF-SINGLE"
    assert pairs["destinationDnsDomain"] == "a|b=c\\ cs1=harmless\\r\\nCEF:0|x"
    assert pairs["cs1"] == "single-flux"


@given(alerting.told, alerting.addresses)
def test_any_text_gives_a_line_that_parses(told: Told, addresses: list[str]) -> None:
    for detail in DETAILS:
        head, pairs = alerting.parse_cef(cef_line(told, addresses, detail))
        assert len(head) == 6
        assert [k for k, v in pairs.items() if len(v) > DICTIONARY[k]] == []
        assert pairs["externalId"] == plain(told.id, 40)
