from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sigma.collection import SigmaCollection
from sigma.correlations import SigmaCorrelationRule
from sigma.rule import SigmaRule

from fluxhound.intel.indicator import Tlp
from fluxhound.records import Severity
from fluxhound.sharing.outbound import Offer, Terms, outbound
from fluxhound.sharing.sigma import NAMES, quoted, render_sigma
from tests.sharing import builders, exporting
from tests.sharing.exporting import FINDINGS, TERMS, offer


def judged(text: str) -> tuple[list[SigmaRule], list[SigmaCorrelationRule]]:
    """Return the rules as pySigma reads them: it raises for what is no Sigma."""
    rules = SigmaCollection.from_yaml(text)
    rules.resolve_rule_references()
    assert not rules.errors
    plain = [rule for rule in rules.rules if isinstance(rule, SigmaRule)]
    return plain, [rule for rule in rules.rules if isinstance(rule, SigmaCorrelationRule)]


def test_the_judge_takes_the_rules() -> None:
    plain, correlations = judged(render_sigma(outbound(FINDINGS, TERMS).offers, TERMS))
    assert [rule.title for rule in plain] == [
        "Fast flux names of critical severity",
        "Fast flux names of high severity",
        "Fast flux names of medium severity",
        "Answers seen for a name",
    ]
    assert [rule.title for rule in correlations] == [
        "Many distinct answers for one name (possible fast flux)"
    ]
    assert {str(tag) for tag in plain[0].tags} == {
        "attack.command-and-control",
        "attack.t1568.001",
        "tlp.amber",
    }


def test_a_registered_domain_stands_for_all_below_it() -> None:
    text = render_sigma([offer(builders.double_flux())], TERMS)
    assert "- '.mail-gate7.example'" in text
    assert "query|endswith" not in render_sigma([offer()], TERMS)


def test_levels_of_tlp_are_not_mixed() -> None:
    offers = [offer(tlp=Tlp.RED), offer(builders.finding("b.example"), tlp=Tlp.AMBER_STRICT)]
    plain, _ = judged(render_sigma(offers, TERMS))
    assert [len(rule.detection.detections) for rule in plain] == [1, 1, 1]
    assert [str(rule.tags[-1]) for rule in plain[:2]] == ["tlp.amber-strict", "tlp.red"]


def test_long_sets_become_several_rules() -> None:
    offers = [offer(builders.finding(f"n{place}.example")) for place in range(NAMES + 1)]
    plain, _ = judged(render_sigma(offers, TERMS))
    titles = [rule.title for rule in plain]
    assert titles[:2] == [
        "Fast flux names of high severity",
        "Fast flux names of high severity (2)",
    ]
    assert len({rule.id for rule in plain}) == 3


def test_without_findings_there_is_still_the_start() -> None:
    plain, correlations = judged(render_sigma([], TERMS))
    assert (len(plain), len(correlations)) == (1, 1)


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(exporting.offers, max_size=3), exporting.terms)
def test_any_findings_make_rules(offers: list[Offer], terms: Terms) -> None:
    judged(render_sigma(offers, terms))


def test_quotes_are_doubled() -> None:
    assert quoted("it's") == "'it''s'"
    assert Severity.INFO
