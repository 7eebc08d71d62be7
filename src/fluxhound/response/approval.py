"""Who approves: the policy by itself where little can go wrong, else a person. Pure."""

from __future__ import annotations

import dataclasses
from datetime import datetime

from fluxhound.records import Finding
from fluxhound.response.brakes import refusals, restoring_refusals
from fluxhound.response.changes import Change, applied
from fluxhound.response.circumstances import Circumstances
from fluxhound.response.entries import PUBLISHED_MODES, Blast, Brake, Entry, Mode
from fluxhound.response.policy import Policy
from fluxhound.response.wishes import Wish

#: What was asked when the entry was proposed, and is not asked again without a finding; and what
#: the person who approves decides against.
_JUDGED = frozenset({"no-finding", "scores-too-low"})
_DECIDED = frozenset({"held"})


def automatic(wish: Wish, blast: Blast, policy: Policy) -> bool:
    """Tell whether nobody needs to approve what *wish* asks for."""
    approval, found = policy.approval, wish.finding
    if wish.mode is Mode.LOG:
        return approval.logging
    return (
        approval.automatic
        and found.flux >= approval.flux
        and found.malice >= approval.malice
        and _few_clients(blast, policy)
        and not _popular(blast, policy)
    )


def _few_clients(blast: Blast, policy: Policy) -> bool:
    if blast.clients is None:
        return policy.approval.unseen_clients
    return blast.clients <= policy.approval.clients


def _popular(blast: Blast, policy: Policy) -> bool:
    """Tell whether it is among the most asked, by number and by share of all names."""
    most = min(policy.approval.rank, blast.ranked * policy.top_share)
    return blast.rank is not None and blast.rank <= most


def approved(
    waiting: Entry,
    who: str,
    circumstances: Circumstances,
    policy: Policy,
    now: datetime,
    *,
    finding: Finding | None = None,
    flux: frozenset[str] = frozenset(),
) -> tuple[tuple[Change, ...], tuple[Brake, ...]]:
    """Return what *who* changes by approving an entry that waits, and the brakes against it.

    Every brake is asked again but for the judgement, if there is no *finding* to ask about.
    """
    mode = policy.allowed(waiting.mode)
    answer, target = policy.answer_in(mode)
    entry = dataclasses.replace(
        waiting,
        mode=mode,
        answer=answer,
        target=target,
        owner=who,
        approved_by=who,
        added=now,
        expires=now + policy.expiry,
    )
    current = next((each for each in circumstances.entries if each.slot == entry.slot), None)
    case = circumstances.case(
        entry,
        policy=policy,
        now=now,
        finding=finding,
        flux=flux,
        held=len(circumstances.keys - {entry.key}),
        spent=circumstances.spent,
    )
    without = _DECIDED if finding else _DECIDED | _JUDGED
    brakes = refusals(case, circumstances.lifted_for(entry), without=without)
    if mode not in PUBLISHED_MODES:
        brakes += (Brake(id="policy-mode", sentence=f"The policy does no more than {mode}."),)
    changes = (Change(before=waiting, after=None), Change(before=current, after=entry))
    return changes, brakes


def restorable(
    changes: tuple[Change, ...], circumstances: Circumstances, policy: Policy, now: datetime
) -> tuple[Brake, ...]:
    """Return the brakes against *changes* that bring entries back: those that stand, and ceilings.

    A policy that publishes nothing takes what was brought back away again with the next plan.

    Raises:
        StaleError: an entry is not as a change expects it.
    """
    there, spent = circumstances.keys, circumstances.spent
    left = {entry.key for entry in applied(circumstances.entries, changes)}
    found: list[Brake] = []
    for change in changes:
        if change.after is None:
            continue
        case = circumstances.case(
            change.after,
            policy=policy,
            now=now,
            held=len(left - {change.after.key}),
            spent=spent,
        )
        found += restoring_refusals(
            case,
            circumstances.lifted_for(change.after),
            added=change.after.key not in there,
            raises=change.raises,
        )
        spent += change.raises
    return tuple(found)
