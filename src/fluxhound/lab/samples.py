"""The profiles corpus as columns: measures, truth, and what a row stands for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from fluxhound.detection.judgement import NETWORK_SHARE_MIN
from fluxhound.errors import ConfigurationError, UnreadableInputError
from fluxhound.records import EntityKind

Reals = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
Words = NDArray[np.object_]

#: The measure that is computed here and not read: see ``network_odds``.
NETWORK_ODDS = "network_odds"
_TRUTH = ("kind", "registered_domain", "archetype", "family", "flux", "hosts", "seed", "horizon_s")
_OPTIONAL = ("weight", "vantage", "pool", "entity", "network", "network_share", "changes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """One word per row, as a number: ``words[codes[row]]``."""

    codes: Ints
    words: tuple[str, ...]

    def among(self, wanted: Iterable[str]) -> Mask:
        """Tell which rows have one of the words."""
        chosen = set(wanted)
        return np.array([word in chosen for word in self.words], dtype=bool)[self.codes]

    def of(self, rows: Ints | Mask) -> Labels:
        """Return the labels of some rows."""
        return Labels(codes=self.codes[rows], words=self.words)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Samples:
    """One row per profiled entity; every array has as many rows."""

    measures: Mapping[str, Reals]  # NaN: not observable
    kind: Labels
    archetype: Labels
    family: Labels
    hosts: Labels
    #: Vantage point and horizon: where they differ, different measures are observable.
    slice: Labels
    flux: Mask
    weight: Reals  # real entities per million domain-days that the row stands for
    #: The same, shared among the rows of one kind that one domain has: a wildcard's thousand names
    #: teach no more than one domain.
    shared: Reals
    seed: Ints
    pool: Ints  # 0 where the corpus does not say
    #: Number of the registered domain as one slice of one seed sees it: what a finding is about.
    unit: Ints
    #: Row of the network entity that speaks for this row, or -1.
    network: Ints

    @property
    def rows(self) -> int:
        """Return how many rows there are."""
        return len(self.flux)

    def matrix(self, measures: Sequence[str], rows: Ints | Mask) -> Reals:
        """Return measures of some rows as (rows, measures)."""
        return np.stack([self.measures[name][rows] for name in measures], axis=1)

    def having(self, name: str, values: Reals) -> Samples:
        """Return the samples with one measure replaced."""
        return replace(self, measures={**self.measures, name: values})


def read_corpus(folder: Path, measures: Iterable[str]) -> list[pa.Table]:
    """Return the tables of a corpus, one per Parquet file, in the order of their names.

    Only *measures* and what is said of each row are read.

    Raises:
        UnreadableInputError: there is none, or one cannot be read.
    """
    paths = sorted(folder.glob("*.parquet"))
    if not paths:
        raise UnreadableInputError(f"No Parquet file in {folder}. Make the corpus first.")
    try:
        return [_read(path, {*measures, *_TRUTH, *_OPTIONAL}) for path in paths]
    except (pa.ArrowException, OSError) as error:
        raise UnreadableInputError(f"The corpus cannot be read: {error}.") from error


def _read(path: Path, wanted: Collection[str]) -> pa.Table:
    names = pq.read_schema(path).names
    return pq.read_table(path, columns=[name for name in names if name in wanted])


def gathered(tables: Sequence[pa.Table], measures: Iterable[str]) -> Samples:
    """Return the rows of all *tables* with the *measures* that a model needs.

    Raises:
        ConfigurationError: a column is missing; the message names it.
    """
    wanted = dict.fromkeys(measures)
    for table in tables:
        lacking = (set(wanted) | set(_TRUTH)) - {NETWORK_ODDS} - set(table.schema.names)
        if lacking:
            raise ConfigurationError(
                f"The corpus lacks {', '.join(sorted(lacking))}. Make it again with this version."
            )
    columns = {n: _reals(tables, n) for n in wanted if n != NETWORK_ODDS}
    rows = sum(table.num_rows for table in tables)
    if NETWORK_ODDS in wanted:
        columns[NETWORK_ODDS] = np.full(rows, np.nan)
    kind = _labels(tables, "kind")
    unit = _units(tables)
    weight = np.nan_to_num(_reals(tables, "weight", absent=1.0), nan=1.0)
    return Samples(
        measures=columns,
        kind=kind,
        archetype=_labels(tables, "archetype"),
        family=_labels(tables, "family"),
        hosts=_labels(tables, "hosts"),
        slice=_joined(_labels(tables, "vantage"), _numbers(tables, "horizon_s")),
        flux=_reals(tables, "flux") > 0,
        weight=weight,
        shared=weight / _alike(unit, kind),
        seed=_numbers(tables, "seed"),
        pool=_numbers(tables, "pool"),
        unit=unit,
        network=_networks(tables, kind.among([EntityKind.NETWORK.value])),
    )


def network_odds(samples: Samples, log_odds: Reals) -> Reals:
    """Return, for each row, the log-odds of its network; NaN where none speaks for it."""
    return np.where(samples.network >= 0, log_odds[samples.network], np.nan)


def _column(table: pa.Table, name: str) -> pa.ChunkedArray | None:
    return table.column(name) if name in table.schema.names else None


def _reals(tables: Sequence[pa.Table], name: str, *, absent: float = np.nan) -> Reals:
    return np.concatenate([_real(table, name, absent) for table in tables])


def _real(table: pa.Table, name: str, absent: float) -> Reals:
    column = _column(table, name)
    if column is None:
        return np.full(table.num_rows, absent)
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    values: Reals = column.cast(pa.float64()).to_numpy().astype(np.float64)
    return values


def _numbers(tables: Sequence[pa.Table], name: str) -> Ints:
    return np.nan_to_num(_reals(tables, name), nan=0.0).astype(np.int64)


def _labels(tables: Sequence[pa.Table], name: str) -> Labels:
    columns = [
        [""] * table.num_rows if (column := _column(table, name)) is None else column
        for table in tables
    ]
    chunks = [
        chunk
        for column in columns
        for chunk in (column.chunks if isinstance(column, pa.ChunkedArray) else [column])
    ]
    texts = [pa.array(chunk).cast(pa.string()).fill_null("") for chunk in chunks]
    coded = pa.chunked_array(texts, pa.string()).combine_chunks().dictionary_encode()
    return Labels(
        codes=coded.indices.to_numpy().astype(np.int64),
        words=tuple(coded.dictionary.to_pylist()),
    )


def _joined(labels: Labels, numbers: Ints) -> Labels:
    both = np.stack([labels.codes, numbers], axis=1)
    different, codes = np.unique(both, axis=0, return_inverse=True)
    words = tuple(f"{labels.words[code]} {number} s".strip() for code, number in different)
    return Labels(codes=codes.reshape(-1).astype(np.int64), words=words)


def _units(tables: Sequence[pa.Table]) -> Ints:
    """Number the registered domains of each table, seed, vantage point and horizon."""
    table = np.repeat(np.arange(len(tables)), [t.num_rows for t in tables])
    unit = _labels(tables, "registered_domain").codes
    for other in (_labels(tables, "vantage").codes, *(_numbers(tables, n) for n in _WITHIN), table):
        _, other_code = np.unique(other, return_inverse=True)
        _, unit = np.unique(unit * (other_code.max() + 1) + other_code, return_inverse=True)
    return unit.astype(np.int64)


def _alike(unit: Ints, kind: Labels) -> Ints:
    """Return how many rows of its kind the unit of each row has."""
    key = unit * len(kind.words) + kind.codes
    counts: Ints = np.bincount(key)[key]
    return counts


_WITHIN = ("seed", "horizon_s")


def _networks(tables: Sequence[pa.Table], is_network: Mask) -> Ints:
    """Return the row of each row's network, where others showed half of its addresses.

    The numbers of entities hold within one table.
    """
    found = []
    start = 0
    for table in tables:
        rows = slice(start, start + table.num_rows)
        found.append(_rows_of_networks(table, is_network[rows], start))
        start += table.num_rows
    return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)


def _rows_of_networks(table: pa.Table, is_network: Mask, start: int) -> Ints:
    none = np.full(table.num_rows, -1, dtype=np.int64)
    if not is_network.any() or not {"entity", "network"} <= set(table.schema.names):
        return none
    places = np.flatnonzero(is_network)
    numbers = _real(table, "entity", np.nan)[places]
    order = np.argsort(numbers)
    wanted = _real(table, "network", np.nan)
    share = np.nan_to_num(_real(table, "network_share", 1.0))
    at = np.minimum(np.searchsorted(numbers[order], wanted), len(order) - 1)
    speaks = (numbers[order][at] == wanted) & (share >= NETWORK_SHARE_MIN) & ~is_network
    return np.where(speaks, places[order][at] + start, none)
