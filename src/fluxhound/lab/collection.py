"""A folder of profiles to train on: one Parquet file for each simulated stretch of traffic."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from fluxhound.enrichment.facts import AddressTable
from fluxhound.enrichment.opening import open_tables
from fluxhound.lab.corpus import labelled, profiled
from fluxhound.lab.parameters import Parameters, parameters
from fluxhound.lab.plan import TRAINING, UNTABLED, Stretch, settings
from fluxhound.lab.setting import Setting
from fluxhound.lab.world import World

#: Flux registered domains among a million that a trained score assumes: one in 100,000. Chosen;
#: the literature's base rates go from none to 100 per million (section 3.2).
PRIOR_PER_MILLION = 10.0

Slice = tuple[str, float, float | None]


def collect(
    folder: Path,
    plan: Sequence[Stretch],
    *,
    first_seed: int = TRAINING,
    say: Callable[[str], None] = lambda _: None,
) -> int:
    """Make the traffic of *plan*, profile it, and write it to *folder*; return the rows written."""
    folder.mkdir(parents=True, exist_ok=True)
    world, given, known = World.open(), parameters(), open_tables()
    chosen = list(settings(tuple(plan), first_seed, given))
    counts = _counts(chosen)
    rows = 0
    for number, setting in enumerate(chosen, 1):
        tables = AddressTable() if setting.vantage.name == UNTABLED else known
        with profiled(setting, tables=tables, world=world, given=given) as made:
            weights = weights_of(counts[_slice(setting)], given)
            table = weighted(labelled(made), weights)
            say(
                f"{number} of {len(chosen)}: seed {setting.seed}, {setting.vantage.name}, "
                f"{made.truth.num_rows:,} domains, {made.responses:,} responses, "
                f"{table.num_rows:,} profiles"
            )
        pq.write_table(table, folder / f"{setting.vantage.name}-{setting.seed}.parquet")
        rows += table.num_rows
    return rows


def weights_of(counts: Mapping[str, int], given: Parameters) -> Mapping[str, float]:
    """Return, for each archetype, how many domains per million one of *counts* stands for."""
    flux = [name for name in counts if given.archetypes[name].flux]
    shares = {
        name: PRIOR_PER_MILLION / len(flux) if name in flux else _per_million(name, given)
        for name in counts
    }
    return {name: shares[name] / counts[name] for name in counts if counts[name]}


def _per_million(name: str, given: Parameters) -> float:
    others = sum(a.per_million for n, a in given.archetypes.items() if n != "ordinary")
    return 1e6 - others if name == "ordinary" else given.archetypes[name].per_million


def weighted(table: pa.Table, weights: Mapping[str, float]) -> pa.Table:
    """Return *table* with the weight of each row by its archetype."""
    kinds = table.column("archetype").combine_chunks().dictionary_encode()
    worth = np.array([weights.get(word, 0.0) for word in kinds.dictionary.to_pylist()])
    return table.append_column("weight", pa.array(worth[kinds.indices.to_numpy()]))


def _slice(setting: Setting) -> Slice:
    return (setting.vantage.name, setting.days, setting.until)


def _counts(chosen: Sequence[Setting]) -> Mapping[Slice, Counter[str]]:
    """Return how many domains of each archetype each slice has, over all its seeds."""
    totals: dict[Slice, Counter[str]] = {}
    for setting in chosen:
        totals.setdefault(_slice(setting), Counter()).update(setting.counts)
    return totals
