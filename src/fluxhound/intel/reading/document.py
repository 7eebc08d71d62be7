"""JSON feeds: read within bounds, then handed to the reader of their shape."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from fluxhound.errors import CorruptInputError, UnknownFormatError, UnreadableInputError
from fluxhound.intel.gathering import Gathering
from fluxhound.intel.reading import intelmq, misp, stix, warninglist
from fluxhound.intel.reading.form import FeedOptions, Form, text_lines, whole
from fluxhound.sources.stream import Stream

#: Largest JSON document. Chosen: it takes about six times as much memory when it is read; larger
#: collections come as lines, as folders of events, or in pages.
DOCUMENT_BYTES = 96 << 20

#: Values in one document, counted by their marks: as Python objects, five million of the cheapest
#: to write take half a gigabyte. Chosen.
DOCUMENT_VALUES = 5_000_000

BROKEN_LINE = "a line that is no JSON"
OTHER_SHAPE = "a line of another kind"


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of JSON feed."""

    name: str
    matches: Callable[[Any], bool]
    read: Callable[[Any, Gathering, FeedOptions], None]


def _is_plain(document: Any) -> bool:
    return isinstance(document, list) and bool(document) and isinstance(document[0], str)


def _read_plain(document: Any, gathering: Gathering, options: FeedOptions) -> None:  # noqa: ARG001 - the same for all shapes
    for item in document:
        gathering.tally.records += 1
        if isinstance(item, str):
            gathering.add(item)
        else:
            gathering.tally.reject(OTHER_SHAPE, str(item)[:200])


SHAPES = (
    Shape("stix", stix.matches, stix.read),
    Shape("misp", misp.matches, misp.read),
    Shape("warninglist", warninglist.matches, warninglist.read),
    Shape("intelmq", intelmq.matches, intelmq.read),
    Shape("list", _is_plain, _read_plain),
)

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def shape_of(document: Any) -> Shape | None:
    """Return the kind of JSON feed that *document* is."""
    return next((shape for shape in SHAPES if shape.matches(document)), None)


def is_manifest(document: Any) -> bool:
    """Tell whether *document* lists the events of a MISP feed: UUID -> what it is about."""
    return (
        isinstance(document, dict)
        and bool(document)
        and all(_UUID.fullmatch(key) for key in list(document)[:20])
    )


def matches(head: bytes) -> bool:
    """Tell whether it begins like JSON."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    # A list of section headings in brackets, as in "[Adblock Plus]", is none.
    return text.startswith(b"{") or bool(re.match(rb"\[\s*[\[{\"\]]", text))


def read(stream: Stream, gathering: Gathering, options: FeedOptions) -> None:
    """Read a JSON document, or one on each line, into *gathering*.

    Raises:
        UnknownFormatError: it is no feed.
        CorruptInputError: it is broken, nested too deep, or damaged.
        UnreadableInputError: it is too large.
    """
    if _is_lines(stream.head):
        _read_lines(stream, gathering, options)
        return
    document = loaded(whole(stream, min(options.limit_bytes, DOCUMENT_BYTES)), stream.name)
    shape = shape_of(document)
    if shape is None and is_manifest(document):
        raise UnknownFormatError(
            f"{stream.name}: the manifest of a MISP feed. Give the folder that it stands in."
        )
    if shape is None:
        raise UnknownFormatError(
            f"{stream.name}: JSON, but neither STIX, MISP nor IntelMQ, so nothing was taken."
        )
    shape.read(document, gathering, options)


def loaded(octets: bytes, name: str) -> Any:
    """Return the JSON document in *octets*; what is no UTF-8 in it is replaced.

    Raises:
        CorruptInputError: it is broken, or nested too deep.
        UnreadableInputError: it holds too many values.
    """
    octets = octets.removeprefix(b"\xef\xbb\xbf")
    if sum(map(octets.count, (b",", b"[", b"{"))) > DOCUMENT_VALUES:
        raise UnreadableInputError(
            f"{name}: more than {DOCUMENT_VALUES:,} values in one JSON document, so nothing was "
            "taken. Ask for it in parts, or one object on each line."
        )
    try:
        octets.decode("utf-8")
    except UnicodeDecodeError:
        octets = octets.decode("utf-8", "replace").encode()
    try:
        return orjson.loads(octets)
    except orjson.JSONDecodeError as error:
        raise CorruptInputError(
            f"{name}: the JSON is broken at line {error.lineno}, column {error.colno} "
            f"({error.msg.partition(':')[0]}), so nothing of it was taken. Ask its producer for "
            "a sound one."
        ) from error


def _is_lines(head: bytes) -> bool:
    """Tell whether each line is a document: the first is one, and another follows it."""
    first, _, rest = head.removeprefix(b"\xef\xbb\xbf").lstrip().partition(b"\n")
    if not first.rstrip().endswith(b"}") or not rest.lstrip().startswith(b"{"):
        return False
    try:
        return isinstance(orjson.loads(first), dict)
    except orjson.JSONDecodeError:
        return False


def _read_lines(stream: Stream, gathering: Gathering, options: FeedOptions) -> None:
    for document in _documents(stream, gathering):
        shape = shape_of(document)
        if shape is None:
            gathering.tally.records += 1
            gathering.tally.pass_over(OTHER_SHAPE)
        else:
            shape.read(document, gathering, options)


def _documents(stream: Stream, gathering: Gathering) -> Iterator[Any]:
    for line in text_lines(stream, gathering.tally):
        if not line.strip():
            continue
        try:
            yield orjson.loads(line)
        except orjson.JSONDecodeError:
            gathering.tally.records += 1
            gathering.tally.reject(BROKEN_LINE, line)


FORM = Form(name="json", title="STIX, MISP or IntelMQ (JSON)", matches=matches, read=read)
