"""Brakes that look at the subject of an entry alone: what it is, lies below, or would cover."""

from __future__ import annotations

import functools
import ipaddress
import re

from fluxhound.enrichment.domains import domain_table
from fluxhound.enrichment.suffixes import suffixes
from fluxhound.response.case import Case
from fluxhound.response.covering import Guard, upwards
from fluxhound.response.entries import Trigger

_LABELS = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_-]{1,63}")
_NAME_LENGTH = 253  # RFC 1035 section 3.1: 255 octets, less the root and the first length
_NAMED = frozenset({Trigger.NAME, Trigger.NSDNAME})


def own(case: Case) -> str:
    """Refuse our own domains."""
    return _guarded(case, case.protection.own, above=True)


def never(case: Case) -> str:
    """Refuse the never-list, and what would cover a name of it."""
    return _guarded(case, case.protection.never) or _covering(case, case.protection.never)


def infrastructure(case: Case) -> str:
    """Refuse infrastructure, by name or address."""
    return _guarded(case, case.protection.infrastructure) or _protected_address(case)


def special(case: Case) -> str:
    """Refuse special-use names."""
    return _guarded(case, case.protection.special, above=True)


def top(case: Case) -> str:
    """Refuse the most asked names, and what would cover one of them."""
    return _guarded(case, case.protection.top) or _covering(case, case.protection.top)


def listener(case: Case) -> str:
    """Refuse the name of our own listener."""
    return _guarded(case, case.protection.listener, above=True)


def covers(case: Case) -> str:
    """Refuse a subject that would cover protected names below it."""
    return _covering(case, case.protection.never) or _covering(case, case.protection.infrastructure)


def _covering(case: Case, guarded: Guard) -> str:
    entry = case.entry
    if entry.exact or entry.trigger not in _NAMED:
        return ""
    found = guarded.covered(entry.subject)
    if found is None:
        return ""
    return f"With all below {entry.subject} it would cover {found[0]}, which {found[1]}."


def _guarded(case: Case, guarded: Guard, *, above: bool = False) -> str:
    if case.entry.trigger not in _NAMED:
        return ""
    subject = case.entry.subject
    found = guarded.touched(subject)
    if found:
        place = subject if found[0] == subject else f"{subject} lies below {found[0]}, which"
        return f"{place} {found[1]}."
    covered = guarded.covered(subject) if above else None
    return f"{subject} lies above {covered[0]}, which {covered[1]}." if covered else ""


def _protected_address(case: Case) -> str:
    if case.entry.trigger in _NAMED:
        return ""
    network = ipaddress.ip_network(case.entry.subject, strict=False)
    for address, reason in case.protection.addresses.items():
        if address.version == network.version and address in network:
            return f"{case.entry.subject} holds {address}, which {reason}."
    return "" if network.is_global else f"{network} is no address of the public Internet."


def public_suffix(case: Case) -> str:
    """Refuse public suffixes and shared ones."""
    entry = case.entry
    if entry.trigger not in _NAMED:
        return ""
    _, suffix, private = domain_table().split(entry.subject)
    if suffix == entry.subject:
        return f"{entry.subject} is a public suffix: anybody may have names below it."
    if entry.exact:
        return ""
    if private and entry.trigger is Trigger.NAME:
        return f"Below the shared suffix {suffix} only exact hosts are taken, not all below them."
    if entry.subject in _above_suffixes():
        return f"Public suffixes lie below {entry.subject}: names of others would be covered."
    return ""


@functools.cache
def _above_suffixes() -> frozenset[str]:
    rules = suffixes().rules
    return frozenset(above for rule in rules for above in upwards(rule.partition(".")[2]))


def single_label(case: Case) -> str:
    """Refuse the root, TLDs and single labels."""
    single = case.entry.trigger in _NAMED and "." not in case.entry.subject
    shown = case.entry.subject or "The root"
    return f"{shown} is a single label, the root or a TLD." if single else ""


def malformed(case: Case) -> str:
    """Refuse what is no plain name or no single address."""
    entry = case.entry
    if entry.trigger in _NAMED:
        sound = len(entry.subject) <= _NAME_LENGTH and (
            not entry.subject or _LABELS.fullmatch(entry.subject) is not None
        )
        return "" if sound else "The subject is no plain name: letters, digits, hyphens and dots."
    single = ipaddress.ip_network(entry.subject).num_addresses == 1
    return "" if single else f"{entry.subject} is more than one address."
