"""The published rules on the same traffic as ours, at their own lines and at our false findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from fluxhound.detection.baselines import BASELINES, LINES, decided, scores
from fluxhound.detection.baselines.inputs import BaselineInputs
from fluxhound.detection.compared import inputs_of
from fluxhound.lab.bootstrap import Difference, paired
from fluxhound.lab.metrics import (
    BUDGETS,
    Counts,
    Mask,
    Reals,
    Share,
    allowed,
    curve,
    line,
    partial_area,
    reaching,
    share,
)
from fluxhound.lab.rates import Shares, shares
from fluxhound.lab.units import RIVAL, masked, numbers, words
from fluxhound.profiles.lookups import look_at_answers
from fluxhound.records import EntityKind

#: What the rules are about: names, and all names of a registered domain together.
KINDS = (EntityKind.NAME.value, EntityKind.REGISTERED_DOMAIN.value)
#: Pairs of entity and address that FluxBuster's clustering may be given: some 16 bytes each, and
#: several sorted copies. Chosen, not measured.
MOST_PAIRS = 12_000_000
OURS = "fluxhound"


@dataclass(frozen=True, slots=True)
class RivalColumns:
    """Verdict and score of every rule for each profile, and what could not be computed."""

    table: pa.Table
    notes: tuple[str, ...]


def rival_columns(
    connection: duckdb.DuckDBPyConnection,
    profiles: pa.Table,
    *,
    asn_known: bool,
    most_pairs: int = MOST_PAIRS,
) -> RivalColumns:
    """Run all rules on all names and registered domains of *profiles*.

    *connection* is the one that ``build_profiles`` has just used: its temporary tables are read.
    The columns are called ``baseline_<rule>`` (1, 0 or -1: not computable) and
    ``baseline_<rule>_score`` (NaN: not computable), with the rows of *profiles*.
    """
    found = {name: np.full(profiles.num_rows, np.nan) for name in BASELINES}
    notes = []
    kinds, entities = words(profiles, "kind"), profiles.column("entity").to_numpy()
    servers = numbers(profiles, "ns_hosts")
    for kind in KINDS:
        rows = np.flatnonzero(kinds == kind)
        rows = rows[np.argsort(entities[rows], kind="stable")]
        if not len(rows):
            continue
        lookups, members = look_at_answers(connection, pa.array(entities[rows]))
        if members.num_rows > most_pairs:
            notes.append(_too_many(kind, members.num_rows, most_pairs))
            members = members.slice(0, 0)
        inputs = inputs_of(servers[rows], lookups, members, asn_known=asn_known)
        for name, values in _scored(inputs, clusters=members.num_rows > 0).items():
            found[name][rows] = values
    columns = {f"{RIVAL}{n}": decided(n, v) for n, v in found.items()}
    columns |= {f"{RIVAL}{n}_score": v for n, v in found.items()}
    return RivalColumns(pa.table(columns), tuple(notes))


def _scored(inputs: BaselineInputs, *, clusters: bool) -> dict[str, Reals]:
    found = scores(inputs)
    if not clusters:  # without addresses every name would be a cluster of nothing
        found["fluxbuster"] = np.where(found["fluxbuster"] == 0, 0.0, np.nan)
    return found


def _too_many(kind: str, pairs: int, most: int) -> str:
    return (
        f"fluxbuster was not computed for entities of kind {kind}: {pairs:,} pairs of entity and "
        f"address, and its clustering is bounded to {most:,}"
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rival:
    """One detector on one table of units. What it could not compute counts as not found."""

    name: str
    #: At its own line: false findings and recall.
    false: Share
    found: Share
    found_by_archetype: Shares
    #: Units that were profiled and of which the rule could say nothing.
    unknown: Share
    #: Recall with its line moved until it has at most as many false findings as ours.
    at_ours: Share
    at_ours_by_archetype: Shares
    at_budget: Mapping[float, Share]
    partial_area: float
    #: Our recall at our line against its recall at as many false findings, over pools.
    against: Difference | None


def rivals(
    units: pa.Table, *, dice: np.random.Generator, names: Sequence[str] = tuple(BASELINES)
) -> dict[str, Rival]:
    """Return ours and every rule of which *units* has columns, ours first."""
    flux, ours = masked(units, "flux"), masked(units, "alert")
    most = int(np.count_nonzero(ours & ~flux))
    profiled = numbers(units, "entities") > 0
    known = [name for name in names if f"{RIVAL}{name}_score" in units.column_names]
    scored = {name: numbers(units, f"{RIVAL}{name}_score") for name in known}
    nothing = np.zeros(units.num_rows, np.bool_)  # what we cannot judge is said to be so
    found = {OURS: _rival(OURS, units, numbers(units, "score"), ours, nothing, most, None)}
    pool = pools(units)
    for name, values in scored.items():
        passed = reaching(values, line(values[~flux], most))
        against = paired(pool[flux], ours[flux], passed[flux], dice=dice) if flux.any() else None
        fired = reaching(values, LINES[name])
        unknown = profiled & np.isnan(values)
        found[name] = _rival(name, units, values, fired, unknown, most, against)
    return found


def pools(units: pa.Table) -> Counts:
    """Return a number for each unit's pool, different for pools of different runs."""
    pool = numbers(units, "pool")
    if "seed" not in units.column_names:
        return pool.astype(np.int64)
    pairs = np.stack([numbers(units, "seed"), pool], axis=1)
    return np.unique(pairs, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)


def _rival(
    name: str,
    units: pa.Table,
    values: Reals,
    fired: Mask,
    unknown: Mask,
    most: int,
    against: Difference | None,
) -> Rival:
    flux, kind = masked(units, "flux"), words(units, "archetype")
    points = curve(values, flux)
    # Ours alerts by more than a line, so its operating point is the alert itself.
    passed = fired if name == OURS else reaching(values, line(values[~flux], most))
    return Rival(
        name=name,
        false=share(fired, ~flux),
        found=share(fired, flux),
        found_by_archetype=shares(kind, fired, flux),
        unknown=share(unknown),
        at_ours=share(passed, flux),
        at_ours_by_archetype=shares(kind, passed, flux),
        at_budget={b: points.at(allowed(points.benign, b)) for b in BUDGETS},
        partial_area=partial_area(points),
        against=against,
    )
