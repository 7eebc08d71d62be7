"""Accounts for every record of an input: read, passed on, passed over, or bad, with samples."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

#: Samples kept for each reason, and their length in characters. Chosen, not measured.
SAMPLES_PER_REASON = 3
SAMPLE_LENGTH = 120


def printable(text: bytes | str, *, limit: int = SAMPLE_LENGTH) -> str:
    r"""Return *text* cut to *limit* characters, with all that is not printable escaped.

    >>> printable(b"a\x1b[31mb")
    'a\\x1b[31mb'
    """
    if isinstance(text, bytes):
        text = text[: limit * 4].decode("utf-8", "backslashreplace")
    cut = text[: limit + 1]
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in cut)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


@dataclass(slots=True)
class Tally:
    """Counts for one input. Readers add to it; nobody else does."""

    records: int = 0
    observations: int = 0
    passed_over: Counter[str] = field(default_factory=Counter)
    bad: Counter[str] = field(default_factory=Counter)
    samples: dict[str, list[str]] = field(default_factory=dict)

    def pass_over(self, reason: str, count: int = 1) -> None:
        """Count records that are sound but hold nothing for us."""
        if count:
            self.passed_over[reason] += count

    def reject(self, reason: str, sample: bytes | str | None = None, count: int = 1) -> None:
        """Count records that could not be read, and keep a few of them as samples."""
        if not count:
            return
        self.bad[reason] += count
        kept = self.samples.setdefault(reason, [])
        if sample is not None and len(kept) < SAMPLES_PER_REASON:
            kept.append(printable(sample))


def merge(tally: Tally, other: Tally) -> None:
    """Add the counts of *other* to *tally*."""
    tally.records += other.records
    tally.observations += other.observations
    tally.passed_over.update(other.passed_over)
    for reason, count in other.bad.items():
        samples: list[str | None] = [*other.samples.get(reason, ())] or [None]
        for sample in samples[:-1]:
            tally.reject(reason, sample, 1)
        tally.reject(reason, samples[-1], count - len(samples) + 1)
