"""The ledger of a score: what speaks for it, what against, and sums that add up as shown."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from fluxhound.records import Evidence, Finding

_DOCUMENT = Decimal("0.001")  # the precision of the document: a saved result shows the same sums
_SHOWN = Decimal("0.01")
#: A score this close to the logistic of the shown sum is the logistic of the true sum.
_AGREEMENT = 0.01
MINUS = "\u2212"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the ledger: the evidence and its points as shown."""

    evidence: Evidence
    points: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The evidence for one score in order of weight; the sums are those of the shown points."""

    score: str
    value: float
    supporting: tuple[Entry, ...]
    opposing: tuple[Entry, ...]
    neutral: tuple[Entry, ...]

    @property
    def total_for(self) -> Decimal:
        """Return the sum of the points for."""
        return _sum(self.supporting)

    @property
    def total_against(self) -> Decimal:
        """Return the sum of the points against, zero or below."""
        return _sum(self.opposing)

    @property
    def total(self) -> Decimal:
        """Return the sum of all points."""
        return self.total_for + self.total_against

    @property
    def is_logistic(self) -> bool:
        """Tell whether the score is 1 / (1 + e^-sum): nothing else went into it."""
        return abs(logistic(float(self.total)) - self.value) <= _AGREEMENT

    @property
    def largest(self) -> Decimal:
        """Return the greatest weight of any one entry, as the scale for bars."""
        entries = (*self.supporting, *self.opposing)
        return max((abs(entry.points) for entry in entries), default=Decimal(0))


def ledger(finding: Finding, score: str) -> Ledger:
    """Return the ledger of *score* ("flux" or "malice")."""
    entries = sorted(
        (Entry(evidence=item, points=shown(item.points)) for item in of_score(finding, score)),
        key=lambda entry: (-abs(entry.points), entry.evidence.id),
    )
    return Ledger(
        score=score,
        value=finding.malice if score == "malice" else finding.flux,
        supporting=tuple(entry for entry in entries if entry.points > 0),
        opposing=tuple(entry for entry in entries if entry.points < 0),
        neutral=tuple(entry for entry in entries if entry.points == 0),
    )


def of_score(finding: Finding, score: str) -> tuple[Evidence, ...]:
    """Return the evidence that belongs to *score*; an unknown score counts as flux."""
    malice = score == "malice"
    return tuple(item for item in finding.evidence if (item.score == "malice") is malice)


def shown(points: float) -> Decimal:
    """Return points to two decimals, by way of the document's three.

    >>> shown(1.2345), shown(float("nan"))
    (Decimal('1.23'), Decimal('0.00'))
    """
    if not math.isfinite(points):
        return Decimal("0.00")
    return Decimal(repr(float(points))).quantize(_DOCUMENT).quantize(_SHOWN) + Decimal("0.00")


def signed(points: Decimal, minus: str = MINUS) -> str:
    """Return points with their sign.

    >>> signed(Decimal("1.20")), signed(Decimal("-0.50"), "-"), signed(Decimal("0.00"))
    ('+1.20', '-0.50', '0.00')
    """
    if points == 0:
        return "0.00"
    return f"+{points}" if points > 0 else f"{minus}{-points}"


def logistic(log_odds: float) -> float:
    """Return the probability for *log_odds* (nats)."""
    if log_odds >= 0:
        return 1 / (1 + math.exp(-log_odds))
    odds = math.exp(log_odds)
    return odds / (1 + odds)


def _sum(entries: Iterable[Entry]) -> Decimal:
    return sum((entry.points for entry in entries), Decimal("0.00"))
