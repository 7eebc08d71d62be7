"""What findings ask for under a policy, before any brake: one wish for a domain and its names."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from fluxhound.enrichment.domains import domain_table
from fluxhound.history.names import canonical_name
from fluxhound.records import FLUX_VERDICTS, SEVERITIES, EntityKind, Finding, VerdictKind
from fluxhound.response.entries import MODES, PUBLISHED_MODES, Mode, Trigger
from fluxhound.response.infrastructure import infrastructure
from fluxhound.response.policy import Policy

Key = tuple[Trigger, str]
#: Registered domain -> host of its name servers -> addresses of the host.
Servers = Mapping[str, Mapping[str, tuple[str, ...]]]

_DOMAINS = frozenset({EntityKind.NAME, EntityKind.REGISTERED_DOMAIN})
#: Verdicts that say that name servers are in flux.
SERVER_VERDICTS = frozenset({VerdictKind.DOUBLE_FLUX, VerdictKind.NAME_SERVER_FLUX})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """An entry that a finding asks for."""

    trigger: Trigger
    subject: str
    exact: bool
    mode: Mode
    finding: Finding

    @property
    def key(self) -> Key:
        """Return what there is at most one entry for."""
        return self.trigger, self.subject

    @property
    def strength(self) -> tuple[int, int, float, float]:
        """Return what decides which wish goes first where not all can be granted."""
        found = self.finding
        severity = SEVERITIES.index(found.severity)
        return MODES.index(self.mode), severity, found.malice, found.flux


def wishes(findings: Iterable[Finding], policy: Policy, servers: Servers) -> tuple[Wish, ...]:
    """Return what *findings* ask for, the strongest first; a domain and its names are one wish."""
    found: dict[Key, Wish] = {}
    for finding in findings:
        for wish in _of(finding, policy, servers):
            known = found.get(wish.key)
            if known is None or _order(wish) < _order(known):
                found[wish.key] = wish
    return tuple(sorted(found.values(), key=_order))


def _order(wish: Wish) -> tuple[object, ...]:
    strength = (-each if math.isfinite(each) else 1.0 for each in wish.strength)
    found = wish.finding
    return (
        *strength,
        wish.trigger,
        wish.subject,
        found.name,
        found.entity,
        found.verdict,
        -found.last_seen.timestamp(),
    )


def subject_of(name: str) -> tuple[str, bool]:
    """Return the subject of an entry for *name*, and whether it is that host alone.

    It is the registered domain, or where names below the same suffix or platform belong to many
    others, the host.

    >>> subject_of("www.evil.co.uk"), subject_of("bot.duckdns.org")
    (('evil.co.uk', False), ('bot.duckdns.org', True))
    """
    host = canonical_name(name)
    registered, _, private = domain_table().split(host)
    shared = private or registered in infrastructure().alone
    return (host, True) if shared else (registered, False)


def reason_of(finding: Finding) -> str:
    """Return in one sentence why there is an entry for *finding*."""
    return (
        f"{finding.verdict}, {finding.severity}: "
        f"flux {finding.flux:.2f}, malice {finding.malice:.2f}."
    )


def flux_domains(findings: Iterable[Finding]) -> frozenset[str]:
    """Return the registered domains and names that are findings of flux."""
    flux = [f for f in findings if f.finding and f.verdict in FLUX_VERDICTS]
    return frozenset(name for f in flux for name in (f.registered_domain, f.name) if name)


def _of(finding: Finding, policy: Policy, servers: Servers) -> Iterator[Wish]:
    mode = policy.mode_of(finding)
    if mode not in PUBLISHED_MODES:
        return
    if finding.entity in _DOMAINS:
        subject, exact = subject_of(finding.name)
        yield Wish(trigger=Trigger.NAME, subject=subject, exact=exact, mode=mode, finding=finding)
        if finding.verdict in SERVER_VERDICTS:
            hosts = servers.get(subject, {})
            yield from _of_servers(finding, mode, policy, hosts)
    elif finding.entity is EntityKind.NAME_SERVER:
        host = canonical_name(finding.name)
        hosts = servers.get(finding.registered_domain, {})
        yield from _of_servers(finding, mode, policy, {host: hosts.get(host, ())})


def _of_servers(
    finding: Finding, mode: Mode, policy: Policy, hosts: Mapping[str, tuple[str, ...]]
) -> Iterator[Wish]:
    for host, addresses in hosts.items():
        if policy.nsdname:
            yield Wish(
                trigger=Trigger.NSDNAME, subject=host, exact=True, mode=mode, finding=finding
            )
        for address in addresses if policy.nsip else ():
            yield Wish(
                trigger=Trigger.NSIP, subject=address, exact=True, mode=mode, finding=finding
            )
