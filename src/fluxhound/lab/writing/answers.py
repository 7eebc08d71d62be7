"""The column ``answers`` taken apart: the names of a chain, then what the last of them owns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fluxhound.lab.writing.columns import Ints, Mask, contains, within
from fluxhound.sources.octets import last_octets, truth


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """All values of a batch, row after row."""

    values: pa.StringArray
    counts: Ints  # values in each row
    chain: Ints  # names before the addresses in each row; 0 for name servers
    row: Ints  # of each value
    place: Ints  # of each value in its row
    alias: Mask  # values that are the target of a CNAME

    @property
    def owner(self) -> Ints:
        """Return which value is the owner of each value; -1 where the row's own name is."""
        before = np.minimum(self.place, self.chain[self.row]) - 1
        start = np.cumsum(self.counts) - self.counts
        return np.where(before >= 0, start[self.row] + before, -1)

    def owner_names(self, names: pa.StringArray) -> pa.StringArray:
        """Return the owner of each value as text; *names* are those of the rows."""
        owner = self.owner
        if (owner < 0).all():
            return names.take(pa.array(self.row))
        both = pa.concat_arrays([self.values, names])
        return both.take(pa.array(np.where(owner >= 0, owner, len(self.values) + self.row)))


def take_apart(rows: pa.RecordBatch) -> Answers:
    """Return the answers of complete *rows*, value by value."""
    lists = pc.split_pattern(rows.column("answers"), ",")
    values = lists.flatten()
    counts = lists.value_lengths().to_numpy().astype(np.int64)
    row = np.repeat(np.arange(rows.num_rows), counts)
    alias = ~_addresses(values) & ~truth(pc.equal(rows.column("type"), "NS"))[row]
    chain = np.bincount(row[alias], minlength=rows.num_rows)
    return Answers(
        values=values, counts=counts, chain=chain, row=row, place=within(counts), alias=alias
    )


def _addresses(values: pa.StringArray) -> Mask:
    """Tell which values are addresses: no top-level domain ends in a digit (RFC 3696 section 2)."""
    last = last_octets(values)
    found = (last >= ord("0")) & (last <= ord("9"))
    return found if found.all() else found | contains(values, ":")
