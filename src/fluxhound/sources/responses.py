"""DNS messages and their circumstances, turned into observation rows and counted."""

from __future__ import annotations

import pyarrow as pa

from fluxhound.records import OBSERVATION
from fluxhound.sources import rrsets, wire
from fluxhound.sources.batch import BATCH_ROWS
from fluxhound.sources.live import SHED
from fluxhound.sources.repeats import DAMAGED_AFTER_ANSWERS, Outcome, Repeats
from fluxhound.sources.tally import Tally

__all__ = ["CUT_BY_CAPTURE", "DAMAGED_AFTER_ANSWERS", "TIME_OUT_OF_RANGE", "Responses", "vantage"]

#: Seconds since the epoch at 2100-01-01 UTC: no record is from a later time.
LATEST = 4_102_444_800.0
TIME_OUT_OF_RANGE = "time out of range"
#: The capture kept less of the packet than was on the wire.
CUT_BY_CAPTURE = "packet cut by the capture"

#: Characters of text after which a batch is taken, whatever its rows. Chosen, not measured.
BATCH_CHARACTERS = 32 << 20

_RESPONSE = 0x80  # of the third octet: the bit that only responses have

#: Seconds for which an answer that was passed on is not passed on again while shedding, by the
#: clock of the messages, and the answers remembered for it. Chosen, not measured.
SHED_S = 10.0
SHED_KEPT = 65_536


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
    """Collects the rows of DNS messages, and accounts for every message in ``tally``."""

    def __init__(self, tally: Tally, repeats: Repeats | None = None) -> None:
        """Count in *tally*; *repeats* may be shared with others."""
        self.tally = tally
        #: Leave out what was passed on a moment ago, and count it as ``SHED``.
        self.shedding = False
        self._repeats = repeats or Repeats()
        self._told: dict[tuple[Outcome, str | None], float] = {}
        self._rows: list[rrsets.Row] = []
        self._times: list[float] = []
        self._ttls: list[int] = []
        self._clients: list[str | None] = []
        self._sensors: list[str | None] = []
        self._characters = 0

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
        outcome = self.outcome(message, time, cut=cut)
        if outcome is None:
            return
        if self.shedding:
            if not outcome.bad and self._was_told(outcome, sensor, time):
                self.tally.pass_over(SHED)
                return
        elif self._told:
            self._told.clear()
        rows = outcome.rows
        self.tally.observations += len(rows)
        self._characters += outcome.characters
        self._rows += rows
        for number in range(len(rows)):
            self._ttls.append(outcome.ttl(message, number))
            self._times.append(time)
            self._clients.append(client)
            self._sensors.append(sensor)

    def outcome(self, message: bytes, time: float, *, cut: bool = False) -> Outcome | None:
        """Count one *message* seen at *time*; return what it holds if it holds rows."""
        tally = self.tally
        tally.records += 1
        if len(message) >= wire.HEADER_OCTETS and message[2] < _RESPONSE:
            tally.pass_over(rrsets.QUERY)
            return None
        outcome = self._repeats.outcome(message)
        rows = outcome.rows
        if rows and not 0 < time <= LATEST:
            tally.reject(TIME_OUT_OF_RANGE, f"{time!r} {rows[0][0]}")
            return None
        if outcome.bad:
            tally.reject(CUT_BY_CAPTURE if cut else outcome.bad, message)
        elif outcome.passed_over:
            tally.passed_over[outcome.passed_over] += 1
        return outcome if rows else None

    def __len__(self) -> int:
        """Return the number of rows that wait to be taken."""
        return len(self._rows)

    @property
    def full(self) -> bool:
        """Tell whether it is time to take the batch."""
        return len(self._rows) >= BATCH_ROWS or self._characters >= BATCH_CHARACTERS

    def take(self) -> pa.RecordBatch:
        """Return the rows as a batch and start again with none."""
        count = len(self._rows)
        columns = {
            "time": self._times,
            "name": [row[0] for row in self._rows],
            "type": [row[1] for row in self._rows],
            "answers": [row[2] for row in self._rows],
            "ttl": self._ttls,
            "client": self._clients,
            "sensor": self._sensors,
        }
        arrays = [
            pa.array(columns[field.name], field.type)
            if field.name in columns
            else pa.nulls(count, field.type)
            for field in OBSERVATION
        ]
        for column in (self._rows, self._times, self._ttls, self._clients, self._sensors):
            column.clear()
        self._characters = 0
        return pa.RecordBatch.from_arrays(arrays, schema=OBSERVATION)

    def _was_told(self, outcome: Outcome, sensor: str | None, time: float) -> bool:
        """Tell whether the same was passed on a moment ago; if not, it is now."""
        key = outcome, sensor
        if abs(time - self._told.get(key, float("-inf"))) < SHED_S:
            return True
        if len(self._told) >= SHED_KEPT:
            self._told.clear()
        self._told[key] = time
        return False
