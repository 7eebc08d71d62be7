"""Observations put together again: which rows were the sections of one response.

Rows that stand together and share time, client and sensor were seen in one response, in whatever
order they stand: the answer, the delegation that came with it (NS) and the addresses of its servers
(glue). Two answers at the same moment are two responses; the delegation then goes with the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fluxhound.lab.writing.columns import Ints, Mask, Octets
from fluxhound.records import KEPT_COLUMN, OBSERVATION
from fluxhound.sources.octets import truth

ANSWER, AUTHORITY, ADDITIONAL = range(3)

#: Rows written at once. Chosen: columns stay in cache, and the cost of a batch vanishes.
BATCH_ROWS = 65_536
#: Rows of one response that are kept together at the end of a batch. Chosen, not measured.
CARRY_ROWS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Responses:
    """Rows in the order of their messages: response after response, section after section."""

    rows: pa.RecordBatch  # all columns of OBSERVATION
    number: Ints  # of the response that a row belongs to, from 0
    section: Octets

    @property
    def count(self) -> int:
        """Return the number of responses."""
        return int(self.number[-1]) + 1 if len(self.number) else 0

    @property
    def answers(self) -> pa.RecordBatch:
        """Return the answer row of each response."""
        first = self.section == ANSWER
        return self.rows if first.all() else self.rows.take(pa.array(np.flatnonzero(first)))

    def without(self, responses: Mask) -> Responses:
        """Return the others than the marked *responses*."""
        kept = ~responses
        rows = kept[self.number]
        return Responses(
            rows=self.rows.filter(pa.array(rows)),
            number=(np.cumsum(kept) - 1)[self.number[rows]],
            section=self.section[rows],
        )


def complete(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return *batch* with every column of ``OBSERVATION``, and only rows that are observations."""
    if KEPT_COLUMN in batch.schema.names:
        batch = batch.filter(batch.column(KEPT_COLUMN))
    arrays = [
        batch.column(field.name).cast(field.type)
        if field.name in batch.schema.names
        else pa.nulls(batch.num_rows, field.type)
        for field in OBSERVATION
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=OBSERVATION)


def whole(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield complete batches of bounded size, none of which ends within a response."""
    waiting: pa.RecordBatch | None = None
    for given in batches:
        for at in range(0, given.num_rows, BATCH_ROWS):
            rows = complete(given.slice(at, BATCH_ROWS))
            if waiting is not None:
                rows = pa.concat_batches([waiting, rows])
            held = _last_response(rows)
            waiting = rows.slice(rows.num_rows - held)
            if rows.num_rows > held:
                yield rows.slice(0, rows.num_rows - held)
    if waiting is not None and waiting.num_rows:
        yield waiting


def _last_response(rows: pa.RecordBatch) -> int:
    tail = rows.slice(max(0, rows.num_rows - CARRY_ROWS))
    other = np.flatnonzero(~_as_before(tail))
    return tail.num_rows - int(other[-1]) if len(other) else 0


def responses(rows: pa.RecordBatch) -> Responses:
    """Put the complete *rows* together to responses."""
    same = _as_before(rows)
    if not same.any():
        number = np.arange(rows.num_rows)
        return Responses(rows=rows, number=number, section=np.zeros(rows.num_rows, np.uint8))
    run = np.cumsum(~same) - 1
    servers = truth(pc.equal(rows.column("type"), "NS"))
    section = np.where(servers, AUTHORITY, ANSWER).astype(np.uint8)
    section[_glue(rows, run, servers)] = ADDITIONAL
    _promote(section, run)
    heads = np.flatnonzero(section == ANSWER)
    number = np.searchsorted(run[heads], run)  # the first answer of the run
    number[heads] = np.arange(len(heads))
    order = np.lexsort((section, number))
    if (np.diff(order) < 0).any():
        rows, section, number = rows.take(pa.array(order)), section[order], number[order]
    return Responses(rows=rows, number=number, section=section)


def _promote(section: Octets, run: Ints) -> None:
    """Make the first delegation of a run without an answer its answer: NS was asked for."""
    answered = np.zeros(int(run[-1]) + 1, bool)
    answered[run[section == ANSWER]] = True
    at = np.flatnonzero((section == AUTHORITY) & ~answered[run])
    _, first = np.unique(run[at], return_index=True)
    section[at[first]] = ANSWER


def _as_before(rows: pa.RecordBatch) -> Mask:
    """Tell which rows share time, client and sensor with the row before them."""
    times = rows.column("time").to_numpy()
    same = np.zeros(rows.num_rows, bool)
    same[1:] = times[1:] == times[:-1]
    for name in ("client", "sensor"):
        at = np.flatnonzero(same)
        if not len(at):
            break
        column = pc.fill_null(rows.column(name), "")
        equal = pc.equal(column.take(pa.array(at)), column.take(pa.array(at - 1)))
        same[at] = truth(equal)
    return same


def _glue(rows: pa.RecordBatch, run: Ints, servers: Mask) -> Ints:
    """Return the rows that hold the addresses of a server named in the same run of rows."""
    naming = np.flatnonzero(servers)
    named_in = np.zeros(int(run[-1]) + 1, bool)
    named_in[run[naming]] = True
    glue = np.flatnonzero(named_in[run] & ~servers)
    if not len(glue):
        return glue
    listed = pc.split_pattern(rows.column("answers").take(pa.array(naming)), ",")
    counts = listed.value_lengths().to_numpy()
    both = pa.concat_arrays([listed.flatten(), rows.column("name").take(pa.array(glue))])
    code = pc.utf8_rtrim(pc.ascii_lower(both), ".").dictionary_encode().indices.to_numpy()
    pair = np.concatenate((np.repeat(run[naming], counts), run[glue])) * len(code) + code
    split = int(counts.sum())
    return glue[np.isin(pair[split:], pair[:split])]
