"""Verdicts, severities and reasons in words: the one place where findings become sentences."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from fluxhound.records import EntityKind, Evidence, Finding, LookAlike, Severity, VerdictKind
from fluxhound.sharing import measures
from fluxhound.sharing.points import of_score

#: Below this, malice is too low for a block on our word. The design: blocking needs both scores.
#: Chosen, not measured.
BLOCKING_MALICE = 0.5

ENTITY_WORDS: Mapping[EntityKind, str] = MappingProxyType(
    {
        EntityKind.NAME: "name",
        EntityKind.REGISTERED_DOMAIN: "registered domain",
        EntityKind.NAME_SERVER: "name server",
        EntityKind.NETWORK: "network",
    }
)

VERDICT_WORDS: Mapping[VerdictKind, str] = MappingProxyType(
    {
        VerdictKind.SINGLE_FLUX: "behaves like single flux: its addresses keep being replaced",
        VerdictKind.DOUBLE_FLUX: (
            "behaves like double flux: its addresses and those of its name servers keep being "
            "replaced"
        ),
        VerdictKind.NAME_SERVER_FLUX: (
            "behaves like name-server flux: the addresses of its name servers keep being replaced"
        ),
        VerdictKind.FLUX_SUSPECT: (
            "may be fast flux: what was seen fits, but it changed slowly or was seen too little"
        ),
        VerdictKind.CDN: "behaves like a content delivery network, not like fast flux",
        VerdictKind.CLOUD_BALANCER: "behaves like a cloud load balancer, not like fast flux",
        VerdictKind.VOLUNTEER_POOL: (
            "behaves like a pool run by volunteers, as NTP and mirror pools are: many networks, "
            "and the same addresses come back"
        ),
        VerdictKind.DYNAMIC_DNS: "behaves like dynamic DNS: one host whose address changes",
        VerdictKind.ROUND_ROBIN: "rotates through a small, closed set of addresses",
        VerdictKind.SINKHOLED: "is answered by a known sinkhole: somebody has taken it over",
        VerdictKind.STATIC: "hardly changes",
        VerdictKind.INSUFFICIENT_EVIDENCE: "was seen too little to be judged",
    }
)

ACTIONS: Mapping[Severity, str] = MappingProxyType(
    {
        Severity.CRITICAL: (
            "Act now: list the clients that asked for it and treat them as suspects, and have "
            "your resolvers answer the name with a sinkhole, with an expiry."
        ),
        Severity.HIGH: (
            "Look today: check the evidence against it, look at the clients that asked, and "
            "prepare a block of the name with an expiry."
        ),
        Severity.MEDIUM: (
            "Look this week: compare with registration and age of the domain, and with more days "
            "of logs, before any block."
        ),
        Severity.LOW: "Watch it: more logs will tell. Do not block on this.",
        Severity.INFO: "Nothing to do.",
    }
)

SCORE_QUESTIONS: Mapping[str, str] = MappingProxyType(
    {
        "flux": "does it behave like fast flux?",
        "malice": "is there reason to think it hostile?",
    }
)

BASELINE_WORDS: Mapping[bool | None, str] = MappingProxyType(
    {
        True: "fires",
        False: "does not fire",
        None: "not computable here",
    }
)

METHOD = (
    "Every answer in the records is kept as a history of answer sets. What changes is measured "
    "for each name, registered domain and name server, and each measure adds points for or "
    "against; a score is the logistic of their sum. Published rules are computed beside it for "
    "comparison only. No list of known names takes part in the flux score."
)
VICTIMS = (
    "An address in a home network is most likely a victim: never block by address on this alone."
)
LIMITS = (
    "Only what the records show is judged: a sensor that sees few answers sees little change.",
    "Networks and countries come from tables of address ranges and can be out of date.",
    VICTIMS,
    "What was not observable is listed as such; it is unknown, not absent.",
)
#: What people read for the identifiers of what an input could not show.
UNSEEN_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "asn": "networks (no ASN data)",
        "clients": "clients",
        "name-servers": "name servers",
        "refreshes": "refreshes (the order of answers)",
        "ttl": "TTLs",
    }
)

#: The owner of the table asks for this link where results from it are shown (DB-IP, CC BY 4.0).
EMBEDDED = "The embedded table of networks includes"
ATTRIBUTION = ("IP Geolocation by DB-IP", "https://db-ip.com")

REFERENCES = (
    ("MITRE ATT&CK T1568.001, Fast Flux DNS", "https://attack.mitre.org/techniques/T1568/001/"),
    (
        "AA25-093A, Fast Flux: A National Security Threat (April 2025)",
        "https://www.cisa.gov/news-events/cybersecurity-advisories/aa25-093a",
    ),
)

#: Added wherever a finding says little of hostility: flux alone is not a reason to block.
NOT_HOSTILE = (
    "Little says that it is hostile so far (malice {malice:.2f}): do not block it on its "
    "behaviour alone."
)


def verdict_sentence(finding: Finding, name: str) -> str:
    """Return the verdict in one sentence about *name*, as the caller wants it written."""
    return f"{name} {VERDICT_WORDS[finding.verdict]}."


def measured_sentence(finding: Finding) -> str:
    """Return what was seen, in one sentence; what was not observable is left out."""
    seen = finding.measures
    parts = [
        _amount(seen.get("addresses"), "address", "addresses"),
        _amount(seen.get("asns"), "ASN", "ASNs"),
        _amount(seen.get("countries"), "country", "countries"),
        _amount(seen.get("refreshes"), "refresh", "refreshes"),
    ]
    ttl = seen.get("ttl_max")
    parts.append("" if ttl is None else f"a TTL of at most {measures.number(ttl)} s")
    span = (finding.last_seen - finding.first_seen).total_seconds()
    said = [part for part in parts if part]
    if not said:
        return "No measure of it was observable."
    return f"Seen: {listed(said)}, within {measures.duration(max(span, 0))}."


def network_sentence(finding: Finding) -> str:
    """Return which network a finding belongs to, or what makes one; nothing where there is none."""
    if finding.network:
        return f"It belongs to {finding.network}: registered domains on one pool of hosts."
    if finding.members:
        counted = measures.amount(len(finding.members), "registered domain")
        return f"It is made of the hosts that {counted} share."
    return ""


def action_sentence(finding: Finding) -> str:
    """Return what to do next."""
    if not finding.finding:
        return ACTIONS[Severity.INFO]
    action = ACTIONS[finding.severity]
    if finding.malice >= BLOCKING_MALICE or finding.severity is Severity.LOW:  # says so itself
        return action
    return f"{action} {NOT_HOSTILE.format(malice=finding.malice)}"


def main_reason(finding: Finding) -> str:
    """Return the one reason that weighs most for the verdict."""
    if finding.finding:
        strongest = _strongest(finding, supports=True)
        return strongest.text if strongest else VERDICT_WORDS[finding.verdict]
    explained = _explanation(finding)
    if explained:
        return explained.reason
    strongest = _strongest(finding, supports=False)
    return strongest.text if strongest else VERDICT_WORDS[finding.verdict]


def counterweight(finding: Finding) -> str:
    """Return how much speaks for and against: "7 for, 1 against"."""
    evidence = of_score(finding, "flux")
    supporting = sum(item.points > 0 for item in evidence)
    opposing = sum(item.points < 0 for item in evidence)
    return f"{supporting} for, {opposing} against"


def unseen_reason(finding: Finding) -> str:
    """Return why some values are dashes, or nothing when there are none."""
    if finding.not_observable:
        return f"not observable here: {', '.join(unseen_words(finding))}"
    missing = [key for key in measures.BY_KEY if finding.measures.get(key) is None]
    return f"not measured: {', '.join(missing)}" if missing else ""


def unseen_words(finding: Finding) -> list[str]:
    """Return what the input could not show, in words."""
    return [UNSEEN_WORDS.get(item, item) for item in finding.not_observable]


def listed(parts: list[str]) -> str:
    """Return *parts* as a list in English.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


def _amount(value: float | None, one: str, many: str) -> str:
    return "" if value is None else f"{measures.number(value)} {one if value == 1 else many}"


def _strongest(finding: Finding, *, supports: bool) -> Evidence | None:
    sign = 1 if supports else -1
    wanted = [item for item in of_score(finding, "flux") if item.points * sign > 0]
    return max(wanted, key=lambda item: (abs(item.points), item.id), default=None)


def _explanation(finding: Finding) -> LookAlike | None:
    same = (item for item in finding.look_alikes if item.verdict is finding.verdict)
    return max(same, key=lambda item: item.fit, default=None)
