"""Small runs of the lab that several tests look at, each generated once."""

from __future__ import annotations

import functools
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from fluxhound.enrichment.domains import domain_table
from fluxhound.lab.parameters import parameters
from fluxhound.lab.setting import START, Setting
from fluxhound.lab.stage import Stage
from fluxhound.lab.traffic import Traffic, generate
from fluxhound.lab.vantage import Vantage
from tests.lab.worlds import world

ABOVE = Vantage(position="above", servers=False)
#: Busy names, so that few domains show what they do.
BUSY = {"demand": {"people": 1.0}, "popularity": 300}


def traffic(seed: int = 1, **fields: Any) -> Traffic:
    """Return the traffic of a setting."""
    return generate(Setting(seed=seed, **fields), world=world())


def rows(of: Traffic) -> pa.Table:
    """Return all observations."""
    table = pa.Table.from_batches(of.batches(), of.schema)
    table.validate(full=True)
    return table


@functools.cache
def busy(archetype: str, count: int = 6, *, seed: int = 1, vantage: Vantage = ABOVE) -> pa.Table:
    """Return the observations of busy domains of one archetype, above the resolvers."""
    changes: dict[str, object] = {} if archetype == "dynamic-apex" else dict(BUSY)
    overrides = {archetype: changes | {"taken_down": 0.0}}
    run = traffic(seed, counts={archetype: count}, vantage=vantage, overrides=overrides)
    return with_truth(rows(run), run.truth)


def with_truth(table: pa.Table, truth: pa.Table) -> pa.Table:
    """Return the observations with the registered domain of each, and the truth about it."""
    registered = domain_table().lookup(table.column("name")).column("registered_domain")
    table = table.append_column("registered_domain", registered)
    return table.join(truth.rename_columns(_renamed(truth)), "registered_domain")


def _renamed(truth: pa.Table) -> list[str]:
    return ["true_ttl" if name == "ttl" else name for name in truth.schema.names]


def answers(table: pa.Table) -> list[list[str]]:
    """Return the addresses of each row, without the names before them."""
    return [
        [part for part in text.split(",") if not part[-1].isalpha() or ":" in part]
        for text in table.column("answers").to_pylist()
    ]


def by_domain(table: pa.Table) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of each registered domain in the order of time."""
    found: dict[str, list[dict[str, Any]]] = {}
    ordered = table.take(pc.sort_indices(table, [("time", "ascending")]))
    for row, addresses in zip(ordered.to_pylist(), answers(ordered), strict=True):
        row["addresses"] = addresses
        row["seconds"] = row["time"] - START
        found.setdefault(row["registered_domain"], []).append(row)
    return found


def stage(**counts: int) -> Stage:
    """Return the stage of a run with the counts."""
    setting = Setting(seed=1, counts={name.replace("_", "-"): n for name, n in counts.items()})
    return Stage.open(setting, world(), parameters())
