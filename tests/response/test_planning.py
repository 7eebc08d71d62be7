from __future__ import annotations

import dataclasses
import random
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.records import FLUX_VERDICTS, Severity, VerdictKind
from fluxhound.response.changes import applied, changes_of, inverse
from fluxhound.response.entries import (
    CHANGING_MODES,
    PUBLISHED_MODES,
    Answer,
    ChangeKind,
    Entry,
    Mode,
    Neighbours,
    Plan,
    Proposal,
    Trigger,
)
from fluxhound.response.planning import passes, plan
from fluxhound.response.policy import Approval, Policy
from tests.response.responses import (
    ASKING,
    BOLD,
    NOW,
    SINKHOLE,
    blast,
    blasts_of,
    circumstances,
    entry,
    finding,
)
from tests.response.worlds import TOP, World, world

DAY = timedelta(days=1)


def made(*findings: object, policy: Policy = BOLD, now: object = NOW, **given: object) -> Plan:
    return plan(findings, circumstances(policy, **given), policy, now)  # type: ignore[arg-type]


def told(found: Plan) -> list[tuple[str, str]]:
    return [(str(each.kind), each.entry.subject) for each in found.proposals]


def test_a_finding_becomes_one_entry_for_the_domain_and_its_names() -> None:
    found = made(finding("www.evil.lab"), finding("evil.lab"), finding("mail.evil.lab"))
    assert told(found) == [("add", "evil.lab")]
    added = found.proposals[0].entry
    assert (added.mode, added.answer, added.target) == (Mode.SINKHOLE, Answer.ADDRESS, SINKHOLE)
    assert not added.exact
    assert added.approved_by == "policy"
    assert added.expires == NOW + BOLD.expiry
    assert added.reason == "double-flux, critical: flux 1.00, malice 0.95."
    assert found.proposals[0].blast.clients == 1


def test_below_a_shared_suffix_it_is_the_host_alone() -> None:
    names = ("bot.duckdns.org", "x.akamai.net")
    found = made(*map(finding, names), blasts=blasts_of(*names))
    assert [(p.entry.subject, p.entry.exact) for p in found.proposals] == [
        ("bot.duckdns.org", True),
        ("x.akamai.net", True),
    ]


def test_what_needs_a_person_waits_and_is_not_published() -> None:
    found = made(finding(), policy=ASKING)
    assert found.proposals[0].waits
    assert found.proposals[0].why == "It waits for a person's approval."
    assert not found.proposals[0].entry.in_force(NOW)
    again = made(finding(), policy=ASKING, entries=(found.proposals[0].entry,))
    assert again.empty


@pytest.mark.parametrize(
    ("approval", "automatic"),
    [
        (Approval(automatic=True), True),
        (Approval(automatic=True, flux=1.0), False),
        (Approval(automatic=True, malice=0.99), False),
        (Approval(automatic=True, clients=0), False),
        (Approval(), False),
    ],
)
def test_only_above_all_thresholds_nobody_is_asked(approval: Approval, *, automatic: bool) -> None:
    policy = dataclasses.replace(BOLD, approval=approval)
    assert made(finding(), policy=policy).proposals[0].waits is not automatic


def test_popular_names_and_unseen_clients_wait_for_a_person() -> None:
    known = blasts_of("evil.lab")[Trigger.NAME, "evil.lab"]
    for changed in (dataclasses.replace(known, rank=20), dataclasses.replace(known, clients=None)):
        blasts = {(Trigger.NAME, "evil.lab"): changed}
        assert made(finding(), blasts=blasts).proposals[0].waits


def test_a_policy_that_only_alerts_publishes_nothing_and_takes_all_back() -> None:
    quiet = dataclasses.replace(BOLD, mode=Mode.ALERT)
    assert made(finding(), policy=quiet).empty
    assert told(made(finding(), policy=quiet, entries=(entry(),))) == [("remove", "evil.lab")]


def test_a_finding_that_wavers_changes_nothing() -> None:
    weaker = finding(severity=Severity.MEDIUM, malice=0.2, flux=0.8)
    assert made(weaker, entries=(entry(),)).empty
    assert made(entries=(entry(),)).empty


def test_a_finding_that_grows_raises_the_entry() -> None:
    logged = entry(mode=Mode.LOG, answer=Answer.PASS, target=())
    found = made(finding(), entries=(logged,))
    assert told(found) == [("change", "evil.lab")]
    assert found.proposals[0].entry.mode is Mode.SINKHOLE
    assert found.proposals[0].entry.added == logged.added


def test_while_a_raise_waits_what_is_in_force_stays() -> None:
    logged = entry(mode=Mode.LOG, answer=Answer.PASS, target=())
    found = made(finding(), policy=ASKING, entries=(logged,))
    assert told(found) == [("add", "evil.lab")]
    assert found.proposals[0].waits
    after = applied((logged,), changes_of(found))
    assert [each.mode for each in after if each.approved_by] == [Mode.LOG]


def test_it_is_renewed_only_while_the_behaviour_goes_on() -> None:
    old = entry(expires=NOW + DAY)
    found = made(finding(), entries=(old,))
    assert told(found) == [("renew", "evil.lab")]
    assert found.proposals[0].entry.expires == NOW + BOLD.expiry
    assert made(finding(last_seen=NOW - 2 * DAY), entries=(old,)).empty
    assert told(made(entries=(old,), now=NOW + DAY)) == [("remove", "evil.lab")]


def test_a_brake_on_the_renewal_lets_it_run_out() -> None:
    found = made(finding(malice=0.01), entries=(entry(expires=NOW + DAY),))
    assert found.empty
    assert [(p.kind, p.brakes[0].id) for p in found.refused] == [("renew", "scores-too-low")]


def test_what_ended_goes_at_once_only_if_the_policy_says_so() -> None:
    eager = dataclasses.replace(BOLD, remove_ended=True)
    assert told(made(policy=eager, entries=(entry(),))) == [("remove", "evil.lab")]


def test_what_a_brake_does_not_allow_any_more_is_taken_back() -> None:
    policy = dataclasses.replace(BOLD, own=("evil.lab",))
    found = made(finding(), policy=policy, entries=(entry(),))
    assert told(found) == [("remove", "evil.lab")]
    assert found.proposals[0].why == "evil.lab is one of our own domains."
    assert [brake.id for brake in found.refused[0].brakes] == ["own-domain"]


def test_another_listener_changes_what_is_in_force() -> None:
    policy = dataclasses.replace(BOLD, sinkhole=("192.0.2.99",))
    found = made(policy=policy, entries=(entry(),))
    assert told(found) == [("change", "evil.lab")]
    assert found.proposals[0].entry.target == ("192.0.2.99",)
    without = made(policy=dataclasses.replace(BOLD, sinkhole=()), entries=(entry(),))
    assert without.proposals[0].entry.mode is Mode.BLOCK
    assert without.proposals[0].entry.answer is Answer.NXDOMAIN


def test_after_a_jump_of_the_clock_no_entry_lasts_for_years() -> None:
    found = made(entries=(entry(expires=NOW + 900 * DAY),))
    assert found.proposals[0].entry.expires == NOW + BOLD.expiry


def test_the_strongest_go_first_where_a_ceiling_is_near() -> None:
    policy = dataclasses.replace(BOLD, ceiling=2, ceiling_per_hour=1)
    weak, strong = finding("weak.lab", malice=0.6), finding("strong.lab", malice=0.99)
    found = made(weak, strong, policy=policy, blasts=blasts_of("weak.lab", "strong.lab"))
    assert told(found) == [("add", "strong.lab")]
    assert [b.id for b in found.refused[0].brakes] == ["ceiling-per-hour"]
    full = dataclasses.replace(policy, ceiling=0)
    assert made(strong, policy=full, blasts=blasts_of("strong.lab")).empty


def test_double_flux_names_its_servers_only_if_asked_to() -> None:
    servers = {"evil.lab": {"ns1.evil.lab": ("45.1.1.1",)}}
    policy = dataclasses.replace(BOLD, nsdname=True, nsip=True)
    blasts = dict(blasts_of("evil.lab"))
    for key in ((Trigger.NSDNAME, "ns1.evil.lab"), (Trigger.NSIP, "45.1.1.1")):
        served = Neighbours(count=1, names=("evil.lab",))
        blasts[key] = blast(key[1], servers=served)
    for chosen, expected in ((BOLD, 1), (policy, 3)):
        found = plan(
            [finding()], circumstances(chosen, blasts=blasts), chosen, NOW, servers=servers
        )
        assert len(found.proposals) == expected
        assert not found.refused


def test_a_lifted_brake_makes_it_wait_for_a_person() -> None:
    name = "evil.test"
    key = (Trigger.NAME, name)
    given: Any = {"blasts": blasts_of(name), "lifted": {key: frozenset({"special-use"})}}
    assert made(finding(name), **given).proposals[0].waits
    assert made(finding(name), blasts=blasts_of(name)).refused


def test_own_domains_and_the_never_list_pass_first() -> None:
    found = passes(BOLD, NOW)
    assert [(e.subject, e.answer, e.exact) for e in found] == [
        ("corp.lab", Answer.PASS, False),
        ("partner.lab", Answer.PASS, False),
    ]
    assert all(each.in_force(NOW) for each in found)


# --- 10,000 random plans -------------------------------------------------------------------------


def lies(name: str, parent: str) -> bool:
    return bool(parent) and (name == parent or name.endswith("." + parent))


#: What the worlds hold of each protected kind, spelled out here again and not taken from the code.
NEVER_TOUCHED = (
    "pool.ntp.org",
    "ntp.org",
    "windowsupdate.com",
    "ocsp.digicert.com",
    "nmcheck.gnome.org",
    "test",
    "local",
)
SUFFIXES = ("com", "co.uk", "duckdns.org", "github.io", "lab", "org")
SHARED_SUFFIXES = ("duckdns.org", "github.io", "cloudfront.net", "amazonaws.com")


def touched_wrongly(each: Entry, policy: Policy, lifted: frozenset[str]) -> list[str]:
    """Return what is wrong with an entry that is kept, by an account of its own."""
    if each.trigger is Trigger.ADDRESS:
        return ["raw address"]
    if each.trigger is Trigger.NSIP:
        if not policy.nsip:
            return ["not asked for"]
        guarded = {"8.8.8.8", "10.1.2.3", *policy.sinkhole, *policy.resolvers}
        return ["address"] if each.subject in guarded and "infrastructure" not in lifted else []
    if each.trigger is Trigger.NSDNAME and not policy.nsdname:
        return ["not asked for"]
    name, wide = each.subject, not each.exact
    wrong = [f"own {own}" for own in policy.own if lies(name, own) or lies(own, name)]
    wrong += [f"never {n}" for n in policy.never if lies(name, n) or (wide and lies(n, name))]
    if not lifted & {"infrastructure", "special-use", "covers-protected"}:
        wrong += [n for n in NEVER_TOUCHED if lies(name, n) or (wide and lies(n, name))]
    wrong += ["suffix"] if name in SUFFIXES or "." not in name or "\\" in name else []
    shared = any(lies(name, suffix) for suffix in SHARED_SUFFIXES)
    wrong += ["shared"] if wide and shared and each.trigger is Trigger.NAME else []
    wrong += ["listener"] if policy.sinkhole_name and lies(policy.sinkhole_name, name) else []
    if each.mode is Mode.SINKHOLE and not (
        each.target and (policy.sinkhole or policy.sinkhole_name)
    ):
        wrong.append("no listener")
    return wrong


def added_wrongly(each: Proposal, there: World) -> list[str]:
    """Return what is wrong with a proposal that adds, raises or renews."""
    lifted = there.circumstances.lifted.get(each.entry.key, frozenset())
    subject, named = each.entry.subject, each.entry.finding
    by_server = each.entry.trigger is not Trigger.NAME  # made for whatever it serves
    of_it = [f for f in there.findings if by_server or f.name == named or lies(f.name, subject)]
    wrong = []
    if "no-finding" not in lifted and not any(
        f.finding and f.verdict in FLUX_VERDICTS for f in of_it
    ):
        wrong.append("no finding")
    low = not any(f.malice >= 0.1 and f.flux >= 0.5 for f in of_it)
    if each.entry.mode in CHANGING_MODES and low and "scores-too-low" not in lifted:
        wrong.append("scores")
    wide = not each.entry.exact
    if "top-name" not in lifted and each.entry.trigger is Trigger.NAME:
        wrong += [
            t for t in TOP if each.entry.subject == t or (wide and lies(t, each.entry.subject))
        ]
    known_blast = there.circumstances.blasts.get(each.entry.key)
    flux = {
        f.registered_domain for f in there.findings if f.finding and f.verdict in FLUX_VERDICTS
    } | {f.name for f in there.findings if f.finding and f.verdict in FLUX_VERDICTS}
    if known_blast is None:
        wrong.append("unknown blast")
    elif len(set(known_blast.aliased.names) - flux) > 2 and "alias-target" not in lifted:
        wrong.append("alias")
    elif each.entry.trigger is not Trigger.NAME and "serves-others" not in lifted:
        wrong += sorted(set(known_blast.servers.names) - flux)
    if each.entry.approved_by == "policy" and each.kind is not ChangeKind.RENEW and lifted:
        without = dataclasses.replace(there.circumstances, lifted={})
        again = plan(there.findings, without, there.policy, there.now, servers=there.servers)
        wrong += ["lifted alone"] if each.entry not in [p.entry for p in again.proposals] else []
    return wrong


def check(there: World, found: Plan) -> tuple[Entry, ...]:
    """Check one plan; return the entries after it."""
    policy, before = there.policy, there.circumstances
    after = applied(before.entries, changes_of(found))
    for each in after:
        lifted = before.lifted.get(each.key, frozenset())
        assert touched_wrongly(each, policy, lifted) == [], each
        assert there.now < each.expires <= there.now + policy.expiry
        assert each.mode in PUBLISHED_MODES
        assert list(Mode).index(each.mode) <= list(Mode).index(policy.mode)
    for proposal in found.proposals:
        if proposal.kind is not ChangeKind.REMOVE and "policy" not in proposal.why:
            assert added_wrongly(proposal, there) == [], proposal
    raised = [c for c in changes_of(found) if c.raises]
    assert len(raised) <= max(policy.ceiling_per_hour - before.spent, 0)
    assert len({e.key for e in after}) <= max(policy.ceiling, len(before.keys))
    held = {e.key for e in before.entries} | {p.entry.key for p in found.proposals if p.brakes}
    assert not (set(before.holds) & {p.entry.key for p in found.proposals}) - held
    return after


@pytest.mark.slow
@settings(max_examples=10_000)
@given(st.integers(0, 2**32))
def test_ten_thousand_random_plans_break_no_brake(seed: int) -> None:
    there = world(seed)
    found = plan(
        there.findings, there.circumstances, there.policy, there.now, servers=there.servers
    )
    after = check(there, found)
    assert applied(after, inverse(changes_of(found))) == tuple(
        sorted(there.circumstances.entries, key=lambda each: each.slot)
    )
    spent = there.circumstances.spent + sum(c.raises for c in changes_of(found))
    later = dataclasses.replace(there.circumstances, entries=after, spent=spent)
    findings = list(there.findings)
    random.Random(seed).shuffle(findings)  # noqa: S311 - no secret
    again = plan(findings, later, there.policy, there.now, servers=there.servers)
    assert again.proposals == ()


@settings(max_examples=100)
@given(st.integers(0, 2**32))
def test_the_order_of_findings_does_not_matter(seed: int) -> None:
    there = world(seed)
    given_ = (there.circumstances, there.policy, there.now)
    forth = plan(there.findings, *given_, servers=there.servers)
    back = plan(reversed(there.findings), *given_, servers=there.servers)
    assert forth == back


@settings(max_examples=150)
@given(st.integers(0, 2**32))
def test_ceilings_hold_over_any_sequence(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 - no secret
    there = world(seed)
    entries, raised, now = there.circumstances.entries, [], NOW  # type: ignore[var-annotated]
    policy = dataclasses.replace(there.policy, ceiling=3, ceiling_per_hour=2)
    for step in range(8):
        now += timedelta(seconds=draw.choice((10, 600, 3000, 4000)))
        other = world(seed + step + 1)
        findings = [dataclasses.replace(f, last_seen=now) for f in other.findings]
        spent = sum(number for when, number in raised if when > now - timedelta(hours=1))
        before = dataclasses.replace(other.circumstances, entries=entries, spent=spent)
        found = plan(findings, before, policy, now, servers=other.servers)
        entries = applied(entries, changes_of(found))
        raised.append((now, sum(c.raises for c in changes_of(found))))
        within = [n for when, n in raised if when > now - timedelta(hours=1)]
        assert sum(within) <= 2
        assert len({e.key for e in entries}) <= max(3, len(there.circumstances.keys))


def test_a_verdict_that_is_no_flux_asks_for_nothing() -> None:
    for verdict in set(VerdictKind) - FLUX_VERDICTS:
        found = made(finding(verdict=verdict, finding=verdict is VerdictKind.CDN))
        assert found.empty
