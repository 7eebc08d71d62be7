from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.records import SEVERITIES, EntityKind, Finding, Severity, VerdictKind
from fluxhound.sharing.ranking import (
    findings_of,
    folds,
    look_alike_folds,
    look_alikes_of,
    ranked,
)
from tests.sharing import builders, strategies


def test_severity_then_flux_then_name() -> None:
    names = [finding.name for finding in findings_of(builders.everything())]
    assert names[:2] == ["mail-gate7.example", "kx-delivery.example"]
    assert names[-1] == builders.HOSTILE_NAME


@settings(max_examples=40)
@given(st.lists(strategies.findings, max_size=6))
def test_the_order_does_not_depend_on_the_order_given(findings: list[Finding]) -> None:
    key = [(f.severity, f.flux, f.name) for f in ranked(findings)]
    assert key == [(f.severity, f.flux, f.name) for f in ranked(reversed(findings))]
    severities = [SEVERITIES.index(severity) for severity, _, _ in key]
    assert severities == sorted(severities, reverse=True)


@settings(max_examples=40)
@given(st.lists(strategies.findings, max_size=6))
def test_folding_loses_nothing(findings: list[Finding]) -> None:
    unfolded = [f for item in folds(findings) for f in (item.lead, *item.folded)]
    assert sorted(map(id, unfolded)) == sorted(map(id, findings))


def test_the_registered_domain_leads_its_names() -> None:
    (item,) = folds([*builders.folded_names(29), builders.double_flux()])
    assert item.lead.entity is EntityKind.REGISTERED_DOMAIN
    assert len(item.folded) == 29


def test_a_more_severe_name_leads_its_registered_domain() -> None:
    domain = builders.finding(
        "mail-gate7.example", entity=EntityKind.REGISTERED_DOMAIN, severity=Severity.LOW
    )
    (item,) = folds([domain, *builders.folded_names(2)])
    assert item.lead.name == "v000.mail-gate7.example"


def server(host: str, severity: Severity = Severity.HIGH) -> Finding:
    return builders.finding(host, entity=EntityKind.NAME_SERVER, severity=severity, flux=0.99)


def test_name_servers_are_folded_under_what_they_serve_within_the_domain() -> None:
    servers = [server(f"ns{n}.kx-delivery.example") for n in range(3)]
    (item,) = folds([*servers, builders.single_flux()])
    assert item.lead.entity is EntityKind.NAME
    assert item.more == "3 name servers"
    (item,) = folds([*servers, builders.finding("a.kx-delivery.example"), builders.single_flux()])
    assert item.more == "1 name, 3 name servers"


def test_name_servers_lead_where_they_are_more_severe_or_alone() -> None:
    worse = server("ns1.kx-delivery.example", Severity.CRITICAL)
    assert folds([builders.single_flux(), worse])[0].lead is worse
    assert folds([worse])[0].lead is worse
    assert folds([worse])[0].more == ""


def test_networks_are_not_folded() -> None:
    pool = builders.finding("pool-7", entity=EntityKind.NETWORK, registered_domain="")
    assert len(folds([pool, builders.single_flux()])) == 2


def test_look_alikes_of_one_domain_and_verdict_are_folded() -> None:
    homes = [
        builders.finding(
            f"home{n}.dyn.example", registered_domain="dyn.example", finding=False, flux=n / 10,
            verdict=VerdictKind.DYNAMIC_DNS,
        )
        for n in range(3)
    ]  # fmt: skip
    items = look_alike_folds([*homes, builders.cdn(), builders.ntp_pool()])
    assert [item.lead.name for item in items] == [
        "home2.dyn.example", "2.pool.ntp.example", "media.shop.example",
    ]  # fmt: skip
    assert [item.more for item in items] == ["2 names", "", ""]


def test_look_alikes_are_named_verdicts_only() -> None:
    names = [entity.name for entity in look_alikes_of(builders.everything())]
    assert names == ["2.pool.ntp.example", "media.shop.example"]
