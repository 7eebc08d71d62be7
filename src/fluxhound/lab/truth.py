"""The truth about a run: every registered domain that can appear, and what was drawn for it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from fluxhound.enrichment.domains import domain_table
from fluxhound.lab.chains import ZONES, zone_texts
from fluxhound.lab.demand import Wanted
from fluxhound.lab.dice import Ints
from fluxhound.lab.naming import codes, registered
from fluxhound.lab.parameters import Archetype
from fluxhound.lab.population import (
    BULLETPROOF,
    OPERATOR,
    PER_QUERY,
    PROVIDER,
    SERVERS,
    Domains,
)
from fluxhound.lab.stage import Stage

#: One row for each registered domain. ``role`` is "domain" for those that were counted in the
#: setting, and "infrastructure" for what stands behind them: zones of CDNs and name servers.
TRUTH = pa.schema(
    [
        pa.field("registered_domain", pa.string(), nullable=False),
        pa.field("archetype", pa.string(), nullable=False),
        pa.field("family", pa.string(), nullable=False),
        pa.field("hosts", pa.string(), nullable=False),
        pa.field("flux", pa.bool_(), nullable=False),
        pa.field("role", pa.string(), nullable=False),
        # Domains with one number draw from the same hosts.
        pa.field("pool", pa.int64(), nullable=False),
        # Addresses in one answer, seconds, hosts of the pool.
        pa.field("size", pa.int64(), nullable=False),
        pa.field("ttl", pa.int64(), nullable=False),
        pa.field("live", pa.int64(), nullable=False),
        # Seconds between two answers; 0: drawn for each response; null: hosts of its own.
        pa.field("rotation_s", pa.float64()),
        # Share of the hosts that are others a day later.
        pa.field("turnover", pa.float64(), nullable=False),
        pa.field("names", pa.int64(), nullable=False),
        # As drawn: before caches, losses, and machines that were off.
        pa.field("queries", pa.int64(), nullable=False),
    ]
)


def truth_table(stage: Stage) -> pa.Table:
    """Return the truth of a run in the schema TRUTH."""
    batches = [
        _rows(some, wanted) for name in stage.archetypes() for some, wanted in stage.portions(name)
    ]
    return pa.Table.from_batches([*batches, *_behind(stage)], TRUTH)


def _rows(some: Domains, wanted: Wanted) -> pa.RecordBatch:
    rotation = np.where(some.rotation_s == PER_QUERY, 0.0, some.rotation_s)
    return _batch(
        some.archetype,
        some.texts(),
        "domain",
        pool=some.row,
        size=some.size,
        ttl=some.ttl,
        live=some.live,
        rotation_s=pa.array(rotation, mask=some.rotation_s == 0),
        turnover=some.turnover,
        names=some.names,
        queries=wanted.count,
    )


def _batch(
    a: Archetype, found: pa.StringArray, role: str, **columns: Ints | pa.Array
) -> pa.RecordBatch:
    rows = len(found)
    registered = domain_table().lookup(found).column("registered_domain").combine_chunks()
    values = {
        "registered_domain": registered,
        "archetype": pa.repeat(a.name, rows),
        "family": pa.repeat(a.family, rows),
        "hosts": pa.repeat(a.hosts, rows),
        "flux": pa.repeat(a.flux, rows),
        "role": pa.repeat(role, rows),
        **columns,
    }
    zero = np.zeros(rows, dtype=np.int64)
    return pa.record_batch(
        [
            pa.array([None] * rows, field.type)
            if field.nullable and field.name not in values
            else pa.array(values.get(field.name, zero)).cast(field.type)
            for field in TRUTH
        ],
        schema=TRUTH,
    )


def _behind(stage: Stage) -> Iterator[pa.RecordBatch]:
    """Yield the domains that stand behind others."""
    seed = stage.setting.seed
    for index, (name, a) in enumerate(stage.given.archetypes.items()):
        ground = stage.hosting.grounds.get(name)
        if ground is None:
            continue
        pools = np.arange(ground.pools)
        still = dataclasses.replace(a, flux=False, family="static", hosts="")
        roles = [
            (OPERATOR, a, "operator"),
            (SERVERS, a, "pool"),
            (BULLETPROOF, still, "bulletproof"),
        ]
        for role, kind, sort in roles:
            if sort in a.ns:
                found = registered(codes(role, index, pools), seed)
                yield _batch(kind, found, "infrastructure", pool=ground.first + pools)
        for zone in range(ZONES if a.chain.high >= 1 else 0):
            found = zone_texts(index, pools, zone, seed)
            yield _batch(a, found, "infrastructure", pool=ground.first + pools)
    count = stage.given.population.name_service_operators
    found = registered(codes(PROVIDER, 0, np.arange(count)), seed)
    pools = stage.hosting.providers + np.arange(count)
    yield _batch(stage.given.archetype("ordinary"), found, "infrastructure", pool=pools)
