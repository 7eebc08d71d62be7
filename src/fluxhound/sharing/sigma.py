"""Findings as Sigma rules (specification 2.1): names to look for, and a start without them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from uuid import uuid5

from fluxhound.intel.indicator import Tlp
from fluxhound.records import SEVERITIES, EntityKind, Finding, Severity
from fluxhound.sharing import headline
from fluxhound.sharing.outbound import Offer, Terms, is_host

NAMESPACE = uuid5(uuid.NAMESPACE_URL, "tag:fluxhound,2026:sigma")
#: Names in one rule; some converters make one condition of each. Chosen, not measured.
NAMES = 500

LEVELS: Mapping[Severity, str] = MappingProxyType(
    {each: "informational" if each is Severity.INFO else each.value for each in Severity}
)

_RULE = """\
title: {title}
id: {id}
status: experimental
description: |
  Queries for names that behave like fast flux, as Fluxhound judged them until {date}.
  The rule is to be replaced after {until}: pools move on.
references:
  - {reference}
author: {author}
date: {date}
tags:
  - attack.command-and-control
  - attack.t1568.001
  - tlp.{tlp}
logsource:
  category: dns
detection:
{detection}falsepositives:
  - Names that were cleaned up since
level: {level}
"""

#: A starting point, not a detector: it counts one field, and arrays of answers are counted
#: differently by each backend. 30 in an hour is what a search can start from; chosen.
_CORRELATION = """\
title: Answers seen for a name
id: {seen}
name: dns_answer_seen
status: experimental
description: Answers with addresses; the correlation below counts them.
references:
  - {reference}
author: {author}
date: {date}
logsource:
  product: zeek
  service: dns
detection:
  selection:
    qtype_name:
      - A
      - AAAA
    rcode_name: NOERROR
  condition: selection
level: informational
---
title: Many distinct answers for one name (possible fast flux)
id: {many}
status: experimental
description: |
  A starting point for a search: content delivery networks and pools look the same.
  Where the field holds a list, backends count it differently.
references:
  - {reference}
author: {author}
date: {date}
tags:
  - attack.command-and-control
  - attack.t1568.001
correlation:
  type: value_count
  rules:
    - dns_answer_seen
  group-by:
    - query
  timespan: 1h
  condition:
    field: answers
    gte: 30
falsepositives:
  - Content delivery networks, time and peer-to-peer pools
level: low
"""


def render_sigma(offers: Iterable[Offer], terms: Terms) -> str:
    """Return the rules in one YAML stream: one for each severity and TLP, more where it is long.

    The last two are a correlation for those who want to search by behaviour.
    """
    return "---\n".join([*_rules(offers, terms), _CORRELATION.format(**_common(terms))])


def _common(terms: Terms) -> dict[str, str]:
    return {
        "date": terms.now.strftime("%Y-%m-%d"),
        "author": quoted(headline.plain(terms.producer, 255)),
        "reference": headline.SUBTECHNIQUE[2],
        "seen": str(uuid5(NAMESPACE, "answers seen")),
        "many": str(uuid5(NAMESPACE, "many answers")),
    }


def _rules(offers: Iterable[Offer], terms: Terms) -> Iterator[str]:
    sets: dict[tuple[int, Tlp], list[Finding]] = {}
    for offer in offers:
        if offer.finding.entity is not EntityKind.NETWORK and is_host(offer.finding.name):
            key = (-SEVERITIES.index(offer.finding.severity), offer.tlp)
            sets.setdefault(key, []).append(offer.finding)
    for (_, tlp), findings in sorted(sets.items(), key=lambda item: item[0]):
        for start in range(0, len(findings), NAMES):
            yield _rule(findings[start : start + NAMES], tlp, start // NAMES + 1, terms)


def _rule(findings: list[Finding], tlp: Tlp, part: int, terms: Terms) -> str:
    severity = findings[0].severity
    more = f" ({part})" if part > 1 else ""
    last = max(finding.last_seen for finding in findings)
    return _RULE.format(
        **_common(terms),
        title=f"Fast flux names of {severity.value} severity{more}",
        id=uuid5(NAMESPACE, f"{severity.value} {tlp.word} {part}"),
        until=(last + terms.expiry).strftime("%Y-%m-%d"),
        tlp=tlp.word.replace("+", "-"),
        level=LEVELS[severity],
        detection="".join(_detection(findings)),
    )


def _detection(findings: list[Finding]) -> Iterator[str]:
    """Yield the lines of the search: names as they are, registered domains with all below them."""
    yield "  selection_name:\n    query:\n"
    for name in dict.fromkeys(finding.name for finding in findings):
        yield f"      - {quoted(name)}\n"
    domains = [f.name for f in findings if f.entity is EntityKind.REGISTERED_DOMAIN]
    if domains:
        yield "  selection_below:\n    query|endswith:\n"
        for name in dict.fromkeys(domains):
            yield f"      - {quoted(f'.{name}')}\n"
    yield "  condition: 1 of selection_*\n"


def quoted(text: str) -> str:
    """Return *text* in YAML's single quotes.

    >>> quoted("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"
