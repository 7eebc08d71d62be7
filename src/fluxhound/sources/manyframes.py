"""Many dnstap frames read together: what ``dnstap`` makes of each, at a fraction of its cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from fluxhound.sources import addresstexts, rrsets, tapfields, tapresponse
from fluxhound.sources.labels import Ints, Mask
from fluxhound.sources.manymessages import Rows, Told
from fluxhound.sources.manyresponses import ManyResponses, above, batch
from fluxhound.sources.nametexts import pieces
from fluxhound.sources.octets import Octets, column, numbers, texts
from fluxhound.sources.tally import Tally

_QUERIES = np.array(sorted(tapresponse.QUERIES))
_ABOVE = np.array(sorted(tapresponse.ABOVE))


@dataclass(slots=True)
class Opened:
    """Frames with a response; all arrays have one value for each of these."""

    frame: Ints  # number of the frame
    kind: Ints
    time: tapfields.Seconds
    start: Ints  # of the DNS message
    end: Ints
    identities: list[bytes]  # what servers call themselves
    identity: Ints  # number of the identity
    texts: pa.StringArray  # of addresses; the last is null
    asker: Ints  # number of the text
    responder: Ints

    @property
    def above(self) -> Mask:
        """Tell where the server is a resolver that asked: no client is known."""
        found: Mask = np.isin(self.kind, _ABOVE)
        return found

    @property
    def client(self) -> Ints:
        """Return the number of the text of who asked."""
        return np.where(self.above, len(self.texts) - 1, self.asker)


class ManyFrames:
    """Reads batches of frames; not to be shared by threads."""

    def __init__(self, sensor: str | None) -> None:
        """Take what the user calls the vantage point, if they do."""
        self._sensor = sensor
        self._responses = ManyResponses()

    def open(self, octets: Octets, start: Ints, end: Ints, tally: Tally) -> tuple[Opened, Mask]:
        """Return the frames from *start* to *end* that have a response, and which ones are odd.

        Queries are counted. ``labels.PAD`` octets follow the last frame.
        """
        found = tapfields.fields(octets, start, end)
        empty = found.content.end <= found.content.value
        query = ~found.odd & np.isin(found.kind, _QUERIES)
        odd = found.odd | (empty & ~query)
        queries = int(query.sum())
        tally.records += queries
        tally.pass_over(rrsets.QUERY, queries)
        frame = np.flatnonzero(~odd & ~query)
        names = pieces(octets, found.identity.value[frame], found.identity.end[frame])
        encoded = names.dictionary_encode()
        ends = [found.asker, found.responder]
        texts, code = addresstexts.distinct(
            octets,
            np.concatenate([each.value[frame] for each in ends]),
            np.concatenate([each.end[frame] for each in ends]),
        )
        opened = Opened(
            frame=frame,
            kind=found.kind[frame],
            time=found.time[frame],
            start=found.content.value[frame],
            end=found.content.end[frame],
            identities=encoded.dictionary.to_pylist(),
            identity=numbers(encoded),
            texts=texts,
            asker=code[: len(frame)],
            responder=code[len(frame) :],
        )
        return opened, odd

    def read(self, octets: Octets, opened: Opened, tally: Tally) -> Told:
        """Return what the responses tell; all but the odd ones are counted."""
        return self._responses.read(octets, opened.start, opened.end, opened.time, tally)

    def batch(self, opened: Opened, told: Told, kept: Ints) -> pa.RecordBatch:
        """Return the rows with the numbers *kept* of what was *told*."""
        rows = told.rows
        if len(kept) < len(rows.message):
            some = column(kept)
            texts = (rows.name.take(some), rows.type.take(some), rows.answers.take(some))
            rows = Rows(rows.message[kept], *texts, rows.ttl[kept])
        message = rows.message
        return batch(
            rows,
            time=opened.time[message],
            client=opened.texts.take(column(opened.client[message])),
            sensor=self._sensors(opened, told, message),
        )

    def _sensors(self, opened: Opened, told: Told, message: Ints) -> pa.StringArray:
        """Return the vantage point of each *message*, as ``tapresponse.place`` judges it."""
        if self._sensor is not None:
            return pa.repeat(pa.scalar(self._sensor, pa.string()), len(message))
        asking = opened.above[message]
        seen_above = above(told.flags[message])
        given = opened.kind[message] == tapresponse.CLIENT_RESPONSE
        place = np.where(
            asking | (~given & seen_above), opened.asker[message], opened.responder[message]
        )
        called = [tapresponse.name_of(each) or "" for each in opened.identities]
        names = texts([each.encode() for each in called])
        named = np.array([bool(each) for each in called], bool)
        identity = opened.identity[message]
        by_name = named[identity] & (asking | given)
        every = pa.concat_arrays([opened.texts, names])
        return every.take(column(np.where(by_name, len(opened.texts) + identity, place)))
