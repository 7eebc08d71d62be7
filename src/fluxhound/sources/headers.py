"""Reading a log in pieces: what each format needs to know from the log's beginning.

The readers take a whole log. A piece of one is read by them after a *header*: the header lines of
Zeek or of a table, an object with the keys of JSON lines, dnsmasq's last questions (its answers do
not say who asked). What readers count for the header is taken off again.
"""

from __future__ import annotations

import contextlib
import io
import re

import orjson
import pyarrow as pa

from fluxhound.errors import ConfigurationError, UnknownFormatError, UnreadableInputError
from fluxhound.sources import delimited, dnstap, parquet, pcap, spans, table
from fluxhound.sources.bookmark import HEADER_BYTES
from fluxhound.sources.chunk import read_chunk
from fluxhound.sources.format import Format, ReadOptions
from fluxhound.sources.mapping import mapped
from fluxhound.sources.ndjson import BYTE_ORDER_MARK
from fluxhound.sources.sniff import format_named, recognise
from fluxhound.sources.stream import HEAD_BYTES, Stream
from fluxhound.sources.tally import Tally

#: Questions of dnsmasq that are remembered, and keys of JSON lines. Chosen as bounds.
QUESTIONS = 100
KEYS = 256
LINE_FORMATS = ("zeek", "zeek-json", "suricata", "cof", "route53", "dnsmasq", "table")
_SPANS = {"dnsmasq": spans.dnsmasq_answer, "suricata": spans.eve_answer}
_NO_LINES = (
    "{name}: a {title} file has no lines to follow. Let the resolver send dnstap to a socket "
    "(dnstap+unix: or dnstap+tcp:), follow the text log of a Zeek or Suricata sensor, or read the "
    "finished file with fluxhound analyze --store."
)

_ZEEK_HEADER = re.compile(rb"^#([a-z_]{1,40})[^a-z_\n][^\n]*\n", re.MULTILINE)
#: Without dnsmasq's ``extra``: with it the answers themselves say who asked.
_QUESTION = re.compile(
    rb"^[^\n]{0,200}dnsmasq(?:-\w+)?(?:\[\d+\])?: query\[A(?:AAA)?\] \S{1,1024} from [^\n]*\n",
    re.MULTILINE,
)


class LineReader:
    """Reads one log piece by piece."""

    def __init__(self, options: ReadOptions, *, name: str, form: str = "") -> None:
        """Take the user's choices; *form* names the format, "" has it recognised.

        Raises:
            FluxhoundError: there is no such format, or it is not one of lines.
        """
        self.format: Format | None = None
        self.header = b""
        #: Why the format is not known yet.
        self.unknown: UnknownFormatError | None = None
        self._options = options
        self._name = name
        self._fixed = bool(form)
        self._surplus: Tally | None = None
        if form:
            self._choose(format_named(form))

    @property
    def form(self) -> str:
        """Return the format's name, "" as long as it is not recognised."""
        return self.format.name if self.format else ""

    @property
    def lacks_header(self) -> bool:
        """Tell whether the log's beginning should be looked at before a piece is read."""
        return not self.form or (not self.header and self.form in ("zeek", "table"))

    def restore(self, form: str, header: str) -> None:
        """Go on with what a bookmark says.

        Raises:
            FluxhoundError: it names a format that is not followed.
        """
        if form and self.form in ("", form):
            self._choose(format_named(form))
            self._keep(header.encode("latin-1", "replace"))

    def begin(self, head: bytes) -> None:
        """Learn from the octets that a log begins with.

        Raises:
            UnknownFormatError: no format claims them, and none was known before.
            FluxhoundError: the format is not one of lines, holds no answers, or lacks columns.
        """
        lines = head[: head.rfind(b"\n", 0, HEAD_BYTES) + 1].removeprefix(BYTE_ORDER_MARK)
        self._refuse(head)
        if not lines:
            return
        if not self._fixed and not (self.format and self.format.matches(lines)):
            self._recognise(lines)
        if self.form == "zeek":
            self._keep(_zeek_header(self.header, self.header + _leading(lines)))
        elif self.form == "table":
            self._keep(self._table_header(lines))

    def ready(self, lines: memoryview, waited: bool) -> int:
        """Return how much of *lines* may be read now, of a log that may go on.

        When they *waited* for long, an answer set at their end is taken for whole.

        Raises:
            UnknownFormatError: they are many, and no format claims them.
        """
        if self.format is None:
            try:
                self.begin(bytes(lines[:HEAD_BYTES]))
            except UnknownFormatError as error:
                self.unknown = error
                if len(lines) >= HEAD_BYTES:
                    raise
                return 0  # the first lines of dnsmasq tell of its start; more may tell more
        span = self._span
        if waited or span is spans.alone:
            return len(lines)
        return spans.settled(bytes(lines), span)

    def read(
        self, lines: memoryview, *, at_beginning: bool
    ) -> tuple[tuple[pa.RecordBatch, ...], Tally]:
        """Return the observations of whole *lines*, and their counts alone.

        Raises:
            FluxhoundError: *at_beginning*, as ``begin`` does.
        """
        if at_beginning:
            if lines[: len(BYTE_ORDER_MARK)] == BYTE_ORDER_MARK:
                lines = lines[len(BYTE_ORDER_MARK) :]
            try:
                self.begin(bytes(lines[:HEAD_BYTES]))
            except UnknownFormatError as error:  # its lines are counted as bad
                self.unknown = error
        own = at_beginning and self.form == "table" and lines[: len(self.header)] == self.header
        before = b"" if own else self.header
        whole = b"".join((before, lines))
        _, batches, tally = read_chunk(
            whole,
            format=self.format,
            options=self._options,
            name=self._name,
        )
        if before:
            _take_off(tally, self._counted_before())
        if self.form == "zeek":
            self._keep(_zeek_header(before, whole))
        elif self.form == "dnsmasq":
            start = max(len(before), len(whole) - 4 * HEADER_BYTES)
            questions = _QUESTION.findall(self.header + whole[start:])
            self._keep(b"".join(questions[-QUESTIONS:]))
        return batches, tally

    @property
    def _span(self) -> spans.Span:
        if self.form == "table":
            return spans.table_span(self.header, self._options)
        return _SPANS.get(self.form, spans.alone)

    def _refuse(self, head: bytes) -> None:
        """Raise for files without lines, whatever stands in them."""
        title = "Parquet" if head.startswith(parquet.MAGIC) else ""
        for form in (pcap.FORMAT, dnstap.FORMAT):
            title = form.title if not self._fixed and form.matches(head) else title
        if title:
            raise UnreadableInputError(_NO_LINES.format(name=self._name, title=title))

    def _recognise(self, lines: bytes) -> None:
        try:
            found = recognise(lines, self._name)
        except UnknownFormatError:
            if self.format is None:
                raise
            return  # a log that goes on without its header
        self._choose(found, lines)

    def _choose(self, found: Format, lines: bytes = b"") -> None:
        if found.name == "querylog":
            stream = Stream(io.BytesIO(lines), name=self._name)
            with contextlib.closing(stream):  # its reader says what to turn on instead
                next(iter(found.read(stream, Tally(), self._options)), None)
        if found.name not in LINE_FORMATS:
            raise UnreadableInputError(_NO_LINES.format(name=self._name, title=found.title))
        if found is not self.format:
            self.format = found
            self._keep(b"")

    def _table_header(self, lines: bytes) -> bytes:
        """Return the header of a table that begins with *lines*, or the known one.

        Raises:
            ConfigurationError: there is none, known or new.
        """
        if lines.lstrip().startswith(b"{"):
            keys = dict.fromkeys([*table.keys(self.header), *table.keys(lines)])
            return orjson.dumps(dict.fromkeys(list(keys)[:KEYS])) + b"\n"
        line = lines[: lines.find(b"\n") + 1]
        try:
            mapped(delimited.header(line)[1], self._options.columns)
        except ConfigurationError:
            if not self.header:
                raise
            return self.header
        return line

    def _keep(self, header: bytes) -> None:
        if header != self.header:
            self.header = header if len(header) <= HEADER_BYTES else b""
            self._surplus = None

    def _counted_before(self) -> Tally:
        """Return what the reader counts for the header alone."""
        if self._surplus is None:
            _, _, self._surplus = read_chunk(
                self.header, format=self.format, options=self._options, name=self._name
            )
        return self._surplus


def _leading(lines: bytes) -> bytes:
    """Return the header lines before the first record."""
    end = 0
    while lines.startswith(b"#", end):
        end = lines.find(b"\n", end) + 1 or len(lines)
    return lines[:end]


def _zeek_header(known: bytes, lines: bytes) -> bytes:
    """Return the header lines that hold after *lines*: of each kind the last, in their order.

    *lines* begin with the *known* ones.
    """
    start = len(known)
    if lines.find(b"#", start) < 0:  # one character is searched for much faster than two
        return known
    if not lines.startswith(b"#", start) and lines.find(b"\n#", start) < 0:
        return known
    found: dict[bytes, bytes] = {}
    for match in _ZEEK_HEADER.finditer(lines):
        found.pop(match[1], None)
        found[match[1]] = match[0]
    for told in (b"open", b"close", b"types"):
        found.pop(told, None)
    return b"".join(found.values())


def _take_off(tally: Tally, surplus: Tally) -> None:
    """Take what was counted for a header off *tally*; its samples came first."""
    tally.records -= surplus.records
    tally.passed_over -= surplus.passed_over
    tally.bad -= surplus.bad
    for reason, samples in surplus.samples.items():
        left = tally.samples.get(reason, [])[len(samples) :]
        if left:
            tally.samples[reason] = left
        else:
            tally.samples.pop(reason, None)
