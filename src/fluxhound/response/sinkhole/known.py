"""Addresses that are somebody's sinkhole: an answer with one means "clean the host", not flux.

The table is as old as its source: an address may have been given to somebody else since. So a name
is sinkholed where all that it is answered with now is known, not where some of it is.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from importlib import resources

import pyarrow as pa
import pyarrow.compute as pc

from fluxhound.enrichment.addresses import Text, canonical, canonical_column

_TABLE = "known.tsv"


def known_sinkhole(address: str) -> str | None:
    """Return who runs the sinkhole at *address*, or what it took over; ``None`` for all else.

    >>> known_sinkhole("192.0.2.1") is None
    True
    """
    text = canonical(address)
    return None if text is None else _addresses().get(text)


def known_sinkholes(addresses: Text) -> pa.Array:
    """Return the same for a column of addresses as text: a string column, null for all else."""
    known = pa.array(list(_addresses()), pa.string())
    operators = pa.array(list(_addresses().values()), pa.string())
    places = pc.index_in(canonical_column(addresses), value_set=known, skip_nulls=True)
    return operators.take(places)


def known_sinkhole_name(name: str) -> str | None:
    """Return who runs the sinkhole whose name server or host *name* is (lower case, no dot)."""
    return _names().get(name)


@functools.cache
def _addresses() -> dict[str, str]:
    return {address: operator for operator, addresses, _ in _rows() for address in addresses}


@functools.cache
def _names() -> dict[str, str]:
    return {name: operator for operator, _, names in _rows() for name in names}


def _rows() -> Iterator[tuple[str, list[str], list[str]]]:
    text = resources.files(__package__).joinpath(_TABLE).read_text(encoding="utf-8")
    for line in text.splitlines():
        if not line.startswith("#"):
            operator, addresses, names = line.split("\t")
            yield operator, addresses.split(), names.split()
