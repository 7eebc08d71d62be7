"""What may leave: findings by severity and TLP, without anything about who asked.

Every export, whatever its format, is made of what this module lets through.
"""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from fluxhound.intel.indicator import Tlp
from fluxhound.intel.opinions import EVIDENCE as OPINION
from fluxhound.records import SEVERITIES, Finding, Severity
from fluxhound.sharing.ranking import ranked

#: How long an indicator holds after it was last seen. Chosen, not measured: pools move on, and a
#: name that is active is exported again.
EXPIRY = timedelta(days=14)
PRODUCER = "Fluxhound"

#: Reasons for which a finding is left out of an export.
NO_FINDING = "no finding"
ALLOWED = "said to be good"
TOO_LIGHT = "below the minimum severity"
TOO_RESTRICTED = "TLP above what the receiver may see"
NO_HOST_NAME = "no host name that others could look up"

#: A host name as other software takes it (RFC 1123 section 2.1), two labels and more: a top-level
#: domain is no indicator. Two hyphens in the third place are for A-labels alone (RFC 5890 2.3.1).
_LABEL = r"(?:xn--|(?!..--))[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?=.{{1,253}}\Z)(?:{_LABEL}\.)+(?:[a-z]{{2,63}}|xn--[a-z0-9-]{{1,59}})")

#: Measures and evidence with these words are about who asked.
_ASKERS = ("client", "asker")
#: The networks of an organisation's own inside (RFC 1918, 6598, 3927, 4193, 4291), and what is no
#: host's address. Addresses for documentation tell nothing about anybody, so they stay.
_INSIDE = tuple(
    ipaddress.ip_network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3"),
        *("::/8", "fc00::/7", "fe80::/9", "ff00::/8"),
    )
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On which terms findings leave."""

    now: datetime
    tlp: Tlp = Tlp.AMBER
    #: Levels of single names or registered domains, where they differ.
    marks: Mapping[str, Tlp] = field(default_factory=dict)
    #: The most restricted that the receiver may see.
    ceiling: Tlp = Tlp.RED
    minimum: Severity = Severity.INFO
    expiry: timedelta = EXPIRY
    producer: str = PRODUCER
    link: str = ""  # base URL of the service, or ""

    def tlp_of(self, finding: Finding) -> Tlp:
        """Return the level of a finding: its own mark, its domain's, or that of the export."""
        marked = [self.marks.get(name) for name in (finding.name, finding.registered_domain)]
        return max((each for each in marked if each), default=self.tlp)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A finding that may leave, stripped of what may not, with its level."""

    finding: Finding
    tlp: Tlp


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbound:
    """What leaves, and how much was left out for which reason."""

    offers: tuple[Offer, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)


def outbound(findings: Iterable[Finding], terms: Terms) -> Outbound:
    """Return what may leave of *findings*, ranked."""
    left_out: Counter[str] = Counter()
    offers = []
    for finding in ranked(findings):
        reason = _refusal(finding, terms)
        if reason:
            left_out[reason] += 1
        else:
            tlp = terms.tlp_of(finding)
            members = tuple(m for m in finding.members if terms.marks.get(m, tlp) <= tlp)
            offers.append(Offer(finding=replace(stripped(finding), members=members), tlp=tlp))
    return Outbound(offers=tuple(offers), left_out=left_out)


def _refusal(finding: Finding, terms: Terms) -> str:
    if not finding.finding:
        return NO_FINDING
    if any(item.id == OPINION and item.points < 0 for item in finding.evidence):
        return ALLOWED
    if SEVERITIES.index(finding.severity) < SEVERITIES.index(terms.minimum):
        return TOO_LIGHT
    if terms.tlp_of(finding) > terms.ceiling:
        return TOO_RESTRICTED
    return ""


def stripped(finding: Finding) -> Finding:
    """Return a finding without what is about the clients that asked, even their number.

    What feeds and analysts say goes with it: it is others' words, under their own TLP and licence,
    and an analyst's reason may name a client.
    """
    measures = {
        key: None if _about_askers(key) else value for key, value in finding.measures.items()
    }
    return replace(
        finding,
        measures=measures,
        evidence=tuple(
            e for e in finding.evidence if e.id != OPINION and not _about_askers(e.id, e.text)
        ),
        look_alikes=tuple(e for e in finding.look_alikes if not _about_askers(e.reason)),
        counterfactuals=tuple(e for e in finding.counterfactuals if not _about_askers(e)),
    )


def _about_askers(*texts: str) -> bool:
    return any(word in text.lower() for text in texts for word in _ASKERS)


def is_host(name: str) -> bool:
    """Tell whether *name* is a host name that other software takes, below a top-level domain.

    >>> is_host("kx-delivery.example"), is_host("com"), is_host("a b.example"), is_host("192.0.2.1")
    (True, False, False, False)
    """
    return _HOST.fullmatch(name) is not None


def outside(address: str) -> bool:
    """Tell whether *address* may leave: none of an inside network, also not as IPv6 carries it.

    >>> outside("203.0.113.9"), outside("10.1.2.3"), outside("::ffff:192.168.0.1"), outside("x")
    (True, False, False, False)
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        carried = found.ipv4_mapped or found.sixtofour
        if found in _NAT64:
            carried = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if carried is not None:
            return outside(str(carried))
    return not any(found in network for network in _INSIDE if network.version == found.version)


def moment(seconds: float) -> datetime:
    """Return seconds since 1970-01-01 as a time in UTC."""
    return datetime.fromtimestamp(seconds, UTC)
