"""False findings per million and recall, by what a unit is and by how much was seen of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fluxhound.lab.metrics import (
    BUDGETS,
    Curve,
    Mask,
    Share,
    allowed,
    curve,
    line,
    partial_area,
    reaching,
    share,
)
from fluxhound.lab.units import evidence, masked, numbers, words

Shares = Mapping[str, Share]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rates:
    """What one look at many registered domains gave; every share is of registered domains."""

    #: Benign domains that alerted, in all and by kind; and those that were only suspected.
    false: Share
    false_by_archetype: Shares
    false_by_family: Shares
    suspected: Share
    suspected_by_archetype: Shares
    #: Flux that alerted, in all, by kind, and by kind where suspicion counts as well.
    found: Share
    found_by_archetype: Shares
    found_or_suspected: Shares
    #: Flux that alerted, by responses seen; and by kind and responses.
    found_by_evidence: Shares
    found_by_kind_and_evidence: Mapping[str, Shares]
    #: Budget per million -> (line of the log-odds, benign units that reach it, recall by kind).
    at_budget: Mapping[float, Budgeted]
    points: Curve
    partial_area: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Budgeted:
    """Recall with the line set for a budget of false findings, found on the benign units."""

    line: float
    allowed: int
    false: Share
    found: Share
    found_by_archetype: Shares


def rates(units: pa.Table) -> Rates:
    """Return all rates of a table of units, as ``domain_days`` makes it (or several, joined)."""
    flux, alert = masked(units, "flux"), masked(units, "alert")
    suspect = masked(units, "suspect")
    kind, seen = words(units, "archetype"), evidence(units)
    scores = numbers(units, "score")
    points = curve(scores, flux)
    return Rates(
        false=share(alert, ~flux),
        false_by_archetype=shares(kind, alert, ~flux),
        false_by_family=shares(words(units, "family"), alert, ~flux),
        suspected=share(suspect, ~flux),
        suspected_by_archetype=shares(kind, suspect, ~flux),
        found=share(alert, flux),
        found_by_archetype=shares(kind, alert, flux),
        found_or_suspected=shares(kind, alert | suspect, flux),
        found_by_evidence=shares(seen, alert, flux),
        found_by_kind_and_evidence={
            name: shares(seen, alert, flux & (kind == name)) for name in labels(kind, flux)
        },
        at_budget={budget: budgeted(scores, flux, kind, budget) for budget in BUDGETS},
        points=points,
        partial_area=partial_area(points),
    )


def budgeted(
    scores: NDArray[np.float64], flux: Mask, kind: NDArray[np.object_], budget: float
) -> Budgeted:
    """Return the recall at the line that a budget per million leaves."""
    most = allowed(int(np.count_nonzero(~flux)), budget)
    at = line(scores[~flux], most)
    passed = reaching(scores, at)
    return Budgeted(
        line=at,
        allowed=most,
        false=share(passed, ~flux),
        found=share(passed, flux),
        found_by_archetype=shares(kind, passed, flux),
    )


def labels(column: NDArray[np.object_], among: Mask) -> list[str]:
    """Return the different words of a column, in alphabetical order."""
    return sorted(set(column[among].tolist()))


def shares(column: NDArray[np.object_], hit: Mask, among: Mask) -> dict[str, Share]:
    """Return how many of the rows *among* are hit, for each word of a column."""
    found = pa.array(column[among], pa.string()).dictionary_encode()
    place, words_found = found.indices.to_numpy(), found.dictionary.to_pylist()
    of = np.bincount(place, minlength=len(words_found))
    hits = np.bincount(place[hit[among]], minlength=len(words_found))
    counted = zip(words_found, hits.tolist(), of.tolist(), strict=True)
    return {name: Share(k, n) for name, k, n in sorted(counted)}
