"""Many DNS messages and their circumstances: counted, and turned into observation rows together.

What is odd about a message leaves it to ``responses``; both count alike.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fluxhound.records import OBSERVATION
from fluxhound.sources import rrsets, wire
from fluxhound.sources.answersets import REASONS
from fluxhound.sources.labels import Ints, Mask
from fluxhound.sources.manymessages import ManyMessages, Rows, Told
from fluxhound.sources.octets import Octets, column
from fluxhound.sources.responses import LATEST
from fluxhound.sources.tally import Tally

#: Messages read together: their columns stay in the cache, and a step's cost is shared by many.
#: Measured: from 8,192 on it hardly matters.
MESSAGES = 16_384

#: Octets read together: compression makes hostile messages some fifteen times as long as text.
OCTETS = 4 << 20

_RESPONSE = 0x80  # of the third octet: the bit that only responses have

Seconds = NDArray[np.float64]


def portions(start: Ints, end: Ints) -> Iterator[range]:
    """Yield the numbers of those to be read together, of what lies from *start* to *end* each."""
    first = 0
    while first < len(start):
        fit = int(np.searchsorted(end, start[first] + OCTETS, side="right"))
        numbers = range(first, min(first + MESSAGES, max(first + 1, fit)))
        yield numbers
        first = numbers.stop


class ManyResponses:
    """Reads and counts batches of messages; not to be shared by threads."""

    def __init__(self) -> None:
        self._messages = ManyMessages()

    def read(self, octets: Octets, start: Ints, end: Ints, time: Seconds, tally: Tally) -> Told:
        """Return what the messages from *start* to *end*, seen at *time*, tell.

        All but the odd ones are counted, but for the rows. *octets* are as for ``ManyMessages``.
        """
        whole = end - start >= wire.HEADER_OCTETS
        response = whole & (octets[start + 2] >= _RESPONSE)
        queries = int((whole & ~response).sum())
        odd = ~whole
        response &= (time > 0) & (time <= LATEST)
        odd |= ~response & (octets[start + 2] >= _RESPONSE)
        some = np.flatnonzero(response)
        told = self._messages.read(octets, start[some], end[some])
        odd[some] = told.odd
        counts = np.bincount(told.reason[~told.odd], minlength=len(REASONS)).tolist()
        for reason, count in zip(REASONS[1:], counts[1:], strict=True):
            tally.pass_over(reason, count)
        tally.pass_over(rrsets.QUERY, queries)
        tally.records += queries + sum(counts)
        told.rows.message = some[told.rows.message]
        flags = np.zeros(len(start), np.uint16)
        flags[some] = told.flags
        return Told(odd, told.reason, flags, told.rows)


def above(flags: NDArray[np.uint16]) -> Mask:
    """Tell where the vantage point is the asker, as ``responses.vantage`` judges it."""
    authoritative = (flags & wire.AUTHORITATIVE) != 0
    desired = (flags & wire.RECURSION_DESIRED) != 0
    found: Mask = ((flags & wire.RECURSION_AVAILABLE) == 0) & (authoritative | ~desired)
    return found


def batch(rows: Rows, *, time: Seconds, client: pa.Array, sensor: pa.Array) -> pa.RecordBatch:
    """Return *rows* as a batch; *time*, *client* and *sensor* have one value for each row."""
    columns = {
        "time": column(time),
        "name": rows.name,
        "type": rows.type,
        "answers": rows.answers,
        "ttl": column(rows.ttl),
        "client": client,
        "sensor": sensor,
    }
    arrays = [
        columns[field.name] if field.name in columns else pa.nulls(len(time), field.type)
        for field in OBSERVATION
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=OBSERVATION)


def in_order(
    first: pa.RecordBatch, first_number: Ints, other: pa.RecordBatch, other_number: Ints
) -> pa.RecordBatch:
    """Return the rows of two batches in the order of the numbers of their messages."""
    number = np.concatenate([first_number, other_number])
    order = column(np.argsort(number, kind="stable"))
    return pa.concat_batches([first, other]).take(order)
