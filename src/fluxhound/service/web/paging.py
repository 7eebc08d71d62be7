"""The list of findings in pages: filters, order, and the opaque cursor that leads on.

The cursor holds the place of the last finding shown, not a count: findings that come or go between
two requests neither repeat nor hide others.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import orjson

from fluxhound.history.names import NAME_LIMIT
from fluxhound.records import SEVERITIES, EntityKind, Finding, Severity, VerdictKind
from fluxhound.service.web.problems import Problem

#: A place in the order: severity (most first), flux (most first), name, kind of entity.
Place = tuple[int, float, str, str]

PAGE, LARGEST_PAGE = 100, 1000
LONGEST_CURSOR = 4 * NAME_LIMIT


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which findings are wanted; an empty one leaves all."""

    verdicts: frozenset[VerdictKind] = field(default_factory=frozenset)
    entities: frozenset[EntityKind] = field(default_factory=frozenset)
    least: Severity = Severity.INFO
    #: A registered domain and all under it.
    domain: str = ""
    #: Last seen at or after, in epoch seconds.
    since: float = 0.0

    def admit(self, finding: Finding) -> bool:
        """Tell whether a finding is wanted."""
        return (
            (not self.verdicts or finding.verdict in self.verdicts)
            and (not self.entities or finding.entity in self.entities)
            and SEVERITIES.index(finding.severity) >= SEVERITIES.index(self.least)
            and (not self.domain or within(finding, self.domain))
            and finding.last_seen.timestamp() >= self.since
        )


def within(finding: Finding, domain: str) -> bool:
    """Tell whether a finding is *domain* itself or under it."""
    names = (finding.registered_domain, finding.name)
    return domain in names or finding.name.endswith(f".{domain}")


def place(finding: Finding) -> Place:
    """Return the place of a finding in the order, which is a total one."""
    severity = -SEVERITIES.index(finding.severity)
    return (severity, -finding.flux, finding.name, finding.entity.value)


def page(
    findings: Iterable[Finding], filters: Filters, *, after: Place | None, limit: int
) -> tuple[Sequence[Finding], str | None]:
    """Return up to *limit* findings behind *after*, and the cursor of the next page, if any."""
    wanted = sorted((f for f in findings if filters.admit(f)), key=place)
    rest = wanted if after is None else [f for f in wanted if place(f) > after]
    shown = rest[:limit]
    return shown, cursor(place(shown[-1])) if len(rest) > limit else None


def cursor(at: Place) -> str:
    """Return a place as opaque text.

    >>> read_cursor(cursor((-3, -0.5, "kx.example", "name")))
    (-3, -0.5, 'kx.example', 'name')
    """
    return base64.urlsafe_b64encode(orjson.dumps(at)).decode().rstrip("=")


def read_cursor(text: str) -> Place:
    """Return the place in a cursor.

    Raises:
        Problem: 400 if it is none of ours.
    """
    text = text[:LONGEST_CURSOR]
    try:
        octets = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        severity, flux, name, entity = orjson.loads(octets)
        found = (int(severity), float(flux), name, entity)
    except (binascii.Error, ValueError, TypeError, OverflowError) as error:
        raise Problem(400, "The cursor is not one of ours; take next as it was given.") from error
    if not isinstance(name, str) or not isinstance(entity, str):
        raise Problem(400, "The cursor is not one of ours; take next as it was given.")
    return found
