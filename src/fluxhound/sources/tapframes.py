"""Data frames of one dnstap connection, turned into portions; every frame is accounted for.

What makes history and what only tells who asked is in ``sides``. Frames of answers that a local
policy is marked to have made tell who asked, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fluxhound.sources import addresses, dnstap, wire
from fluxhound.sources.asked import Asked
from fluxhound.sources.dnstap import Response
from fluxhound.sources.labels import Ints, Mask, padded
from fluxhound.sources.live import Portion
from fluxhound.sources.manyframes import ManyFrames, Opened
from fluxhound.sources.manymessages import Told
from fluxhound.sources.manyresponses import MESSAGES, in_order
from fluxhound.sources.octets import column, numbers, truth
from fluxhound.sources.repeats import Repeats
from fluxhound.sources.responses import LATEST, Responses
from fluxhound.sources.sides import Held, Server, Sides
from fluxhound.sources.tally import Tally, merge

#: Counted for what a resolver gave to a client and had got itself: who asked is all it tells.
GIVEN = "given to a client: taken for who asked"

#: Rows after which a portion is taken, and seconds after which it is in any case: a finding waits
#: no longer. Chosen, not measured.
PORTION_ROWS = 20_000
PORTION_S = 0.25
#: Frames fewer than these are taken one by one: that costs less.
FEW = 64
#: Frames that are taken together, if so many come before a portion is due, and their octets: from
#: here on a step's cost is hardly felt. Measured.
TOGETHER, TOGETHER_OCTETS = 8192, 4 << 20


class TapFrames:
    """Takes the frames of one connection."""

    def __init__(
        self, *, number: int, sensor: str | None, sides: Sides, repeats: Repeats, now: float
    ) -> None:
        """Take frames of the connection with this *number* from the monotonic second *now* on."""
        self._number = number  # stands for servers that do not say who they are
        self._sensor = sensor
        self._sides = sides
        self._responses = Responses(Tally(), repeats)
        self._waiting: list[bytes] = []
        self._octets = 0  # of the frames that wait
        self._came = now  # when the first of them came
        self._many = ManyFrames(sensor)
        self._batches: list[pa.RecordBatch] = []  # before the rows of the responses
        self._asked = Asked()
        self._held = Held()
        self._given = 0
        self._since = now

    def shed(self, *, pressed: bool) -> None:
        """From now on, leave out answers that were passed on a moment ago if *pressed*."""
        self._responses.shedding = pressed

    def add(self, frames: Iterable[bytes], now: float) -> None:
        """Take data frames that came at *now*, in monotonic seconds."""
        some = list(frames)
        if not self._waiting:
            if len(some) < FEW:
                self._add_alone(some, now)
                return
            self._came = now
        self._waiting += some
        self._octets += sum(map(len, some))
        if len(self._waiting) >= TOGETHER or self._octets >= TOGETHER_OCTETS:
            self._add_waiting()

    def _add_waiting(self) -> None:
        """Take the frames that wait to be many."""
        waiting, self._waiting = self._waiting, []
        self._octets = 0
        for first in range(0, len(waiting), MESSAGES):
            some = waiting[first : first + MESSAGES]
            few = len(some) < FEW or self._responses.shedding
            if few or not self._add_together(some, self._came):
                self._add_alone(some, self._came)

    def _add_alone(self, frames: Iterable[bytes], now: float) -> None:
        """Take frames one by one."""
        tally, both, number = self._responses.tally, self._sides.both, self._number
        response, given, text = dnstap.response, dnstap.CLIENT_RESPONSE, addresses.text
        for octets in frames:
            found = response(octets, tally)
            if found is None:
                continue
            kind, identity, content, time, asker, _, rewritten = found
            if rewritten:
                self._pass_over(found)
            elif kind == given:
                sides = both(identity or number)
                if sides:
                    self._ask(content, time, text(asker))
                elif sides is None:
                    self._held.hold(identity or number, found, now)
                else:
                    self._tell(found)
            else:
                if kind in dnstap.ABOVE and not both(identity or number):
                    self._note_got(identity or number)
                self._tell(found)

    def _add_together(self, frames: Sequence[bytes], now: float) -> bool:
        """Take frames together; tell whether their servers are known well enough for that."""
        size = np.fromiter(map(len, frames), np.int64, len(frames))
        end = np.cumsum(size)
        octets = padded(b"".join(frames))
        queries = Tally()
        opened, odd = self._many.open(octets, end - size, end, queries)
        both = self._known(opened, strangers=bool(odd.any()))
        if both is None:
            return False
        tally = self._responses.tally
        merge(tally, queries)
        self._flush()
        told = self._many.read(octets, opened, tally)
        odd[opened.frame[told.odd]] = True
        message = told.rows.message
        asked = ((opened.kind == dnstap.CLIENT_RESPONSE) & both[opened.identity])[message]
        if asked.any():
            self._ask_together(opened, told, np.flatnonzero(asked))
        kept = np.flatnonzero(~asked)
        if len(kept):
            self._batches.append(self._many.batch(opened, told, kept))
            tally.observations += len(kept)
        self._add_odd(frames, odd, opened.frame[message[kept]], now)
        return True

    def _known(self, opened: Opened, *, strangers: bool) -> Mask | None:
        """Tell of each server whether it logs both sides; ``None`` where that may change now.

        It may where a server is not known, and where one that logged its clients alone shows what
        it got, perhaps in a frame that could not be opened: a stranger.
        """
        both = [self._sides.both(each or self._number) for each in opened.identities]
        seen_both = np.array([each is True for each in both], bool)
        unknown = np.array([each is None for each in both], bool)
        given = opened.kind == dnstap.CLIENT_RESPONSE
        if unknown[opened.identity[given]].any() or (strangers and not seen_both.all()):
            return None
        return seen_both if seen_both[opened.identity[opened.above]].all() else None

    def _ask_together(self, opened: Opened, told: Told, rows: Ints) -> None:
        """Take who asked from the *rows* with these numbers, and nothing else."""
        message, name = told.rows.message[rows], told.rows.name.take(column(rows))
        again = np.zeros(len(rows), bool)
        again[1:] = message[1:] == message[:-1]
        self._given += len(rows) - int(again.sum())
        if again.any():  # each name of a message counts once
            code = numbers(name.dictionary_encode())
            first = np.unique(message * len(rows) + code, return_index=True)[1]
            message, name = message[first], name.take(column(first))
        client = opened.texts.take(column(opened.client[message]))
        known = pc.is_valid(client)
        times = opened.time[message][truth(known)]
        self._asked.add_many(name.filter(known), client.filter(known), times)

    def _add_odd(self, frames: Sequence[bytes], odd: Mask, places: Ints, now: float) -> None:
        """Take odd frames one by one, and put their rows between those of the last batch."""
        rows: list[int] = []
        for number in np.flatnonzero(odd).tolist():
            self._add_alone([frames[number]], now)
            rows += [number] * (len(self._responses) - len(rows))
        if rows and len(places):
            last, alone = self._batches.pop(), self._responses.take()
            self._batches.append(in_order(last, places, alone, np.array(rows)))

    def _flush(self) -> None:
        """Put the rows of frames that were taken one by one behind the batches."""
        if len(self._responses):
            self._batches.append(self._responses.take())

    def lose(self, reason: str) -> None:
        """Count a frame that was not to be had."""
        self._responses.tally.records += 1
        self._responses.tally.reject(reason)

    def due(self, now: float) -> bool:
        """Tell whether it is time to take a portion."""
        rows = len(self._responses) + len(self._asked)
        rows += sum(batch.num_rows for batch in self._batches)
        return now - self._since >= PORTION_S or rows >= PORTION_ROWS or self._responses.full

    def take(self, now: float, *, last: bool = False) -> Iterator[Portion]:
        """Yield what came since the last portion, if anything; the *last* holds nothing back."""
        self._add_waiting()
        for server in self._held.servers(float("inf") if last else now):
            if self._sides.both(server) is None:
                self._sides.decide(server, both=False)
            for response in self._held.release(server):
                self._let_go(response)
                if self._responses.full:
                    yield self._portion()
        self._since = now
        if self._responses.tally.records:
            yield self._portion()

    def _portion(self) -> Portion:
        tally, self._responses.tally = self._responses.tally, Tally()
        tally.pass_over(GIVEN, self._given)
        self._given = 0
        self._flush()
        batches, self._batches = tuple(self._batches), []
        asked = (self._asked.take(),) if len(self._asked) else ()
        return Portion(batches=batches, asked=asked, tally=tally)

    def _let_go(self, found: Response) -> None:
        """Take what was held; its server's sides are known now."""
        if self._sides.both(found[1] or self._number):
            self._ask(found[2], found[3], addresses.text(found[4]))
        else:
            self._tell(found)

    def _note_got(self, server: Server) -> None:
        """Note that *server* logs what it gets."""
        self._sides.decide(server, both=True)
        for response in self._held.release(server):
            self._let_go(response)

    def _tell(self, found: Response) -> None:
        """Make history of a response."""
        kind, _, content, time, asker, _, _ = found
        self._responses.add(
            content,
            time=time,
            client=None if kind in dnstap.ABOVE else addresses.text(asker),
            sensor=self._sensor or dnstap.place(found),
        )

    def _ask(self, content: bytes, time: float, client: str | None) -> None:
        """Take who asked from a DNS message, and nothing else."""
        outcome = self._responses.outcome(content, time)
        if outcome is not None:
            if not outcome.bad:
                self._given += 1
            if client:
                self._asked.add(outcome.names, client, time)

    def _pass_over(self, found: Response) -> None:
        """Count an answer that a policy made, and who asked for the name."""
        self._responses.tally.records += 1
        self._responses.tally.pass_over(dnstap.REWRITTEN)
        kind, _, content, time, asker, _, _ = found
        client = addresses.text(asker)
        if client and kind == dnstap.CLIENT_RESPONSE and 0 < time <= LATEST:
            parsed = wire.parse(content)
            if isinstance(parsed, wire.Message) and parsed.name:
                self._asked.add([parsed.name], client, time)
