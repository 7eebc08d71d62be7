"""Findings and entries in force to a plan. Pure: the same arguments give the same plan.

An entry is raised at once and never lowered by a finding that wavers; when the behaviour ends it
is not renewed and runs out. What the policy or a brake no longer allows is taken back at once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime

from fluxhound.records import Finding
from fluxhound.response.circumstances import Circumstances
from fluxhound.response.drafts import Drafts
from fluxhound.response.entries import KINDS, Answer, Entry, Mode, Plan, Proposal
from fluxhound.response.policy import POLICY, Policy
from fluxhound.response.wishes import Servers, flux_domains, wishes


def plan(
    findings: Iterable[Finding],
    circumstances: Circumstances,
    policy: Policy,
    now: datetime,
    *,
    servers: Servers | None = None,
) -> Plan:
    """Return what to change so that the entries are what *findings* ask for under *policy*.

    *now* is UTC. *servers* are the name servers behind registered domains, for double flux.
    """
    seen = tuple(findings)
    wanted = [
        wish
        for wish in wishes(seen, policy, servers or {})
        if now - wish.finding.last_seen <= policy.continuing
    ]
    drafts = Drafts(circumstances, policy, now, flux=flux_domains(seen))
    by_key = {wish.key: wish for wish in wanted}
    # What is in force before what waits beside it, which may be of no more use.
    for entry in sorted(circumstances.entries, key=lambda each: (each.key, not each.approved_by)):
        drafts.keep(entry, by_key.get(entry.key))
    for wish in wanted:
        drafts.grant(wish)
    proposals = tuple(sorted(drafts.made, key=lambda each: KINDS.index(each.kind)))
    return Plan(
        proposals=proposals, refused=tuple(drafts.refused), made=now, digest=digest(proposals)
    )


def digest(proposals: Iterable[Proposal]) -> str:
    """Return SHA-256 (hexadecimal) over what *proposals* would change, whenever that is."""
    rows = sorted([str(each.kind), *_essence(each.entry)] for each in proposals)
    return hashlib.sha256(json.dumps(rows, separators=(",", ":")).encode()).hexdigest()


def _essence(entry: Entry) -> list[str]:
    return [
        entry.trigger,
        entry.subject,
        "exact" if entry.exact else "all",
        entry.mode,
        entry.answer,
        ",".join(entry.target),
        entry.approved_by,
    ]


def passes(policy: Policy, now: datetime) -> tuple[Entry, ...]:
    """Return the pass-through entries: our own domains and the never-list, with all below them.

    They go before all others, so that no list of somebody else's blocks them either.
    """
    reasons = dict.fromkeys(policy.never, "on the list of names never to be touched")
    reasons |= dict.fromkeys(policy.own, "one of our own domains")
    return tuple(
        Entry(
            subject=name,
            exact=False,
            mode=Mode.OBSERVE,
            answer=Answer.PASS,
            finding="",
            reason=reason,
            owner=POLICY,
            added=now,
            expires=now + policy.expiry,
            approved_by=POLICY,
        )
        for name, reason in sorted(reasons.items())
    )
