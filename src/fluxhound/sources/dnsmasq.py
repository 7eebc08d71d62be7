"""dnsmasq and Pi-hole logs (``log-queries``, better ``log-queries=extra``).

dnsmasq writes the answers of one response as consecutive lines, one per record; a CNAME's target is
the owner of the next line. Any other line ends the answer set. There is no TTL, and no NS record.
Format: dnsmasq(8), option ``--log-queries``.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pyarrow as pa

from fluxhound.sources import outcome
from fluxhound.sources.batch import Columns
from fluxhound.sources.format import Format, ReadOptions
from fluxhound.sources.presentation import escaped
from fluxhound.sources.stream import Stream
from fluxhound.sources.syslogtime import PREFIX, LineClock
from fluxhound.sources.tally import Tally

NOT_DNSMASQ = "not a dnsmasq line"
LOCAL = "local answer"
#: Names of which the last asker is remembered (without ``extra``). Chosen as a bound.
ASKERS = 10_000
#: Records of one answer set; a response of 64 KiB holds at most 4,096 addresses.
SET_LIMIT = 4096

_HEAD = PREFIX + r"(?: (?P<host>\S+))?? (?:\w+\.[a-z]+ )?dnsmasq(?:-\w+)?(?:\[\d+\])?: "
_BODY = (
    r"(?:(?P<serial>\d+) (?P<client>[0-9A-Fa-f.:]+)/\d+ )?"
    r"(?P<verb>[^ ]+(?: blocked| denied)?) (?P<name>\S*) (?P<link>is|from|to) (?P<value>.*)"
)
_LINE = re.compile(_HEAD + r"(?P<body>.*)")
_RECORD = re.compile(_BODY)
_MATCH = re.compile(
    _HEAD + r"(?:\d+ \S+/\d+ )?(?:query\[\S+\] \S+ from |(?:reply|cached|forwarded) \S+ )"
)
_V4 = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
_V6 = re.compile(r"(?=[^:]*:)[0-9A-Fa-f:.]{2,45}")
_ANSWER_VERBS = frozenset({"reply", "cached", "cached-stale"})
_ERRORS = frozenset({"NXDOMAIN", "SERVFAIL", "REFUSED", "error"})


@dataclass(slots=True)
class AnswerSet:
    """The answer lines of one response, as far as they were read."""

    time: float
    key: tuple[str, str, str]  # verb, serial, client
    name: str
    owner: str
    host: str | None
    kind: str = ""
    open_chain: bool = False
    chain: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)


class Gatherer:
    """Puts answer lines together to rows."""

    def __init__(self, tally: Tally, options: ReadOptions) -> None:
        self.columns = Columns()
        self._tally = tally
        self._options = options
        self._current: AnswerSet | None = None
        self._askers: dict[tuple[str, str], str] = {}

    def line(self, when: float, host: str | None, body: str) -> None:
        """Take in one dnsmasq line."""
        match = _RECORD.fullmatch(body)
        if match is None:
            self._other(outcome.OTHER_EVENT)
        elif match["verb"].startswith("query["):
            self._ask(match)
        elif match["verb"] in _ANSWER_VERBS and match["link"] == "is":
            self._answer(when, host, match)
        else:
            self._other(LOCAL if match["link"] == "is" else outcome.OTHER_EVENT)

    def flush(self) -> None:
        """End the answer set that is being gathered."""
        current, self._current = self._current, None
        if current is None:
            return
        if not current.addresses:
            self._tally.pass_over(outcome.NO_ADDRESS)
            return
        if max(len(current.name), *map(len, current.chain), 0) > outcome.NAME_LIMIT:
            self._tally.reject(outcome.LONG_NAME, current.name[:512])
            return
        client = current.key[2] or self._askers.get((current.name.lower(), current.kind))
        names = [escaped(name) for name in current.chain]
        self._tally.observations += 1
        self.columns.add(
            time=current.time,
            name=escaped(current.name),
            type=current.kind,
            answers=",".join((*names, *current.addresses)),
            client=client,
            sensor=self._options.sensor or current.host,
        )

    def _other(self, reason: str) -> None:
        self._tally.pass_over(reason)
        self.flush()

    def _ask(self, match: re.Match[str]) -> None:
        self._other(outcome.QUERY)
        kind = match["verb"][len("query[") : -1]
        if not match["client"] and kind in ("A", "AAAA"):
            if len(self._askers) >= ASKERS:
                self._askers.pop(next(iter(self._askers)))
            asked = match["name"].lower(), kind
            self._askers[asked] = match["value"].split(" ")[0]

    def _answer(self, when: float, host: str | None, match: re.Match[str]) -> None:
        owner, value = match["name"], match["value"].rstrip()
        key = (match["verb"], match["serial"] or "", match["client"] or "")
        kind = "A" if _V4.fullmatch(value) else "AAAA" if _V6.fullmatch(value) else ""
        if value != "<CNAME>" and not kind:
            self._nothing(owner, value)
            return
        current = self._current
        if current is None or not _continues(current, key, owner, kind):
            self.flush()
            current = AnswerSet(time=when, key=key, name=owner, owner=owner, host=host)
            self._current = current
        elif current.open_chain:
            current.chain.append(owner)
            current.owner = owner
        current.open_chain = value == "<CNAME>"
        if kind:
            current.kind = kind
            current.addresses.append(value)

    def _nothing(self, owner: str, value: str) -> None:
        if value.startswith("NODATA"):
            reason = outcome.NO_ANSWER
        elif value in _ERRORS or owner in _ERRORS:
            reason = outcome.ERROR
        else:
            reason = outcome.OTHER_TYPE
        if self._current is not None and not self._current.addresses:
            self._current = None  # its chain ends here: one record, counted once
        self._other(reason)


def _continues(current: AnswerSet, key: tuple[str, str, str], owner: str, kind: str) -> bool:
    if current.key != key or len(current.chain) + len(current.addresses) >= SET_LIMIT:
        return False
    if current.open_chain:
        return True
    return bool(kind) and kind == current.kind and owner.lower() == current.owner.lower()


def matches(head: bytes) -> bool:
    """Tell a dnsmasq log by a line of a query or an answer among the first."""
    lines = head.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").split("\n")
    return any(_MATCH.match(line) for line in lines[:200])


def read(stream: Stream, tally: Tally, options: ReadOptions) -> Iterator[pa.RecordBatch]:
    """Yield the answers of a dnsmasq log; the file's last change tells a missing year."""
    changed = stream.path.stat().st_mtime if stream.path is not None else time.time()
    yield from read_until(stream, tally, options, now=changed)


def read_until(
    stream: Stream, tally: Tally, options: ReadOptions, *, now: float
) -> Iterator[pa.RecordBatch]:
    """Yield the answers of a dnsmasq log that was written until *now* (epoch seconds)."""
    clock = LineClock(now)
    gatherer = Gatherer(tally, options)
    for block in stream.lines(tally):
        for line in block.decode("utf-8", "backslashreplace").split("\n"):
            text = line.rstrip("\r")
            if text and not text.isspace():
                _take(text, clock, gatherer, tally)
            if gatherer.columns.full:
                yield gatherer.columns.take()
    gatherer.flush()
    if len(gatherer.columns):
        yield gatherer.columns.take()


def _take(line: str, clock: LineClock, gatherer: Gatherer, tally: Tally) -> None:
    tally.records += 1
    match = _LINE.match(line.removeprefix("\ufeff"))
    if match is None:
        tally.reject(NOT_DNSMASQ, line[:512])
        return
    when = clock.seconds(match["when"])
    if when is None or not 0 < when < outcome.TIME_LIMIT:
        tally.reject(outcome.BAD_TIME, line[:512])
        return
    gatherer.line(when, match["host"], match["body"])


FORMAT = Format(
    name="dnsmasq",
    title="dnsmasq or Pi-hole log",
    matches=matches,
    read=read,
    not_observable=("ttl", "name-servers"),
)
