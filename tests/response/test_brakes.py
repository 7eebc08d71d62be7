from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from fluxhound.records import Severity, VerdictKind
from fluxhound.response import brakes
from fluxhound.response.brakes import LIFTABLE, RULES, refusals, standing_refusals
from fluxhound.response.case import Case
from fluxhound.response.entries import Answer, Mode, Neighbours, Trigger
from fluxhound.response.policy import Policy
from fluxhound.response.protection import protection_of
from tests.response.responses import BOLD, NOW, blast, entry, finding

TOP = ("www.shop.lab", "intranet.lab")


def case(subject: str = "evil.lab", **given: Any) -> Case:
    """Return a case that nothing is against, but for what is *given*."""
    policy: Policy = given.pop("policy", BOLD)
    fields = {f.name for f in dataclasses.fields(Case)}
    of_case = {key: given.pop(key) for key in tuple(given) if key in fields}
    values: dict[str, Any] = {
        "entry": entry(subject, **given),
        "finding": finding(subject),
        "blast": blast(subject),
        "policy": policy,
        "protection": protection_of(policy, TOP),
        "now": NOW,
    }
    return Case(**{**values, **of_case})


def ids(found: tuple[Any, ...]) -> set[str]:
    return {each.id for each in found}


def served(*names: str, count: int = 0) -> Neighbours:
    return Neighbours(count=count or len(names), names=names)


NS: Any = {
    "trigger": Trigger.NSDNAME,
    "exact": True,
    "policy": dataclasses.replace(BOLD, nsdname=True),
}
IP: Any = {"trigger": Trigger.NSIP, "exact": True, "policy": dataclasses.replace(BOLD, nsip=True)}

ONE_SERVED = {"blast": blast("ns1.evil.lab", servers=served("a.lab")), **NS}


def serving_one(address: str) -> Any:
    return {"blast": blast(address, servers=served("a.lab")), **IP}


RESOLVING = {**IP, "policy": dataclasses.replace(BOLD, nsip=True, resolvers=("9.10.11.12",))}

#: For each brake, cases that it must refuse; other brakes may refuse them as well.
REFUSED: list[tuple[str, Case]] = [
    ("malformed", case("evil\\.x.lab")),
    ("malformed", case("evil lab.lab")),
    ("malformed", case("-evil.lab")),
    ("malformed", case("EVIL.lab")),
    ("malformed", case("evil..lab")),
    ("malformed", case("*.lab")),
    ("malformed", case("a." * 130 + "lab")),
    ("malformed", case("8.8.0.0/16", **IP)),
    ("malformed", case("no address", **IP)),
    ("single-label", case("")),
    ("single-label", case("localmachine")),
    ("single-label", case("com")),
    ("public-suffix", case("com")),
    ("public-suffix", case("co.uk")),
    ("public-suffix", case("co.uk", exact=True)),
    ("public-suffix", case("duckdns.org", exact=True)),
    ("public-suffix", case("anything.ck")),
    ("public-suffix", case("bot.duckdns.org")),
    ("public-suffix", case("amazonaws.com")),
    ("own-domain", case("corp.lab")),
    ("own-domain", case("vpn.corp.lab", exact=True)),
    ("own-domain", case("lab")),
    ("own-domain", case("corp.lab", **NS)),
    ("raw-address", case("203.0.113.9", trigger=Trigger.ADDRESS, exact=True)),
    ("own-sinkhole", case("trap.lab", policy=dataclasses.replace(BOLD, sinkhole_name="trap.lab"))),
    ("own-sinkhole", case("lab", policy=dataclasses.replace(BOLD, sinkhole_name="trap.lab"))),
    ("no-sinkhole", case(target=())),
    ("no-sinkhole", case(target=("trap.lab",))),
    ("no-sinkhole", case(answer=Answer.CNAME, target=())),
    ("no-sinkhole", case(answer=Answer.CNAME, target=("a.evil.lab",))),
    ("no-sinkhole", case(answer=Answer.NXDOMAIN, target=())),
    ("never-list", case("partner.lab")),
    ("never-list", case("www.partner.lab", exact=True)),
    ("never-list", case("lab")),
    ("infrastructure", case("pool.ntp.org")),
    ("infrastructure", case("0.debian.pool.ntp.org", exact=True)),
    ("infrastructure", case("windowsupdate.com")),
    ("infrastructure", case("ocsp.digicert.com", exact=True)),
    ("infrastructure", case("cloudfront.net", exact=True)),
    ("infrastructure", case("a.root-servers.net", **NS)),
    ("infrastructure", case("8.8.8.8", **IP)),
    ("infrastructure", case("192.0.2.66", **IP)),
    ("infrastructure", case("10.0.0.1", **IP)),
    ("infrastructure", case("9.10.11.12", **RESOLVING)),
    ("special-use", case("evil.test")),
    ("special-use", case("printer.local")),
    ("special-use", case("1.0.0.10.in-addr.arpa")),
    ("covers-protected", case("windows.com")),
    ("covers-protected", case("mp.microsoft.com")),
    ("top-name", case("intranet.lab")),
    ("top-name", case("shop.lab")),
    ("alias-target", case(blast=blast(aliased=served("a.lab", "b.lab", "c.lab")))),
    ("serves-others", case("ns1.evil.lab", **ONE_SERVED)),
    ("serves-others", case("ns1.evil.lab", flux={"a.lab"},
                           blast=blast("ns1.evil.lab", servers=served("a.lab", count=900)), **NS)),
    ("serves-others", case("ns1.evil.lab", **NS)),
    ("serves-others", case("9.10.11.12", **IP)),
    ("not-opted-in", case("ns1.evil.lab", trigger=Trigger.NSDNAME, exact=True)),
    ("not-opted-in", case("9.10.11.12", trigger=Trigger.NSIP, exact=True)),
    ("no-finding", case(finding=None)),
    ("no-finding", case(finding=finding(finding=False, verdict=VerdictKind.CDN))),
    ("no-finding", case(finding=finding(verdict=VerdictKind.INSUFFICIENT_EVIDENCE))),
    ("scores-too-low", case(finding=finding(malice=0.05))),
    ("scores-too-low", case(finding=finding(flux=0.4))),
    ("scores-too-low", case(finding=finding(malice=float("nan")))),
    ("scores-too-low", case(finding=finding(malice=0.09),
                            policy=dataclasses.replace(BOLD, least_malice=0.0))),
    ("unknown-blast", case(blast=None)),
    ("unknown-blast", case(blast=blast("other.lab"))),
    ("expired", case(expires=NOW)),
    ("held", case(hold="ann rejected it.")),
    ("ceiling", case(held=10_000)),
    ("ceiling-per-hour", case(spent=50)),
]  # fmt: skip


@pytest.mark.parametrize(("brake", "refused"), REFUSED)
def test_each_brake_refuses(brake: str, refused: Case) -> None:
    found = refusals(refused)
    assert brake in ids(found)
    assert all(each.sentence and not each.sentence.isspace() for each in found)


def test_every_brake_has_a_case() -> None:
    assert {brake for brake, _ in REFUSED} == {rule.id for rule in RULES}


@pytest.mark.parametrize(
    "allowed",
    [
        case(),
        case("bot.duckdns.org", exact=True),
        case("d111.cloudfront.net", exact=True),
        case("counter-corp.lab"),
        case("notpool.lab"),
        case("a.shop.lab", exact=True),
        case("shop.lab", exact=True),
        case(answer=Answer.CNAME, target=("trap.lab",)),
        case(mode=Mode.BLOCK, answer=Answer.NXDOMAIN, target=()),
        case("ns1.evil.lab", flux={"a.lab"}, **ONE_SERVED),
        case("9.10.11.12", flux={"a.lab"}, **serving_one("9.10.11.12")),
        case("2a00:1450::1", flux={"a.lab"}, **serving_one("2a00:1450::1")),
        case(blast=blast(aliased=served("a.lab", "b.lab", "c.lab")), flux={"a.lab"}),
        case(blast=blast(addresses=served("a.lab", count=50), suffix=served("b.lab", count=9))),
        case(held=9_999, spent=49),
    ],
)  # fmt: skip
def test_what_no_brake_is_against(allowed: Case) -> None:
    assert refusals(allowed) == ()
    assert standing_refusals(allowed) == ()


def test_log_only_entries_need_no_malice_but_all_else() -> None:
    logged: Any = {"mode": Mode.LOG, "answer": Answer.PASS, "target": ()}
    assert refusals(case(finding=finding(malice=0.0), **logged)) == ()
    assert "own-domain" in ids(refusals(case("corp.lab", **logged)))
    assert "no-finding" in ids(refusals(case(finding=None, **logged)))


@pytest.mark.parametrize(("brake", "refused"), REFUSED)
def test_a_person_lifts_only_what_may_be_lifted(brake: str, refused: Case) -> None:
    left = ids(refusals(refused, [brake]))
    assert (brake in left) is (brake not in LIFTABLE)


@pytest.mark.parametrize("brake", ["own-domain", "public-suffix", "raw-address", "ceiling"])
def test_some_brakes_are_never_lifted(brake: str) -> None:
    assert brake not in LIFTABLE


def test_a_brake_that_fails_refuses() -> None:
    unusual = case(finding=dataclasses.replace(finding(), flux="much"))  # type: ignore[arg-type]
    found = [each for each in refusals(unusual) if each.id == "scores-too-low"]
    assert found[0].sentence == "The brake could not be evaluated (TypeError)."
    for rule in RULES:
        broken = dataclasses.replace(rule, says=lambda _: str(1 // 0))
        assert brakes._told([broken], case())[0].id == rule.id


def test_what_is_in_force_is_taken_back_only_for_what_stands() -> None:
    wavering = case(finding=None, blast=None, held=99_999, spent=999)
    assert refusals(wavering) != ()
    assert standing_refusals(wavering) == ()
    assert ids(standing_refusals(case("corp.lab"))) == {"own-domain"}
    assert standing_refusals(case("evil.test"), ["special-use"]) == ()


def test_a_suspicion_is_a_finding_too() -> None:
    suspect = finding(verdict=VerdictKind.FLUX_SUSPECT, severity=Severity.LOW)
    assert refusals(case(finding=suspect, expires=NOW + timedelta(seconds=1))) == ()
