"""What the detector must show, what it showed, and by how much it misses."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from fluxhound.lab.evaluation import Evaluation, worst
from fluxhound.lab.metrics import Share
from fluxhound.lab.rates import Shares
from fluxhound.lab.rivals import OURS
from fluxhound.lab.survival import Survival
from fluxhound.lab.wording import duration, millionths, percent, recall

#: Benign registered-domain-days that a claim of one in a million needs, at the least.
LEAST_BENIGN = 3_000_000
MOST_FALSE = 1.0
MOST_FALSE_OF_FAMILY = 20.0
#: Kinds of flux and the recall that is wanted of each.
RECALL = (
    (("classic", "double"), 0.99),
    (("one-address", "regional"), 0.97),
    (("low-count", "wildcard", "per-query"), 0.95),
    (("cloud", "bulletproof"), 0.90),
)
SLOW, SLOW_RECALL = "slow", 0.90
MOST_REFRESHES, MOST_MINUTES = 6, 30
TOLD_APART = 0.97


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """One goal: what, how much, what was measured, and whether it is met (``None``: not run)."""

    what: str
    goal: str
    measured: str
    met: bool | None
    missed_by: str = ""

    @property
    def verdict(self) -> str:
        """Return "met", "missed by ..." or "not run"."""
        if self.met is None:
            return "not run"
        return "met" if self.met else f"missed {self.missed_by}".rstrip()


def goals(found: Evaluation) -> list[Goal]:
    """Return every goal in turn."""
    return [
        _false(found.day.rates.false),
        *(_recall(found.day.rates.found_by_archetype, kinds, least) for kinds, least in RECALL),
        _slow(found),
        *_delay(found),
        _told_apart(found),
        *_views(found),
        _families(found),
    ]


def _false(false: Share) -> Goal:
    value, _, high = false.per_million
    enough = false.n >= LEAST_BENIGN
    met = enough and value <= MOST_FALSE
    missed = []
    if not value <= MOST_FALSE:
        missed.append(f"by {value - MOST_FALSE:.1f} per million")
    if not enough:
        missed.append(f"for want of {LEAST_BENIGN - false.n:,} benign domain-days")
    what = "false findings per million registered-domain-days"
    measured = f"{millionths(false)}; {false.k} of {false.n:,}"
    if met and high > MOST_FALSE:
        measured += "; the interval does not exclude more"
    return Goal(
        what=what,
        goal=f"at most {MOST_FALSE:g}, on {LEAST_BENIGN // 1_000_000} million benign ones",
        measured=measured,
        met=met,
        missed_by=" and ".join(missed),
    )


def _recall(shares: Shares, kinds: tuple[str, ...], least: float) -> Goal:
    seen = [k for k in kinds if k in shares]
    low = worst(shares, kinds)
    return Goal(
        what=f"recall at that point, 24 h: {', '.join(kinds)}",
        goal=f"{least:.0%} of each",
        measured="; ".join(f"{kind} {recall(shares[kind])}" for kind in seen) or "-",
        met=None if low is None else low[1].value >= least,
        missed_by=_points(low, least),
    )


def _slow(found: Evaluation) -> Goal:
    shares = found.week.found_or_suspected if found.week else {}
    low = worst(shares, (SLOW,))
    return Goal(
        what="slow flux, suspected or stronger within 7 days",
        goal=f"{SLOW_RECALL:.0%}",
        measured=recall(low[1]) if low else "-",
        met=None if low is None else low[1].value >= SLOW_RECALL,
        missed_by=_points(low, SLOW_RECALL),
    )


def _points(low: tuple[str, Share] | None, least: float) -> str:
    return "" if low is None else f"by {100 * (least - low[1].value):.1f} points ({low[0]})"


def _delay(found: Evaluation) -> Iterator[Goal]:
    """Tell delays of all; minutes are judged where every rotation could be seen."""
    every, close = found.fast(), found.fast(closely=True)
    what = "classic flux at about 5-minute rotation"
    refreshes = every[1] if every else None
    yield _median(f"median delay in refreshes, {what}", MOST_REFRESHES, "refreshes", refreshes)
    minutes = close[0] if close else None
    goal = _median(f"median delay, {what}, asked for in each", MOST_MINUTES, "minutes", minutes)
    told = f"; of all {every[0].units:,}: {duration(every[0].median)}" if every else ""
    yield replace(goal, measured=goal.measured + told)


def _median(what: str, most: int, unit: str, found: Survival | None) -> Goal:
    known = found is not None and found.units > 0
    median = found.median if found else math.nan
    return Goal(
        what=what,
        goal=f"at most {most} {unit}",
        measured=f"{duration(median)} (n = {found.units:,})" if found and known else "-",
        met=median <= most if known else None,
        missed_by="" if math.isinf(median) else f"by {median - most:.3g} {unit}",
    )


def _told_apart(found: Evaluation) -> Goal:
    right = found.day.confusion.right
    return Goal(
        what="single and double flux told apart, where name servers were seen",
        goal=f"{TOLD_APART:.0%}",
        measured=recall(right),
        met=None if not right.n else right.value >= TOLD_APART,
        missed_by="" if not right.n else f"by {100 * (TOLD_APART - right.value):.1f} points",
    )


def _views(found: Evaluation) -> Iterator[Goal]:
    for name, view in found.views.items():
        false = millionths(view.rates.false)
        above = [
            f"{rival.name} {percent(rival.at_ours.value)}"
            for rival in view.rivals.values()
            if rival.at_ours.k > view.rivals[OURS].found.k
        ]
        yield Goal(
            what=f"seen from {name}: at least as good as every published rule",
            goal="recall at our number of false findings",
            measured=f"{recall(view.rates.found)}; {false} false per million",
            met=view.beaten,
            missed_by=f"to {', '.join(above)}",
        )


def _families(found: Evaluation) -> Goal:
    high = max(found.families, key=lambda f: f.added_per_million, default=None)
    value = 0.0 if high is None else high.added_per_million
    return Goal(
        what="a benign family left out of training: false findings from it",
        goal=f"at most {MOST_FALSE_OF_FAMILY:g} per million, whichever family",
        measured="-" if high is None else f"most from {high.family}: {value:.1f} per million",
        met=None if high is None else value <= MOST_FALSE_OF_FAMILY,
        missed_by=f"by {value - MOST_FALSE_OF_FAMILY:.1f} per million",
    )
