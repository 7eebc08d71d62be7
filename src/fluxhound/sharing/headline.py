"""What every rendering of an alert says: rule, title, reason, scales, and how much detail fits."""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from fluxhound.records import Alert, AlertKind, Evidence, Finding, Severity, VerdictKind
from fluxhound.sharing.document import Document, to_document, valid
from fluxhound.sharing.escape import printable
from fluxhound.sharing.points import of_score
from fluxhound.sharing.sentences import main_reason, measured_sentence

VENDOR = "fluxhound"
PRODUCT = "fluxhound"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBack:
    """Told instead of alerts that went beyond a destination's ceiling; they follow later."""

    id: str
    time: datetime
    held: int


Told = Alert | HeldBack


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """How much of an alert is written: entries of each list, and characters of each text."""

    addresses: int
    evidence: int
    members: int
    text: int
    link: int
    name: int = 1024


#: From all to the least. The lists are samples: the measures hold the counts. Chosen, not measured,
#: so that the first is some 4 KiB and the last stays below 1 KiB for a name that DNS allows.
DETAILS = (
    Detail(addresses=20, evidence=10, members=20, text=1000, link=2000),
    Detail(addresses=8, evidence=5, members=5, text=400, link=1000),
    Detail(addresses=2, evidence=2, members=0, text=200, link=500),
    Detail(addresses=0, evidence=0, members=0, text=80, link=255, name=255),
    Detail(addresses=0, evidence=0, members=0, text=0, link=0, name=64),
)
FULL = DETAILS[0]
#: More addresses than this are not even looked at. Chosen, not measured.
SAMPLED_FROM = 1000

KEY_MEASURES = ("addresses", "asns", "countries", "ttl_max", "refreshes")

#: Identifier and title of the rule, by verdict. Others stand for what ended as no finding at all.
RULES: Mapping[VerdictKind, tuple[str, str]] = MappingProxyType(
    {
        VerdictKind.SINGLE_FLUX: ("FF-SINGLE", "Single fast flux"),
        VerdictKind.DOUBLE_FLUX: ("FF-DOUBLE", "Double fast flux"),
        VerdictKind.NAME_SERVER_FLUX: ("FF-NAME-SERVER", "Name-server fast flux"),
        VerdictKind.FLUX_SUSPECT: ("FF-SUSPECT", "Suspected fast flux"),
    }
)
NO_RULE = ("FF-OTHER", "Fast flux")
HELD_BACK_RULE = ("FF-HELD-BACK", "Alerts held back")

#: MITRE ATT&CK Enterprise: identifier, title and page.
TACTIC = ("TA0011", "Command and Control", "https://attack.mitre.org/tactics/TA0011/")
TECHNIQUE = ("T1568", "Dynamic Resolution", "https://attack.mitre.org/techniques/T1568/")
SUBTECHNIQUE = ("T1568.001", "Fast Flux DNS", "https://attack.mitre.org/techniques/T1568/001/")

#: Ten steps as CEF and LEEF count them. CEF: 0-3 low, 4-6 medium, 7-8 high, 9-10 very high.
TENTHS: Mapping[Severity, int] = MappingProxyType(
    {
        Severity.INFO: 1,
        Severity.LOW: 3,
        Severity.MEDIUM: 5,
        Severity.HIGH: 8,
        Severity.CRITICAL: 10,
    }
)


def rule(alert: Alert) -> tuple[str, str]:
    """Return identifier and title of the rule; what ended keeps those of what was told before."""
    verdict = alert.finding.verdict
    if alert.kind is AlertKind.ENDED and alert.previous is not None:
        verdict = alert.previous
    return RULES.get(verdict, NO_RULE)


def title(alert: Alert, detail: Detail = FULL) -> str:
    """Return one line: the rule, what happened, and the name."""
    return f"{rule(alert)[1]} {alert.kind.value}: {plain(alert.finding.name, detail.name)}"


def reason(alert: Alert, detail: Detail = FULL) -> str:
    """Return what was measured, and the reason that weighs most."""
    if not detail.text:
        return ""
    said = f"{measured_sentence(alert.finding)} {main_reason(alert.finding)}"
    return plain(said, detail.text)


def link(alert: Alert, detail: Detail = FULL) -> str:
    """Return the link to the finding, or nothing where it is too long: half of it is no link."""
    shown = plain(alert.link, detail.link + 1)
    return shown if len(shown) <= detail.link else ""


def held_back_sentence(told: HeldBack) -> str:
    """Return what a summary says."""
    more = "1 more alert is" if told.held == 1 else f"{told.held} more alerts are"
    return f"{more} held back by the ceiling per hour; critical ones are not, the others follow."


def measures(finding: Finding, detail: Detail) -> Document:
    """Return the measures by name: all of them, or the few that say most."""
    every: Document = to_document(finding)["measures"]
    return every if detail.evidence else {key: every.get(key) for key in KEY_MEASURES}


def strongest(finding: Finding, detail: Detail, *, supports: bool) -> tuple[Evidence, ...]:
    """Return the heaviest evidence for (or against) the flux score."""
    sign = 1 if supports else -1
    wanted = [item for item in of_score(finding, "flux") if item.points * sign > 0]
    wanted.sort(key=lambda item: (-abs(item.points), item.id))
    return tuple(wanted[: detail.evidence])


def sample(addresses: Sequence[str], detail: Detail) -> list[str]:
    """Return the first of the *addresses*, each once; receivers refuse whole documents for others.

    >>> sample(["192.0.2.1", "nonsense", "2001:DB8::1", "192.0.2.1"], FULL)
    ['192.0.2.1', '2001:db8::1']
    """
    found = dict.fromkeys(map(_canonical, addresses[:SAMPLED_FROM]))
    return [address for address in found if address][: detail.addresses]


def _canonical(address: str) -> str:
    try:
        return str(ipaddress.ip_address(address)).partition("%")[0]
    except ValueError:
        return ""


def plain(text: str, limit: int) -> str:
    """Return *text* without anything unseen, cut to *limit* characters."""
    shown = printable(valid(text[: limit + 1]))
    return shown if len(shown) <= limit else f"{shown[: max(limit - 1, 0)]}\N{HORIZONTAL ELLIPSIS}"


def millis(time: datetime) -> int:
    """Return *time* in milliseconds since 1970-01-01 UTC."""
    return round(time.timestamp() * 1000)


def percent(score: float) -> int:
    """Return a score from 0 to 1 as whole per cent; what is no number counts as nothing."""
    return round(100 * min(max(score, 0.0), 1.0)) if math.isfinite(score) else 0


def count(value: float | None) -> str:
    """Return a count in digits, and nothing where there is none."""
    return "" if value is None or not math.isfinite(value) else str(int(value))


def fitting(render: Callable[[Detail], bytes], limit: int) -> bytes:
    """Return the most detailed rendering of at most *limit* octets, or else the least detailed."""
    for detail in DETAILS:
        rendered = render(detail)
        if len(rendered) <= limit:
            break
    return rendered
