"""The profiles corpus: made-up traffic, profiled as real traffic is, with the truth of each row."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fluxhound.detection.measures import measure_columns
from fluxhound.enrichment.domains import domain_table
from fluxhound.enrichment.facts import AddressTable
from fluxhound.history.compaction import Compactor
from fluxhound.history.store import Store
from fluxhound.lab.dice import Ints
from fluxhound.lab.parameters import Parameters
from fluxhound.lab.setting import Setting
from fluxhound.lab.traffic import generate
from fluxhound.lab.world import World
from fluxhound.profiles.profile import build_profiles
from fluxhound.profiles.screening import Screen
from fluxhound.records import EntityKind

Mask = NDArray[np.bool_]

DAY_S = 86_400
#: Truth columns that every row carries.
TRUTH = ("archetype", "family", "flux", "hosts", "pool")
#: A row of no known domain. There should be none; it is told apart rather than called harmless.
UNKNOWN = "unknown"


def everything(static: pa.Table) -> Mask:
    """Return a screen that lets all pass: for training, where no model exists to ask."""
    return np.ones(static.num_rows, dtype=bool)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Profiled:
    """One simulated stretch of traffic, profiled; the connection holds the tables behind it."""

    setting: Setting
    truth: pa.Table
    profiles: pa.Table
    connection: duckdb.DuckDBPyConnection
    responses: int


@contextlib.contextmanager
def profiled(
    setting: Setting,
    *,
    tables: AddressTable,
    world: World,
    given: Parameters,
    screen: Screen = everything,
    wide: bool = False,
    memory_bytes: int = 6 << 30,
) -> Iterator[Profiled]:
    """Make the traffic of *setting*, compact and profile it; valid while the context is open."""
    traffic = generate(setting, world=world, given=given)
    with Store(memory_bytes=memory_bytes) as store:
        compactor = Compactor(store.connection)
        responses = 0
        for batch in traffic.batches():
            responses += batch.num_rows
            compactor.take(batch)
        compactor.finish()
        profiles = build_profiles(
            store.connection,
            domains=domain_table().lookup,
            facts=tables.lookup,
            screen=screen,
            wide=wide,
        )
        yield Profiled(
            setting=setting,
            truth=traffic.truth,
            profiles=profiles,
            connection=store.connection,
            responses=responses,
        )


def labelled(made: Profiled) -> pa.Table:
    """Return the profiles with every measure as a column, and the truth of each row."""
    measures = measure_columns(made.profiles)
    words = {name: made.profiles.column(name) for name in ("kind", "name", "registered_domain")}
    truth = truth_of(made.profiles, made.truth)
    rows = made.profiles.num_rows
    setting = made.setting
    horizon = setting.until if setting.until is not None else setting.days * DAY_S
    constants = {
        "seed": pa.array(np.full(rows, setting.seed), pa.int64()),
        "horizon_s": pa.array(np.full(rows, int(horizon)), pa.int64()),
        "vantage": pa.array(np.full(rows, setting.vantage.name, dtype=object), pa.string()),
    }
    numbers = {name: pa.array(values) for name, values in measures.items()}
    return pa.table({**words, **numbers, **truth, **constants})


def truth_of(profiles: pa.Table, truth: pa.Table) -> Mapping[str, pa.Array]:
    """Return the truth columns of each profile; a network is what most of its members are."""
    place = _places(profiles, truth)
    networks = _mask(profiles, EntityKind.NETWORK)
    place[networks] = _of_networks(profiles, networks, place, truth)
    known = pa.array(place, pa.int64(), mask=place < 0)
    columns = {}
    for name in TRUTH:
        values = truth.column(name).combine_chunks().take(known)
        fill = {pa.string(): UNKNOWN, pa.bool_(): False}.get(values.type, 0)
        columns[name] = values.fill_null(fill)
    return columns


def _places(profiles: pa.Table, truth: pa.Table) -> Ints:
    """Return the row of the truth for each profile's registered domain, -1 without."""
    known = truth.column("registered_domain").combine_chunks()
    place = pc.index_in(profiles.column("registered_domain").combine_chunks(), value_set=known)
    return np.asarray(place.fill_null(-1).to_numpy(zero_copy_only=False), np.int64).copy()


def _mask(profiles: pa.Table, kind: EntityKind) -> Mask:
    return np.asarray(pc.equal(profiles.column("kind"), kind.value).to_numpy(), np.bool_)


def _of_networks(profiles: pa.Table, networks: Mask, place: Ints, truth: pa.Table) -> Ints:
    """Return a row of the truth for each network, -1 where no member is known.

    The archetype with most registered domains among the members wins, of equal ones that with the
    first member in the truth; the row is that member's.
    """
    entity = profiles.column("entity").to_numpy()[networks]
    of = profiles.column("network").combine_chunks().fill_null(-1).to_numpy(zero_copy_only=False)
    member = np.flatnonzero((place >= 0) & np.isin(of, entity) & ~networks)
    order = np.argsort(entity)
    group = order[np.searchsorted(entity, of[member], sorter=order)]
    # Each domain votes once, however many of its names and servers are members.
    group, row = np.unique(np.stack([group, place[member]]), axis=1)
    kind = truth.column("archetype").combine_chunks().dictionary_encode().indices.to_numpy()[row]
    _, first, votes = np.unique(
        np.stack([group, kind]), axis=1, return_index=True, return_counts=True
    )
    best = np.lexsort((row[first], -votes, group[first]))
    won, at = np.unique(group[first][best], return_index=True)
    result = np.full(len(entity), -1, dtype=np.int64)
    result[won] = row[first][best][at]
    return result
