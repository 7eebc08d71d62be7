"""Candidates of one input on their way into columns: gathered, screened, counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from fluxhound.errors import UnreadableInputError
from fluxhound.intel.indicator import (
    COMMENT_LENGTH,
    INDICATOR,
    LABEL_LENGTH,
    Kind,
    Role,
    Tlp,
    constant,
    joined,
    tidied,
)
from fluxhound.intel.screening import NOT_OURS, REASONS, Rules, screened
from fluxhound.intel.spelling import TEXT_LENGTH
from fluxhound.sources.tally import SAMPLES_PER_REASON, Tally

#: Candidates that wait as Python objects before they become columns, and their characters. Chosen.
BATCH, BATCH_LENGTH = 65_536, 16 << 20
#: Indicators that one source may hold. Chosen: the largest public lists have a few millions.
MOST_INDICATORS = 5_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where indicators come from, and what may be done with them."""

    source: str = ""
    licence: str = ""
    tlp: Tlp = Tlp.UNMARKED  # for those that carry no marking of their own


@dataclass(slots=True, kw_only=True)
class Told:
    """What a feed may tell about an indicator beside its value."""

    allow: bool = False
    role: Role = Role.ANYWHERE
    first: float | None = None
    last: float | None = None
    until: float | None = None
    confidence: int | None = None
    label: str = ""
    comment: str = ""
    tlp: Tlp = Tlp.UNMARKED


NOTHING_TOLD = Told()


@dataclass(slots=True)
class Gathering:
    """What was found in one input so far."""

    tally: Tally
    origin: Origin = field(default_factory=Origin)
    rules: Rules = field(default_factory=Rules)
    most: int = MOST_INDICATORS
    _texts: list[str] = field(default_factory=list)
    _kinds: list[int] = field(default_factory=list)
    _waiting: list[Told] = field(default_factory=list)
    _tables: list[pa.Table] = field(default_factory=list)
    _length: int = 0
    _taken: int = 0

    def add(self, text: str, kind: Kind | None = None, told: Told = NOTHING_TOLD) -> None:
        """Take one candidate; *kind* is what the format says it is, None if it says nothing."""
        cut = text[: TEXT_LENGTH + 1]  # what is longer is refused as it is
        self._texts.append(cut)
        self._length += len(cut)
        self._kinds.append(kind or 0)
        self._waiting.append(told)
        if len(self._texts) >= BATCH or self._length >= BATCH_LENGTH:
            self._flush()

    def add_columns(
        self,
        texts: pa.Array,
        kinds: Sequence[int] | np.ndarray[tuple[int], np.dtype[np.int8]],
        told: dict[str, pa.Array],
    ) -> None:
        """Take a batch of candidates; *told* holds columns of the schema INDICATOR."""
        self._flush()
        self._screen(texts, np.asarray(kinds, dtype=np.int8), told)

    def table(self) -> pa.Table:
        """Return the indicators, each value and kind once, and count them in the tally."""
        self._flush()
        tidy = tidied(joined(self._tables))
        self.tally.pass_over("repeated", self._taken - tidy.num_rows)
        self.tally.observations = tidy.num_rows
        return tidy

    def _flush(self) -> None:
        if not self._texts:
            return
        texts, kinds, told = self._texts, self._kinds, self._waiting
        self._texts, self._kinds, self._waiting, self._length = [], [], [], 0
        nothing = all(each is NOTHING_TOLD for each in told)
        self._screen(
            pa.array([_encodable(text) for text in texts], pa.string()),
            np.array(kinds, dtype=np.int8),
            {} if nothing else self._told_columns(told),
        )

    def _told_columns(self, told: list[Told]) -> dict[str, pa.Array]:
        return {
            "allow": pa.array([t.allow for t in told], pa.bool_()),
            "role": pa.array([int(t.role) for t in told], pa.int8()),
            "first_seen": pa.array([t.first for t in told], pa.float64()),
            "last_seen": pa.array([t.last for t in told], pa.float64()),
            "valid_until": pa.array([t.until for t in told], pa.float64()),
            "confidence": pa.array([t.confidence for t in told], pa.uint8()),
            "label": pa.array([_cut(t.label, LABEL_LENGTH) for t in told], pa.string()),
            "comment": pa.array([_cut(t.comment, COMMENT_LENGTH) for t in told], pa.string()),
            "tlp": pa.array([int(t.tlp or self.origin.tlp) for t in told], pa.int8()),
        }

    def _screen(
        self,
        texts: pa.Array,
        kinds: np.ndarray[tuple[int], np.dtype[np.int8]],
        told: dict[str, pa.Array],
    ) -> None:
        found = screened(texts, kinds, self.rules)
        self._count(texts, found.reason)
        kept = pa.array(found.reason == 0)
        columns = told | {
            "kind": pa.array(found.kind, pa.int8()),
            "value": found.value,
            "source": constant(self.origin.source, len(texts)),
            "licence": constant(self.origin.licence, len(texts)),
        }
        filled = [_column(columns, each, len(texts), self.origin.tlp) for each in INDICATOR]
        table = pa.table(filled, schema=INDICATOR).filter(kept)
        self._taken += table.num_rows
        if self._taken > self.most:
            raise UnreadableInputError(
                f"{self.origin.source or 'The feed'}: more than {self.most:,} indicators; nothing "
                "was taken. Split it, or raise its limit if you trust it."
            )
        self._tables.append(table)

    def _count(self, texts: pa.Array, reasons: np.ndarray[tuple[int], np.dtype[np.int8]]) -> None:
        for number, count in enumerate(np.bincount(reasons, minlength=len(REASONS)).tolist()):
            if not number or not count:
                continue
            if REASONS[number] in NOT_OURS:
                self.tally.pass_over(REASONS[number], count)
                continue
            places = np.flatnonzero(reasons == number)[:SAMPLES_PER_REASON].tolist()
            for place in places:
                self.tally.reject(REASONS[number], texts[place].as_py())
            self.tally.reject(REASONS[number], count=count - len(places))


def _column(columns: dict[str, pa.Array], told: pa.Field, length: int, tlp: Tlp) -> pa.Array:
    """Return the column of a field, with what stands for "not told" where there is none."""
    if told.name in columns:
        return columns[told.name]
    defaults = {"allow": False, "role": 0, "label": "", "comment": "", "tlp": int(tlp)}
    return pa.repeat(pa.scalar(defaults.get(told.name), told.type), length)


def _cut(text: str, length: int) -> str:
    if len(text) <= length and text.isascii() and text.isprintable():
        return text
    plain = "".join(c if c.isprintable() else " " for c in text[: length + 1])
    return _encodable(plain if len(plain) <= length else plain[: length - 1] + "…")


def _encodable(text: str) -> str:
    """Return *text* without lone surrogates, which JSON can smuggle in."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
