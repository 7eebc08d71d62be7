"""Messages that were read before: the next of the same content is not read again.

Busy servers send the same answer often, and a cache sends it with TTLs that count down. So a
message is known again by all of its octets but the identification, the TTLs and what is not read of
it at all (EDNS cookies, signatures); the TTLs alone are taken from each message anew.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise

from fluxhound.sources import rrsets, wire

DAMAGED_AFTER_ANSWERS = "damaged after the answers"

#: Size in octets of the messages that are remembered: what servers keep to (DNS flag day 2020).
KEPT_OCTETS = 1232
#: Characters of text in the rows of one message that is remembered: compression makes a hostile
#: message seventy times as long. Chosen, not measured.
KEPT_CHARACTERS = 4096
#: Messages in one generation, and their octets and characters together. Chosen, not measured:
#: some 30 MiB for each of the two generations.
KEPT, KEPT_TOGETHER = 32_768, 16 << 20

_NO_TTL = bytes(4)
_Unpack = Callable[[bytes], tuple[int, ...]]


class Outcome:
    """What reading one message gave."""

    __slots__ = (
        "bad",
        "characters",
        "key",
        "length",
        "mask",
        "names",
        "passed_over",
        "places",
        "rows",
    )

    def __init__(
        self, rows: tuple[rrsets.Row, ...], passed_over: str | None, bad: str | None
    ) -> None:
        self.rows = rows  # with the TTLs of the message that was read
        self.names: tuple[str, ...] = ()  # of the rows, each once
        self.passed_over = passed_over  # why there are no rows
        self.bad = bad  # a message can be bad and have rows
        self.characters = 0
        self.places: tuple[_Unpack, ...] = ()  # readers of each row's TTLs
        self.mask = 0  # ones for the octets by which the message is known again
        self.key = 0  # these octets
        self.length = 0

    def ttl(self, message: bytes, row: int) -> int:
        """Return the largest TTL in seconds that *message* has for that row."""
        if not self.places:
            return self.rows[row][3]
        found = self.places[row](message)
        largest = found[0] if len(found) == 1 else max(found)
        if largest <= wire.TTL_LIMIT:
            return largest
        return max([0 if ttl > wire.TTL_LIMIT else ttl for ttl in found])


class Repeats:
    """Remembers outcomes; may be shared by threads, which at worst read a message twice."""

    def __init__(self) -> None:
        #: The last outcome of messages that begin so.
        self._last: dict[bytes, Outcome] = {}
        #: What to compare of a message with this length and beginning.
        self._masks: dict[tuple[int, bytes], int] = {}
        self._old_masks = self._masks
        self._young: dict[int, Outcome] = {}
        self._old: dict[int, Outcome] = {}
        self._together = 0

    def __len__(self) -> int:
        """Return the number of outcomes that are remembered."""
        return len(self._young) + len(self._old)

    def outcome(self, message: bytes) -> Outcome:
        """Return what *message*, a response, holds."""
        length = len(message)
        if length > KEPT_OCTETS:
            return read(message)
        head = message[2 : message.find(b"\0", wire.HEADER_OCTETS) + 5]
        number = int.from_bytes(message, "big")
        last = self._last.get(head)
        if last is not None and last.key == number & last.mask and last.length == length:
            return last
        outcome = self._found(head, number, length)
        if outcome is None:
            outcome = read(message)
            if outcome.characters > KEPT_CHARACTERS:
                return outcome
            self._keep(head, outcome)
        self._last[head] = outcome
        return outcome

    def _found(self, head: bytes, number: int, length: int) -> Outcome | None:
        mask = self._masks.get((length, head))
        if mask is None:
            mask = self._old_masks.get((length, head))
            if mask is None:
                return None
        key = number & mask
        found = self._young.get(key)
        if found is None:
            found = self._old.get(key)
            if found is not None:
                self._keep(head, found)
        return found if found and found.mask == mask and found.length == length else None

    def _keep(self, head: bytes, outcome: Outcome) -> None:
        size = 2 * outcome.length + len(head) + outcome.characters
        self._together += size
        if len(self._young) >= KEPT or self._together > KEPT_TOGETHER:
            self._young, self._old = {}, self._young
            self._masks, self._old_masks = {}, self._masks
            self._last = {}
            self._together = size
        self._young[outcome.key] = outcome
        self._masks[outcome.length, head] = outcome.mask


def read(message: bytes) -> Outcome:
    """Read a message."""
    parsed = wire.parse(message)
    if isinstance(parsed, str):
        outcome, idle = Outcome((), None, parsed), []
    else:
        outcome, idle = _outcome(parsed), parsed.idle
    outcome.length = length = len(message)
    if length <= KEPT_OCTETS:
        outcome.mask = mask = _mask(length, tuple(idle))
        outcome.key = int.from_bytes(message, "big") & mask
    return outcome


def _outcome(parsed: wire.Message) -> Outcome:
    found = rrsets.rrsets(parsed)
    bad = DAMAGED_AFTER_ANSWERS if parsed.damage else None
    if isinstance(found, str):
        return Outcome((), found, bad)
    outcome = Outcome(
        tuple([(name, kind, answers, max(ttls)) for name, kind, answers, ttls, _ in found]),
        None,
        bad,
    )
    for name, _, answers, _ in outcome.rows:
        outcome.characters += len(name) + len(answers)
    outcome.names = (
        (found[0][0],) if len(found) == 1 else tuple(dict.fromkeys([row[0] for row in found]))
    )
    if parsed.idle:
        outcome.places = tuple([_numbers(tuple(rrset[4])) for rrset in found])
    return outcome


@lru_cache(8192)
def _mask(length: int, idle: tuple[tuple[int, int], ...]) -> int:
    """Return ones for the octets by which a message is known again; shared by those alike."""
    ones = bytearray(b"\xff") * length
    ones[:2] = bytes(min(2, length))
    for start, end in idle:
        ones[start:end] = _NO_TTL if end - start == len(_NO_TTL) else bytes(end - start)
    return int.from_bytes(ones, "big")


@lru_cache(4096)
def _numbers(places: tuple[int, ...]) -> _Unpack:
    """Return a reader of the numbers of 32 bits at the *places*."""
    first, *others = sorted(set(places))
    gaps = [f"{after - before - 4}xI" for before, after in pairwise([first, *others])]
    return struct.Struct(f"!{first}xI" + "".join(gaps)).unpack_from
