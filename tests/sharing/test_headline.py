from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.records import AlertKind, VerdictKind
from fluxhound.sharing import headline
from fluxhound.sharing.headline import DETAILS, Detail, HeldBack, fitting, plain
from tests.sharing import alerting, builders, strategies


def test_a_title_says_rule_change_and_name() -> None:
    assert headline.title(alerting.alert()) == "Single fast flux appeared: kx-delivery.example"
    assert headline.title(alerting.grew()) == "Double fast flux grew: mail-gate7.example"


def test_what_ended_keeps_the_rule_that_was_told() -> None:
    assert headline.rule(alerting.ended())[0] == "FF-SINGLE"
    unknown = alerting.alert(builders.cdn(), kind=AlertKind.ENDED)
    assert headline.rule(unknown) == headline.NO_RULE


def test_every_flux_verdict_has_a_rule() -> None:
    assert {verdict for verdict in VerdictKind if "flux" in verdict} == set(headline.RULES)


def test_a_reason_says_what_was_measured() -> None:
    reason = headline.reason(alerting.alert())
    assert reason.startswith("Seen: 40 addresses, 25 ASNs")
    assert reason.endswith("Almost every refresh brings addresses never seen before")


def test_a_link_is_whole_or_not_there() -> None:
    alert = alerting.alert(link="https://x/" + "y" * 990)
    assert headline.link(alert, DETAILS[1]) == alert.link
    assert headline.link(alert, DETAILS[2]) == ""


def test_evidence_is_sampled_by_weight() -> None:
    finding = builders.single_flux()
    few = Detail(addresses=1, evidence=2, members=0, text=9, link=9)
    assert [e.id for e in headline.strongest(finding, few, supports=True)] == [
        "new-rate", "asn-spread",
    ]  # fmt: skip
    assert [e.id for e in headline.strongest(finding, few, supports=False)] == [
        "prior", "answer-size",
    ]  # fmt: skip


def test_addresses_are_sampled() -> None:
    assert len(headline.sample(alerting.ADDRESSES, DETAILS[0])) == 20
    odd = ["1.2.3.4", "1.2.3.4", "x", "", "2001:DB8::1", "fe80::1%eth0"]
    assert headline.sample(odd, DETAILS[0]) == ["1.2.3.4", "2001:db8::1", "fe80::1"]


@pytest.mark.parametrize(
    ("held", "text"), [(1, "1 more alert is held back"), (7, "7 more alerts are held back")]
)
def test_a_summary_counts(held: int, text: str) -> None:
    told = HeldBack(id="x", time=datetime(2026, 1, 1, tzinfo=UTC), held=held)
    assert headline.held_back_sentence(told).startswith(text)


@pytest.mark.parametrize(("score", "per_cent"), [(0.984, 98), (-1, 0), (7, 100), (float("nan"), 0)])
def test_scores_are_whole_per_cent(score: float, per_cent: int) -> None:
    assert headline.percent(score) == per_cent


@given(strategies.texts, st.integers(1, 30))
def test_plain_text_is_seen_and_bounded(text: str, limit: int) -> None:
    assert plain(text, limit).isprintable()
    assert len(plain(text, limit)) <= limit


def test_counts_without_a_number_are_left_out() -> None:
    assert [headline.count(value) for value in (3.0, None, float("inf"))] == ["3", "", ""]


def test_the_most_detail_that_fits_is_chosen() -> None:
    def render(detail: Detail) -> bytes:
        return b"x" * (100 + detail.text)

    assert len(fitting(render, 5000)) == 1100
    assert len(fitting(render, 600)) == 500
    assert len(fitting(render, 1)) == 100
