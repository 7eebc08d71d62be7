"""Many DNS messages read together: what ``responses`` makes of each, at a fraction of its cost.

Messages of the common shape are read here; the others are told, and are read one by one. Both ways
come to the same rows and counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fluxhound.sources import answersets
from fluxhound.sources.addresstexts import distinct_ipv4, distinct_ipv6
from fluxhound.sources.answersets import AnswerSets, Places
from fluxhound.sources.labels import Ints, Labels, Mask
from fluxhound.sources.octets import Octets, column, texts
from fluxhound.sources.sections import Reader

_TYPES = texts([kind.encode() for kind in answersets.TYPES])


@dataclass(slots=True)
class Rows:
    """Rows of observations, in the order of their messages."""

    message: Ints  # number of the message that each row is of
    name: pa.StringArray
    type: pa.StringArray
    answers: pa.StringArray
    ttl: Ints


@dataclass(slots=True)
class Told:
    """What many messages told."""

    odd: Mask  # messages that must be read one by one
    reason: NDArray[np.int8]  # why the others have no rows, as in ``answersets.REASONS``
    flags: NDArray[np.uint16]  # of their headers
    rows: Rows


class ManyMessages:
    """Reads batches of messages; not to be shared by threads."""

    def __init__(self) -> None:
        self._places = Places()

    def read(self, octets: Octets, start: Ints, end: Ints) -> Told:
        """Return what the responses in *octets* tell, from *start* to *end* each.

        They follow in this order and do not overlap; each has a whole header. ``labels.PAD`` octets
        that are of no message follow the last.
        """
        labels = Labels(octets)
        read = Reader(labels, start, end).read()
        found, reason = answersets.find(labels, read, start, end, self._places)
        return Told(read.odd, reason, read.flags, _rows(octets, found))


def _rows(octets: Octets, found: AnswerSets) -> Rows:
    types = _TYPES.take(column(found.type))
    name = found.texts.take(column(found.name))
    return Rows(found.message, name, types, _answers(octets, found), found.ttl)


def _answers(octets: Octets, found: AnswerSets) -> pa.StringArray:
    """Return the answers of each RRset as text: aliases, then addresses or name servers."""
    count = found.aliases + found.size
    offsets = np.zeros(len(count) + 1, np.int32)
    np.cumsum(count, out=offsets[1:])
    value = np.empty(offsets[-1], np.int64)
    pool = [found.texts]
    number = found.target.copy()
    four, six = found.kind == answersets.A, found.kind == answersets.AAAA
    for mask, (text, code) in (
        (four, distinct_ipv4(found.address[four])),
        (six, distinct_ipv6(octets, found.rdata[six])),
    ):
        number[mask] = code + sum(map(len, pool))
        pool.append(text)
    chained = np.flatnonzero(found.aliases)
    if len(chained):
        length = found.aliases[chained]
        step = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
        value[np.repeat(offsets[chained], length) + step] = found.alias[
            np.repeat(found.first_alias[chained], length) + step
        ]
        behind = np.arange(len(number)) + np.repeat(np.cumsum(found.aliases), found.size)
        value[behind] = number
    else:
        value = number
    lists = pa.ListArray.from_arrays(column(offsets), pa.concat_arrays(pool).take(column(value)))
    return pc.binary_join(lists, ",")
