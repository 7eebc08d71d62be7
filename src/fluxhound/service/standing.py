"""What stands now: the findings of the last sweep, with what was looked at since."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping, Sequence

from fluxhound.records import SEVERITIES, EntityKind, Finding, Severity

#: Findings that are kept in memory, the most severe; the alerts know of all. Chosen, not measured.
MOST_FINDINGS = 20_000


class Standing:
    """The findings that stand, by name; written by the judge, read by everybody."""

    def __init__(self) -> None:
        self._findings: dict[tuple[str, EntityKind], Finding] = {}
        self._lock = threading.Lock()

    def take(self, judged: Sequence[Finding], *, complete: bool) -> None:
        """Note what was judged; after a *complete* judgement nothing else stands."""
        with self._lock:
            if complete:
                self._findings.clear()
            for each in judged:
                key = (each.name, each.entity)
                if each.finding:
                    self._findings[key] = each
                else:
                    self._findings.pop(key, None)
            if len(self._findings) > MOST_FINDINGS:
                kept = sorted(self._findings.items(), key=lambda item: _rank(item[1]))
                self._findings = dict(kept[:MOST_FINDINGS])

    def findings(self) -> tuple[Finding, ...]:
        """Return what stands, ranked."""
        with self._lock:
            return tuple(sorted(self._findings.values(), key=_rank))

    def find(self, name: str) -> Finding | None:
        """Return the finding of a name or registered domain, the more severe of two."""
        with self._lock:
            found = [self._findings.get((name, kind)) for kind in EntityKind]
        return min((each for each in found if each), key=_rank, default=None)

    def by_severity(self) -> Mapping[Severity, int]:
        """Return how many findings of each severity stand."""
        with self._lock:
            return Counter(each.severity for each in self._findings.values())


def _rank(finding: Finding) -> tuple[int, float, str, str]:
    return (
        -SEVERITIES.index(finding.severity),
        -finding.flux,
        finding.name,
        finding.entity.value,
    )
