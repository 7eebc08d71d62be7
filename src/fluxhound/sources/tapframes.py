"""Data frames of one dnstap connection, turned into portions; every frame is accounted for.

What makes history and what only tells who asked is in ``sides``. Frames of answers that a local
policy is marked to have made tell who asked, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fluxhound.sources import addresses, dnstap, wire
from fluxhound.sources.asked import Asked
from fluxhound.sources.dnstap import Response
from fluxhound.sources.live import Portion
from fluxhound.sources.repeats import Repeats
from fluxhound.sources.responses import LATEST, Responses
from fluxhound.sources.sides import Held, Server, Sides
from fluxhound.sources.tally import Tally

#: Counted for what a resolver gave to a client and had got itself: who asked is all it tells.
GIVEN = "given to a client: taken for who asked"

#: Rows after which a portion is taken, and seconds after which it is in any case: a finding waits
#: no longer. Chosen, not measured.
PORTION_ROWS = 20_000
PORTION_S = 0.25


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
        self._asked = Asked()
        self._held = Held()
        self._given = 0
        self._since = now

    def shed(self, *, pressed: bool) -> None:
        """From now on, leave out answers that were passed on a moment ago if *pressed*."""
        self._responses.shedding = pressed

    def add(self, frames: Iterable[bytes], now: float) -> None:
        """Take data frames that came at *now*, in monotonic seconds."""
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

    def lose(self, reason: str) -> None:
        """Count a frame that was not to be had."""
        self._responses.tally.records += 1
        self._responses.tally.reject(reason)

    def due(self, now: float) -> bool:
        """Tell whether it is time to take a portion."""
        rows = len(self._responses) + len(self._asked)
        return now - self._since >= PORTION_S or rows >= PORTION_ROWS or self._responses.full

    def take(self, now: float, *, last: bool = False) -> Iterator[Portion]:
        """Yield what came since the last portion, if anything; the *last* holds nothing back."""
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
        batches = (self._responses.take(),) if len(self._responses) else ()
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
