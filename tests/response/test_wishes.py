from __future__ import annotations

import dataclasses

import pytest

from fluxhound.records import EntityKind, Severity, VerdictKind
from fluxhound.response.entries import Mode, Trigger
from fluxhound.response.wishes import flux_domains, subject_of, wishes
from tests.response.responses import BOLD, finding


@pytest.mark.parametrize(
    ("name", "subject", "exact"),
    [
        ("www.evil.lab", "evil.lab", False),
        ("Evil.LAB.", "evil.lab", False),
        ("a.b.evil.co.uk", "evil.co.uk", False),
        ("x.bot.duckdns.org", "x.bot.duckdns.org", True),
        ("d1.cloudfront.net", "d1.cloudfront.net", True),
        ("a1.g.akamai.net", "a1.g.akamai.net", True),
        ("com", "com", False),
    ],
)
def test_the_registered_domain_or_the_host_of_a_shared_one(
    name: str, subject: str, *, exact: bool
) -> None:
    assert subject_of(name) == (subject, exact)


def test_the_strongest_finding_of_a_domain_speaks_for_it() -> None:
    weak = finding("evil.lab", severity=Severity.MEDIUM)
    strong = finding("www.evil.lab", entity=EntityKind.NAME)
    found = wishes([weak, strong], BOLD, {})
    assert [(w.subject, w.mode, w.finding.name) for w in found] == [
        ("evil.lab", Mode.SINKHOLE, "www.evil.lab")
    ]


def test_networks_and_name_servers_ask_for_nothing_by_default() -> None:
    kinds = (EntityKind.NETWORK, EntityKind.NAME_SERVER)
    assert wishes([finding(entity=kind) for kind in kinds], BOLD, {}) == ()


def test_servers_are_named_where_they_are_in_flux() -> None:
    policy = dataclasses.replace(BOLD, nsdname=True, nsip=True)
    servers = {"evil.lab": {"ns1.evil.lab": ("45.1.1.1", "45.1.1.2")}}
    found = wishes([finding()], policy, servers)
    assert {w.key for w in found} == {
        (Trigger.NAME, "evil.lab"),
        (Trigger.NSDNAME, "ns1.evil.lab"),
        (Trigger.NSIP, "45.1.1.1"),
        (Trigger.NSIP, "45.1.1.2"),
    }
    single = finding(verdict=VerdictKind.SINGLE_FLUX)
    assert [w.trigger for w in wishes([single], policy, servers)] == [Trigger.NAME]
    server = finding(
        "ns1.evil.lab", entity=EntityKind.NAME_SERVER, verdict=VerdictKind.NAME_SERVER_FLUX
    )
    found = wishes([server], policy, servers)
    assert {w.trigger for w in found} == {Trigger.NSDNAME, Trigger.NSIP}


def test_which_domains_are_flux() -> None:
    harmless = finding("cdn.lab", verdict=VerdictKind.CDN)
    assert flux_domains([finding("www.evil.lab"), harmless]) == {"evil.lab", "www.evil.lab"}
