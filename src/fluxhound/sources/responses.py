"""DNS messages and their circumstances, turned into observation rows and counted."""

from __future__ import annotations

import pyarrow as pa

from fluxhound.sources import rrsets, wire
from fluxhound.sources.batch import Columns
from fluxhound.sources.tally import Tally

#: Seconds since the epoch at 2100-01-01 UTC: no record is from a later time.
LATEST = 4_102_444_800.0
TIME_OUT_OF_RANGE = "time out of range"
#: The capture kept less of the packet than was on the wire.
CUT_BY_CAPTURE = "packet cut by the capture"
DAMAGED_AFTER_ANSWERS = "damaged after the answers"

#: Messages whose rows are remembered, and their size in octets: busy servers and caches send the
#: same one often within a second. Chosen, not measured.
KEPT = 8192
KEPT_OCTETS = 1232
#: Characters of text in the rows of one message that is remembered: compression makes a hostile
#: message seventy times as long. Chosen, not measured.
KEPT_CHARACTERS = 4096
#: Characters of text after which a batch is taken, whatever its rows. Chosen, not measured.
BATCH_CHARACTERS = 32 << 20

#: Rows, or the reason why there are none; the reason why the message is bad; a row can have both.
_Outcome = tuple[list[rrsets.Row] | None, str | None, str | None]


def vantage(response: bytes, asker: str | None, responder: str | None) -> str | None:
    """Return the address of the resolver among the two ends of a *response*.

    It is the responder if that offers recursion, else the asker if the answer is authoritative, or
    if recursion was neither offered nor asked for: a referral on the way down.
    """
    flags = wire.flags(response)
    above = not flags & wire.RECURSION_AVAILABLE and (
        flags & wire.AUTHORITATIVE or not flags & wire.RECURSION_DESIRED
    )
    return asker if above else responder


class Responses:
    """Collects the rows of DNS messages, and accounts for every message."""

    def __init__(self, tally: Tally) -> None:
        self._columns = Columns()
        self._characters = 0
        self._tally = tally
        self._known: dict[bytes, _Outcome] = {}

    def add(
        self,
        message: bytes,
        *,
        time: float,
        client: str | None,
        sensor: str | None,
        cut: bool = False,
    ) -> None:
        """Take one *message*, query or response, seen at *time*; *cut* tells that it lost its end.

        The sensor and the client are as in ``records.OBSERVATION``.
        """
        tally = self._tally
        tally.records += 1
        if len(message) >= wire.HEADER_OCTETS and not wire.flags(message) & wire.RESPONSE:
            tally.pass_over(rrsets.QUERY)
            return
        found, passed_over, bad = self._outcome(message)
        if found and not 0 < time <= LATEST:
            tally.reject(TIME_OUT_OF_RANGE, f"{time!r} {found[0][0]}")
            return
        if bad:
            tally.reject(CUT_BY_CAPTURE if cut else bad, message)
        elif passed_over:
            tally.pass_over(passed_over)
        if not found:
            return
        tally.observations += len(found)
        for name, kind, answers, ttl in found:
            self._columns.add(
                time=time,
                name=name,
                type=kind,
                answers=answers,
                ttl=ttl,
                client=client,
                sensor=sensor,
            )
            self._characters += len(name) + len(answers)

    def __len__(self) -> int:
        """Return the number of rows that wait to be taken."""
        return len(self._columns)

    @property
    def full(self) -> bool:
        """Tell whether it is time to take the batch."""
        return self._columns.full or self._characters >= BATCH_CHARACTERS

    def take(self) -> pa.RecordBatch:
        """Return the rows as a batch and start again with none."""
        self._characters = 0
        return self._columns.take()

    def _outcome(self, message: bytes) -> _Outcome:
        if len(message) > KEPT_OCTETS:
            return _read(message)
        content = message[2:]  # all but the identification, which differs each time
        outcome = self._known.get(content)
        if outcome is None:
            outcome = _read(message)
            if len(self._known) >= KEPT:
                self._known.clear()
            if sum(len(row[0]) + len(row[2]) for row in outcome[0] or ()) <= KEPT_CHARACTERS:
                self._known[content] = outcome
        return outcome


def _read(message: bytes) -> _Outcome:
    parsed = wire.parse(message)
    if isinstance(parsed, str):
        return None, None, parsed
    found = rrsets.rows(parsed)
    bad = DAMAGED_AFTER_ANSWERS if parsed.damage else None
    if isinstance(found, str):
        return None, found, bad
    return found, None, bad
