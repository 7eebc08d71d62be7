"""Which format a feed has, told by its content, and the whole of it read."""

from __future__ import annotations

import difflib
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pyarrow as pa

from fluxhound.errors import FluxhoundError, UnknownFormatError, UnreadableInputError, UsageError
from fluxhound.intel.gathering import Gathering
from fluxhound.intel.indicator import joined, tidied
from fluxhound.intel.reading import adblock, document, hosts, resolver, rpz, table, text
from fluxhound.intel.reading.form import FeedOptions, FeedStream, Form, too_large
from fluxhound.sources.tally import Tally

#: All formats, in the order in which they are tried: signatures first, the loosest last.
FORMS: tuple[Form, ...] = (
    document.FORM,
    adblock.FORM,
    rpz.FORM,
    resolver.FORM,
    hosts.FORM,
    table.FORM,
    text.FORM,
)

#: Files in one folder. Chosen: the largest MISP feeds have a few thousand events.
MOST_FILES = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """What one feed came to: its indicators, each once, and what became of its records."""

    table: pa.Table
    tally: Tally
    forms: tuple[str, ...]
    refused: tuple[str, ...] = ()  # a sentence for each file of a folder that could not be read


def form_named(name: str) -> Form:
    """Return the format that ``--form`` names.

    Raises:
        UsageError: there is none of this name; the message lists them and the nearest.
    """
    known = {form.name: form for form in FORMS}
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    raise UsageError(f"There is no feed format {name!r}.{hint} Formats: {', '.join(known)}.")


def recognise(head: bytes, name: str) -> Form:
    """Return the format of a feed that begins with *head* (up to 64 KiB).

    Raises:
        UnknownFormatError: no format claims it; the message says what it is, if that is known.
    """
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:200].lower()
    if not start:
        raise UnknownFormatError(f"{name}: the feed is empty.")
    if start.startswith(b"<"):
        what = "a web page" if b"<html" in start or b"<!doctype html" in start else "XML"
        raise UnknownFormatError(
            f"{name}: {what}, which is not read. Get the feed as STIX 2, MISP, CSV or plain text."
        )
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnknownFormatError(f"{name}: UTF-16 text. Save it as UTF-8.")
    if b"\0" in head:
        raise UnknownFormatError(f"{name}: binary content, no feed of indicators.")
    return next(form for form in FORMS if form.matches(head))


def read_feed(raw: IO[bytes], name: str, options: FeedOptions, form: Form | None = None) -> Feed:
    """Read one open feed, plain or compressed (gzip, zstd), and close it.

    Raises:
        UnreadableInputError: nothing can be read; the message is one sentence and what to do.
    """
    tally = Tally()
    gathering = Gathering(tally, options.origin, options.rules, options.most)
    stream = FeedStream(raw, name=name, limit=options.limit_bytes)
    try:
        if not stream.head:
            for _ in stream.blocks():  # tells what is wrong, if it is not just empty
                pass
        chosen = form or recognise(stream.head, name)
        chosen.read(stream, gathering, options)
        return Feed(table=gathering.table(), tally=tally, forms=(chosen.name,))
    finally:
        stream.close()


def read_octets(octets: bytes, name: str, options: FeedOptions, form: Form | None = None) -> Feed:
    """Read a feed that was fetched already; see ``read_feed``."""
    return read_feed(io.BytesIO(octets), name, options, form)


def read_path(path: Path, options: FeedOptions, form: Form | None = None) -> Feed:
    """Read a file, or all files of a folder.

    Raises:
        UnreadableInputError: nothing can be read.
    """
    if path.is_dir():
        return _read_folder(path, options, form)
    try:
        return read_feed(path.open("rb"), str(path), options, form)
    except OSError as error:
        raise UnreadableInputError(f"{path}: {error.strerror or error}.") from error


def _read_folder(folder: Path, options: FeedOptions, form: Form | None) -> Feed:
    """Read every file of a folder; of a MISP feed the events that its manifest lists."""
    files = _files_of(folder)
    feeds: list[Feed] = []
    refused: list[str] = []
    length = 0
    for path in files:
        length += path.stat().st_size
        if length > options.limit_bytes:
            raise too_large(str(folder), options.limit_bytes)
        try:
            feeds.append(read_path(path, options, form))
        except UnreadableInputError as error:
            refused.append(str(error))
    if not feeds:
        raise UnreadableInputError(
            refused[0] if refused else f"{folder}: there is no feed in this folder."
        )
    return together(feeds, refused)


def together(feeds: Iterable[Feed], refused: Iterable[str] = ()) -> Feed:
    """Return several feeds as one; each value and kind once."""
    parts = list(feeds)
    tally = Tally()
    for part in parts:
        add_up(tally, part.tally)
    whole = tidied(joined([part.table for part in parts]))
    tally.pass_over("repeated", sum(part.table.num_rows for part in parts) - whole.num_rows)
    tally.observations = whole.num_rows
    forms = tuple(dict.fromkeys(form for part in parts for form in part.forms))
    return Feed(table=whole, tally=tally, forms=forms, refused=tuple(refused))


def add_up(total: Tally, part: Tally) -> None:
    """Add the counts of *part* to *total*; observations are left to the caller."""
    total.records += part.records
    total.passed_over.update(part.passed_over)
    for reason, count in part.bad.items():
        samples = part.samples.get(reason, [])
        total.bad[reason] += count
        kept = total.samples.setdefault(reason, [])
        kept.extend(samples[: 3 - len(kept)])


def _files_of(folder: Path) -> list[Path]:
    """Return the files to read, in order; symbolic links out of the folder are left out."""
    manifest = folder / "manifest.json"
    if manifest.is_file():
        names = [f"{uuid}.json" for uuid in _listed_events(manifest)]
        return [folder / name for name in sorted(names) if (folder / name).is_file()]
    root = folder.resolve()
    files = [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and path.resolve().is_relative_to(root)
        and not path.name.startswith(".")
        and path.stem.upper() not in _NO_FEEDS
    ]
    if len(files) > MOST_FILES:
        raise UnreadableInputError(f"{folder}: more than {MOST_FILES:,} files. Name a smaller one.")
    return files


_NO_FEEDS = frozenset({"LICENSE", "LICENCE", "README", "NOTICE", "COPYING"})


def _listed_events(manifest: Path) -> list[str]:
    try:
        with manifest.open("rb") as file:
            content = document.loaded(file.read(document.DOCUMENT_BYTES), str(manifest))
    except OSError as error:
        raise UnreadableInputError(f"{manifest}: {error.strerror}.") from error
    if not document.is_manifest(content):
        raise FluxhoundError(f"{manifest}: not the manifest of a MISP feed.")
    return [key for key in content if document.is_manifest({key: None})][:MOST_FILES]
