"""Narrowing down: which entities get a profile, where only findings are asked for.

A cascade of sketches, each of what the one before left over: what the addresses say and the company
that they keep, then how answers followed each other. The detector tells after each what could still
be a finding.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fluxhound.profiles.context import date_units, list_units
from fluxhound.profiles.membership import measure_networks
from fluxhound.profiles.refreshes import follow_answers
from fluxhound.profiles.sightings import Facts, gather
from fluxhound.profiles.sketch import sketches

#: A sketch (see ``sketch``) -> which of its rows could be findings, or speak for one.
Reach = Callable[[pa.Table], NDArray[np.bool_]]

_PROFILED = "CREATE OR REPLACE TEMP VIEW profiled AS SELECT owner, entity FROM narrowed"

_NARROWED = """
CREATE OR REPLACE TEMP TABLE narrowed AS SELECT owner, entity FROM belongs SEMI JOIN kept
USING (entity)
"""

_FOLLOWED = """
SELECT entity, epochs, set_size, set_operators, mixed_sets, most_changes, change_interval_s,
       aggregated
FROM churn JOIN change USING (entity) ORDER BY entity
"""

_WANTED = "SELECT entity FROM entity WHERE name IN (SELECT name FROM wanted)"


def narrow(
    connection: duckdb.DuckDBPyConnection,
    facts: Facts,
    reach: Reach,
    *,
    wanted: Sequence[str] = (),
) -> None:
    """Let ``profiled`` be what could be findings, and what is *wanted*; fill ``candidate_row``.

    ``network_measure`` and the tables of ``context`` are of all entities.
    """
    list_units(connection, facts)
    measure_networks(connection)
    date_units(connection)
    asked = _entities(connection, wanted)
    sketch = _narrowed(connection, sketches(connection), reach, asked)
    gather(connection, facts)
    follow_answers(connection)
    followed = _with(sketch, connection.sql(_FOLLOWED).to_arrow_table())
    _narrowed(connection, followed, reach, asked)


def _narrowed(
    connection: duckdb.DuckDBPyConnection,
    sketch: pa.Table,
    reach: Reach,
    asked: NDArray[np.int64],
) -> pa.Table:
    """Keep what could be a finding, and what is *asked* for with its networks."""
    numbers = sketch.column("entity").to_numpy()
    always = np.isin(numbers, asked)
    networks = sketch.column("network").filter(pa.array(always)).drop_null().to_numpy()
    left = sketch.filter(pa.array(reach(sketch) | always | np.isin(numbers, networks)))
    _keep(connection, left.column("entity"))
    return left


def choose(connection: duckdb.DuckDBPyConnection, entities: NDArray[np.int64]) -> None:
    """Let ``profiled`` be these *entities* and the networks that they are in."""
    connection.register("chosen", pa.table({"entity": entities}))
    found = connection.sql(
        """SELECT entity FROM chosen
           UNION SELECT network FROM membership SEMI JOIN chosen USING (entity)"""
    ).to_arrow_table()
    connection.unregister("chosen")
    _keep(connection, found.column("entity"))


def _keep(connection: duckdb.DuckDBPyConnection, entities: pa.ChunkedArray) -> None:
    connection.register("kept", pa.table({"entity": entities}))
    connection.execute(_NARROWED)
    connection.unregister("kept")
    connection.execute(_PROFILED)


def _entities(connection: duckdb.DuckDBPyConnection, names: Sequence[str]) -> NDArray[np.int64]:
    if not names:
        return np.zeros(0, dtype=np.int64)
    connection.register("wanted", pa.table({"name": pa.array(list(names), pa.string())}))
    found = connection.execute(_WANTED).fetchnumpy()["entity"]
    connection.unregister("wanted")
    return np.asarray(found, dtype=np.int64)


def _with(sketch: pa.Table, more: pa.Table) -> pa.Table:
    """Return the rows of *sketch* that *more* has, too, with its columns; both go by entity."""
    rows = np.isin(sketch.column("entity").to_numpy(), more.column("entity").to_numpy())
    found = sketch.filter(pa.array(rows))
    for name in more.schema.names[1:]:
        found = found.append_column(name, more.column(name))
    return found
