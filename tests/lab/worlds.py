"""The world that tests of the lab share: opened once, since that takes a second."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from fluxhound.enrichment.opening import open_tables
from fluxhound.lab.dice import U64, Ints, Reals
from fluxhound.lab.pools import PoolPlan, Pools
from fluxhound.lab.world import World, mixture


@functools.cache
def world() -> World:
    return World.open()


def pools(count: int = 1, *, seed: int = 1, live: int = 500, **parameters: Any) -> Pools:
    """Return pools of people's lines with the parameters of ``PoolPlan.of``."""
    plan = PoolPlan.of(np.arange(count), live=live, **parameters)
    return Pools(plan, world(), seed)


def of_kinds(shares: Mapping[str, float], count: int, *, asns: int, seed: int = 1) -> Pools:
    """Return pools with hosts in networks of the kinds."""
    plan = PoolPlan.of(np.arange(count), live=10_000, kinds=mixture(shares), asns=asns)
    return Pools(plan, world(), seed)


def known(texts: pa.Array) -> pa.Table:
    """Return what the tables that the product uses say about addresses."""
    return open_tables().lookup(texts)


def numbers(*values: int) -> Ints:
    return np.array(values, dtype=np.int64)


def times(*values: float) -> Reals:
    return np.array(values, dtype=np.float64)


def draws(count: int, offset: int = 0) -> U64:
    return np.arange(offset, offset + count, dtype=np.uint64)
