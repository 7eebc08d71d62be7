"""One run of the evaluation: traffic made, profiled and judged, down to one row per domain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fluxhound.detection.judgement import Judgement, enough, judge
from fluxhound.detection.model import Model
from fluxhound.detection.screen import could_be_flux
from fluxhound.enrichment.facts import AddressTable
from fluxhound.lab.corpus import Profiled, profiled
from fluxhound.lab.metrics import Mask
from fluxhound.lab.parameters import Parameters
from fluxhound.lab.rivals import rival_columns
from fluxhound.lab.setting import Setting
from fluxhound.lab.units import BARRED, LOG_ODDS, VERDICT, domain_days, network_days, strays
from fluxhound.lab.world import World

#: What of the truth is kept of each unit.
KEPT = (
    "registered_domain", "archetype", "family", "flux", "pool", "size", "live", "rotation_s",
    "turnover", "queries",
)  # fmt: skip

_RESPONSES = """
SELECT registered_domain, CAST(coalesce(sum(responses), 0) AS BIGINT) AS responses
FROM domain LEFT JOIN (
    SELECT name, sum(count) AS responses FROM seen WHERE type <> 'NS' GROUP BY name) USING (name)
GROUP BY registered_domain
"""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trial:
    """One run, judged: units, and what does not fit into units."""

    setting: Setting
    units: pa.Table
    strays: pa.Table
    networks: pa.Table
    notes: tuple[str, ...]
    responses: int
    #: Kept for judging again with another model; empty tables if that was not asked for.
    profiles: pa.Table
    truth: pa.Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What all runs stand on; opened once."""

    tables: AddressTable
    world: World
    given: Parameters
    model: Model | None = None  # the package's own
    #: Models that kept profiles will be judged by: whatever one of them could call flux is kept.
    others: tuple[Model, ...] = ()

    def screen(self, static: pa.Table) -> Mask:
        """Return what any of the models could call flux."""
        chosen = could_be_flux(static, using=self.model)
        for other in self.others:
            chosen |= could_be_flux(static, using=other)
        return chosen


def trial(setting: Setting, ground: Ground, *, rules: bool = True, keep: bool = False) -> Trial:
    """Make, profile and judge one setting, beside the published *rules*.

    With *rules*, all that showed three addresses is looked at, otherwise only what could be flux.
    With *keep*, profiles stay for ``judged_again``.
    """
    with profiled(
        setting,
        tables=ground.tables,
        world=ground.world,
        given=ground.given,
        screen=ground.screen,
        wide=rules,
    ) as made:
        rows = judged_rows(judge(made.profiles, using=ground.model))
        notes: tuple[str, ...] = ()
        if rules:
            known = ground.tables.knows_networks
            beside = rival_columns(made.connection, made.profiles, asn_known=known)
            rows = pa.Table.from_arrays(
                [*rows.columns, *beside.table.columns],
                names=[*rows.column_names, *beside.table.column_names],
            )
            notes = beside.notes
        truth = active(made.truth, responses_seen(made.connection), setting.seed)
        return _trial(made, rows, truth, notes, keep=keep)


def judged_rows(judgement: Judgement) -> pa.Table:
    """Return the profiles of a judgement with its verdicts, as ``domain_days`` takes them."""
    barred = ~enough(judgement.columns)
    table = judgement.profiles
    table = table.append_column(VERDICT, pa.array([str(v) for v in judgement.verdicts]))
    table = table.append_column(LOG_ODDS, pa.array(judgement.log_odds))
    return table.append_column(BARRED, pa.array(barred))


def judged_again(trials: Sequence[Trial], using: Model) -> pa.Table:
    """Return the units of runs that were kept, judged by another model."""
    return pa.concat_tables(
        domain_days(judged_rows(judge(t.profiles, using=using)), t.truth) for t in trials
    )


def responses_seen(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """Return the responses to questions for each registered domain that was seen at all.

    Domains that only stand in chains of others, or as zones, have none.
    """
    return connection.sql(_RESPONSES).to_arrow_table()


def active(truth: pa.Table, seen: pa.Table, seed: int) -> pa.Table:
    """Return the truth of the domains that were seen, once each, with their responses.

    A domain of which nothing was seen on a day is no registered-domain-day. What stands behind
    others (zones of CDNs) is a unit like any other where it was seen; but what stands behind flux
    and is flux itself is neither something to find nor a false finding, and is left out.
    """
    names = truth.column("registered_domain").combine_chunks()
    first = pc.index_in(names, value_set=names).to_numpy()  # of names that stand twice: the first
    place = pc.index_in(names, value_set=seen.column("registered_domain").combine_chunks())
    chosen = pc.and_(pc.is_valid(place), pa.array(first == np.arange(len(names))))
    if "role" in truth.column_names:
        behind = pc.equal(truth.column("role"), "infrastructure").combine_chunks()
        chosen = pc.and_not(chosen, pc.and_(behind, truth.column("flux").combine_chunks()))
        truth = _with_kinds(truth, behind)
    kept = [name for name in KEPT if name in truth.column_names]
    responses = seen.column("responses").combine_chunks().take(place)
    table = truth.select(kept).append_column("responses", responses).filter(chosen)
    for column in ("archetype", "family"):
        at = table.column_names.index(column)
        table = table.set_column(at, column, table.column(column).dictionary_encode())
    return table.append_column("seed", pa.array(np.full(table.num_rows, seed)))


def _with_kinds(truth: pa.Table, behind: pa.Array) -> pa.Table:
    """Name what stands behind an archetype so that its rows can be told apart."""
    kinds = truth.column("archetype").combine_chunks()
    named = pc.if_else(behind, pc.binary_join_element_wise("behind", kinds, " "), kinds)
    return truth.set_column(truth.column_names.index("archetype"), "archetype", named)


def early(setting: Setting, minutes: float) -> Setting:
    """Return the same run cut off so many minutes after its start; a whole day is not cut."""
    whole = minutes * 60 >= setting.days * 86_400
    return replace(setting, until=None if whole else minutes * 60)


def _trial(
    made: Profiled, rows: pa.Table, truth: pa.Table, notes: tuple[str, ...], *, keep: bool
) -> Trial:
    return Trial(
        setting=made.setting,
        units=domain_days(rows, truth),
        strays=strays(rows, truth),
        networks=network_days(rows, truth),
        notes=notes,
        responses=made.responses,
        profiles=made.profiles if keep else made.profiles.slice(0, 0),
        truth=truth if keep else truth.slice(0, 0),
    )
