"""Payloads of messages to observations: many messages are read as the lines of one text.

A message holds one or several lines of a line format. One stream holds one format; it is
recognised by the content unless named. A message that would spoil the reading of the others
(compressed, binary, with columns that lead nowhere) is set apart and counted as bad.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from fluxhound.errors import ConfigurationError
from fluxhound.sources import parquet
from fluxhound.sources.chunk import NOT_READABLE, UNKNOWN_FORMAT, read_chunk
from fluxhound.sources.format import Format, ReadOptions
from fluxhound.sources.ndjson import BYTE_ORDER_MARK
from fluxhound.sources.outcome import NO_OBJECT
from fluxhound.sources.sniff import FORMATS, format_named
from fluxhound.sources.stream import FOREIGN_MAGIC, GZIP_MAGIC, HEAD_BYTES, ZSTD_MAGIC
from fluxhound.sources.tally import Tally, merge

#: What NATS and Kafka take for a message at most, if not told otherwise.
MESSAGE_BYTES = 1 << 20
EMPTY = "empty message"
TOO_LARGE = "message too large"
BINARY = "compressed or binary message"
LOST = "removed before it was read"
#: Formats whose lines stand alone, in the order in which they are tried.
TABLE = "table"  # JSON lines with columns of any name; "our" schema is one of these
LINE_FORMATS = ("suricata", "zeek-json", "cof", "route53", "dnsmasq", TABLE)
#: Messages at the head of a portion that are looked at one by one for a format.
LOOKED_AT = 64
#: Readings of one portion at most, when messages that spoil it are searched for.
READINGS = 32
_MAGIC = (GZIP_MAGIC, ZSTD_MAGIC, parquet.MAGIC, *FOREIGN_MAGIC)


def line_format(name: str) -> Format:
    """Return the format *name* for messages.

    Raises:
        ConfigurationError: messages are not read in this format.
        UsageError: there is no such format.
    """
    if format_named(name).name not in LINE_FORMATS:
        raise ConfigurationError(
            f"Messages are not read as {name!r}; formats for messages are "
            f"{', '.join(LINE_FORMATS)}."
        )
    return format_named(name)


class Messages:
    """Reads the payloads of one stream, and remembers its format."""

    def __init__(
        self,
        *,
        name: str,
        options: ReadOptions | None = None,
        format: Format | None = None,  # noqa: A002
    ) -> None:
        self._name = name
        self._options = options or ReadOptions()
        self._named = format is not None
        self._readings = 0
        #: The format, once it is named or recognised.
        self.format = format

    def read(self, payloads: Sequence[bytes]) -> tuple[tuple[pa.RecordBatch, ...], Tally]:
        """Return the observations of *payloads* and the counts of their lines."""
        tally = Tally()
        sound = _sound(payloads, tally)
        if not sound:
            return (), tally
        self._readings = READINGS
        form = self.format or _recognised(sound)
        if form is None:
            for payload in sound:
                _refuse(tally, UNKNOWN_FORMAT, payload)
            return (), tally
        if form.name == TABLE:
            sound = _objects(sound, tally)
        batches, counts = self._read_as(form, sound)
        if not counts.observations and not self._named:
            other = _recognised(sound)
            if other is not None and other is not form:  # the producer changed its mind
                form = other
                batches, counts = self._read_as(form, sound)
        if self.format is None or counts.observations:
            self.format = form
        merge(tally, counts)
        return batches, tally

    def _read_as(
        self, form: Format, sound: Sequence[bytes]
    ) -> tuple[tuple[pa.RecordBatch, ...], Tally]:
        """Read messages as one text; where its reader gives up, read each half on its own."""
        if not sound:
            return (), Tally()
        self._readings -= 1
        _, batches, counts = read_chunk(
            b"\n".join(sound) + b"\n", format=form, options=self._options, name=self._name
        )
        if len(sound) == 1 or self._readings < 2 or not _spoilt(form, counts):  # noqa: PLR2004 - two halves
            return batches, counts
        half = len(sound) // 2
        first, tally = self._read_as(form, sound[:half])
        rest, more = self._read_as(form, sound[half:])
        merge(tally, more)
        return (*first, *rest), tally


def _spoilt(form: Format, counts: Tally) -> bool:
    """Tell whether one message may have spoilt the others: a table's columns come from its head."""
    if counts.bad[NOT_READABLE]:
        return True
    return form.name == TABLE and bool(counts.bad) and not counts.observations


def _sound(payloads: Sequence[bytes], tally: Tally) -> list[bytes]:
    """Return what can be read as lines, without the line ends around it."""
    sound = [
        payload.removeprefix(BYTE_ORDER_MARK).strip(b"\r\n")
        for payload in payloads
        if len(payload) <= MESSAGE_BYTES and not payload.startswith(_MAGIC)
    ]
    if len(sound) < len(payloads):
        for payload in payloads:
            if len(payload) > MESSAGE_BYTES:
                _refuse(tally, TOO_LARGE, payload)
            elif payload.startswith(_MAGIC):
                _refuse(tally, BINARY, payload)
    if not all(sound):
        _refuse(tally, EMPTY, b"", sound.count(b""))
        sound = [payload for payload in sound if payload]
    return sound


def _objects(sound: Sequence[bytes], tally: Tally) -> list[bytes]:
    """Return the messages that begin with an object: others would make the table one of text."""
    for payload in sound:
        if not payload.startswith(b"{"):
            _refuse(tally, NO_OBJECT, payload)
    return [payload for payload in sound if payload.startswith(b"{")]


def _refuse(tally: Tally, reason: str, payload: bytes, count: int = 1) -> None:
    tally.records += count
    tally.reject(reason, payload[:512] or None, count)


def _recognised(sound: Sequence[bytes]) -> Format | None:
    """Return the format of the messages together, or of the first one that has any."""
    head = b"\n".join(sound[:LOOKED_AT])[:HEAD_BYTES]
    return _claimed(head) or next(filter(None, map(_claimed, sound[:LOOKED_AT])), None)


def _claimed(text: bytes) -> Format | None:
    for form in FORMATS:
        if form.name not in LINE_FORMATS or (form.name == TABLE and not text.startswith(b"{")):
            continue
        if form.matches(text[:HEAD_BYTES]):
            return form
    return None
