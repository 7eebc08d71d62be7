"""The brakes: reasons why an entry is refused. Each is a pure predicate with an id and a sentence.

No policy switches a brake off. A person may lift most of them for one entry, by name, with a
reason and until a given time; own domains, the never-list, public suffixes, addresses, ceilings
and what is no name at all are never lifted. A brake that fails refuses.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from fluxhound.records import FLUX_VERDICTS
from fluxhound.response import subjects
from fluxhound.response.case import Case, Predicate
from fluxhound.response.covering import within
from fluxhound.response.entries import CHANGING_MODES, Answer, Brake, Mode, Trigger

#: Scores below which nothing is blocked, whatever the policy says. Chosen: flux must be likelier
#: than not, and there must be more reason to think it hostile than for any name (0.05).
FLUX_FLOOR = 0.5
MALICE_FLOOR = 0.1
#: More other domains that are aliases of a name make it a shared one (a CDN's). Chosen.
MOST_ALIASED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One brake: its id, what it prevents (for the docs) and how it is told."""

    id: str
    prevents: str
    says: Predicate
    lifted: bool = True  # a person may lift it for one entry
    standing: bool = False  # also holds against entries that are in force: they are removed
    logged: bool = True  # also holds for log-only entries, which change no answer


def _raw_address(case: Case) -> str:
    if case.entry.trigger is not Trigger.ADDRESS:
        return ""
    return "Answers may name anybody's address: from DNS answers alone no address is ever blocked."


def _no_finding(case: Case) -> str:
    finding = case.finding
    if finding is None or not finding.finding or finding.verdict not in FLUX_VERDICTS:
        verdict = finding.verdict if finding else "not judged"
        return f"There is no finding of flux for it: it is {verdict}."
    return ""


def _scores(case: Case) -> str:
    finding, policy = case.finding, case.policy
    if finding is None:
        return "Its scores are not known."
    flux, malice = max(policy.least_flux, FLUX_FLOOR), max(policy.least_malice, MALICE_FLOOR)
    if finding.flux >= flux and finding.malice >= malice:  # never true of what is not a number
        return ""
    return (
        f"Blocking needs flux of {flux:.2f} and malice of {malice:.2f}; "
        f"it has {finding.flux:.2f} and {finding.malice:.2f}."
    )


def _held(case: Case) -> str:
    return case.hold


def _ceiling(case: Case) -> str:
    most = case.policy.ceiling
    return f"There are {case.held} entries; the ceiling is {most}." if case.held >= most else ""


def _ceiling_per_hour(case: Case) -> str:
    most = case.policy.ceiling_per_hour
    if case.spent < most:
        return ""
    return f"{case.spent} entries were added or raised within an hour; the ceiling is {most}."


def _expired(case: Case) -> str:
    return "" if case.now < case.entry.expires else "It would have expired before it began."


def _no_sinkhole(case: Case) -> str:
    entry = case.entry
    targets = len(entry.target)
    if entry.answer is Answer.ADDRESS and targets:
        for text in entry.target:
            ipaddress.ip_address(text)  # what is none makes the brake fail, and so refuse
        return ""
    if entry.answer is Answer.CNAME and targets == 1:
        loops = within(entry.target[0], entry.subject)
        return f"The alias {entry.target[0]} lies within what it would answer for." if loops else ""
    sinkholes = entry.mode is Mode.SINKHOLE or entry.answer in {Answer.ADDRESS, Answer.CNAME}
    return "No sinkhole is configured to answer with." if sinkholes else ""


def _not_opted_in(case: Case) -> str:
    trigger, policy = case.entry.trigger, case.policy
    opted = {Trigger.NSDNAME: policy.nsdname, Trigger.NSIP: policy.nsip}
    return "" if opted.get(trigger, True) else f"Rules of the kind {trigger} are not switched on."


def _serves_others(case: Case) -> str:
    if case.entry.trigger not in {Trigger.NSDNAME, Trigger.NSIP} or case.blast is None:
        return ""
    served = case.blast.servers
    if not served.count:
        return "No domain is seen that the name server serves, so it may serve anybody's."
    others = [name for name in served.names if name not in case.flux]
    if others:
        return f"The name server also serves {', '.join(others[:3])}, not found to be flux."
    unseen = served.count > len(served.names)
    return f"The name server serves {served.count} domains, too many to look at." if unseen else ""


def _alias_target(case: Case) -> str:
    if case.blast is None:
        return ""
    aliased = case.blast.aliased
    others = aliased.count - sum(name in case.flux for name in aliased.names)
    if others <= MOST_ALIASED:
        return ""
    shown = ", ".join([name for name in aliased.names if name not in case.flux][:3])
    return f"{others} domains not found to be flux are aliases of it ({shown})."


def _unknown_blast(case: Case) -> str:
    known = case.blast is not None and case.blast.subject == case.entry.subject
    return "" if known else "What it would touch is not known."


RULES = (
    Rule(
        id="malformed", says=subjects.malformed, lifted=False, standing=True,
        prevents="what is no plain name, or no single public address, becoming a rule",
    ),
    Rule(
        id="single-label", says=subjects.single_label, lifted=False, standing=True,
        prevents="the root, a TLD or a single label being touched",
    ),
    Rule(
        id="public-suffix", says=subjects.public_suffix, lifted=False, standing=True,
        prevents="a public suffix, all below a shared suffix, or a name with public suffixes below "
        "it being touched; below a shared suffix only exact hosts are",
    ),
    Rule(
        id="own-domain", says=subjects.own, lifted=False, standing=True,
        prevents="a domain of our own, and what lies below or above it, being touched",
    ),
    Rule(
        id="raw-address", says=_raw_address, lifted=False, standing=True,
        prevents="an address being blocked because a hostile answer named it",
    ),
    Rule(
        id="own-sinkhole", says=subjects.listener, lifted=False, standing=True,
        prevents="our own listener being cut off by its name",
    ),
    Rule(
        id="no-sinkhole", says=_no_sinkhole, lifted=False, standing=True,
        prevents="answers that lead nowhere: no listener, no address, or an alias of itself",
    ),
    Rule(
        id="never-list", says=subjects.never, lifted=False, standing=True,
        prevents="a name on the organisation's never-list, or below it, being touched or covered",
    ),
    Rule(
        id="infrastructure", says=subjects.infrastructure, standing=True,
        prevents="time, updates, certificates, resolvers, root and registries, mail, sign-in, "
        "cloud interfaces, shared platforms and name servers being touched; and the addresses of "
        "resolvers, root servers and our listener, and those that are not public",
    ),
    Rule(
        id="special-use", says=subjects.special, standing=True,
        prevents="names for special use (RFC 6761) being touched",
    ),
    Rule(
        id="covers-protected", says=subjects.covers, standing=True,
        prevents="a rule for all below a name covering infrastructure",
    ),
    Rule(
        id="top-name", says=subjects.top,
        prevents="one of the most asked names of our own network being touched or covered",
    ),
    Rule(
        id="alias-target", says=_alias_target,
        prevents="a name that other domains are aliases of (a CDN's) being touched",
    ),
    Rule(
        id="serves-others", says=_serves_others, standing=True,
        prevents="a rule for a name server that also serves domains which are no flux, or of which "
        "it is not seen what it serves",
    ),
    Rule(
        id="not-opted-in", says=_not_opted_in, lifted=False, standing=True,
        prevents="rules for name servers where the policy does not ask for them",
    ),
    Rule(
        id="no-finding", says=_no_finding, lifted=False,
        prevents="anything on insufficient evidence, on a look-alike, or on no judgement at all",
    ),
    Rule(
        id="scores-too-low", says=_scores, logged=False,
        prevents="blocking on flux alone: both scores must be high enough",
    ),
    Rule(
        id="unknown-blast", says=_unknown_blast, lifted=False,
        prevents="an entry whose blast radius was not looked at",
    ),
    Rule(id="expired", says=_expired, lifted=False, prevents="an entry that has ended already"),
    Rule(
        id="held", says=_held, lifted=False,
        prevents="what a person rejected or undid coming back by itself",
    ),
    Rule(
        id="ceiling", says=_ceiling, lifted=False,
        prevents="more entries in total than the policy allows",
    ),
    Rule(
        id="ceiling-per-hour", says=_ceiling_per_hour, lifted=False,
        prevents="more changes within an hour than the policy allows",
    ),
)  # fmt: skip

#: Brakes that a person may lift for one entry.
LIFTABLE = frozenset(rule.id for rule in RULES if rule.lifted)

#: What a predicate may fail with. It must refuse then, not let through.
_FAILURES = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)


def refusals(
    case: Case, lifted: Collection[str] = (), *, without: Collection[str] = ()
) -> tuple[Brake, ...]:
    """Return every brake that refuses the entry of *case*, in the order of ``RULES``.

    *lifted* are ids that a person lifted for this entry; those that cannot be are not heeded.
    *without* are ids that do not apply to this kind of change.
    """
    logs = case.entry.mode not in CHANGING_MODES
    return _told(
        (
            rule
            for rule in RULES
            if (rule.logged or not logs) and rule.id not in without
            and not (rule.lifted and rule.id in lifted)
        ),
        case,
    )  # fmt: skip


def standing_refusals(case: Case, lifted: Collection[str] = ()) -> tuple[Brake, ...]:
    """Return the brakes because of which an entry that is in force must be taken back."""
    return _told(
        (rule for rule in RULES if rule.standing and not (rule.lifted and rule.id in lifted)), case
    )


def restoring_refusals(
    case: Case, lifted: Collection[str], *, added: bool, raises: bool
) -> tuple[Brake, ...]:
    """Return the brakes against writing an entry down: those that stand, and the ceilings.

    *added* tells that there was none before, *raises* that resolvers would do more than now.
    """
    ceilings = {"ceiling"} if added else set()
    ceilings |= {"ceiling-per-hour"} if raises else set()
    return _told(
        (
            rule
            for rule in RULES
            if rule.id in ceilings or (rule.standing and not (rule.lifted and rule.id in lifted))
        ),
        case,
    )


def _told(rules: Iterable[Rule], case: Case) -> tuple[Brake, ...]:
    found = []
    for rule in rules:
        try:
            sentence = rule.says(case)
        except _FAILURES as error:
            sentence = f"The brake could not be evaluated ({type(error).__name__})."
        if sentence:
            found.append(Brake(id=rule.id, sentence=sentence))
    return tuple(found)
