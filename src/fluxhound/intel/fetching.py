"""Sources asked, read and put on the shelf."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from fluxhound.errors import FluxhoundError, UsageError
from fluxhound.intel import mispfeed, mispserver, taxii
from fluxhound.intel.gathering import Gathering, Origin
from fluxhound.intel.indicator import joined, tidied
from fluxhound.intel.reading.document import DOCUMENT_BYTES, is_manifest, loaded
from fluxhound.intel.reading.form import FEED_BYTES, FeedOptions
from fluxhound.intel.reading.recognition import Feed, form_named, read_octets, read_path
from fluxhound.intel.reading.stix import REVOKED
from fluxhound.intel.refusing import own
from fluxhound.intel.screening import Rules
from fluxhound.intel.shelf import Shelf
from fluxhound.intel.source import Purpose, Source, Standing, State
from fluxhound.intel.web import NOT_MODIFIED, OK, Answer, FetchError, Reach, fetch
from fluxhound.sources.tally import Tally

#: Longest secret that is read from a file. Chosen.
SECRET_BYTES = 4_096
#: How long only additions to a TAXII collection are asked for. Chosen.
WHOLE_AGAIN_S = 7 * 86_400.0

#: Packages of Python that bring lists, and the folder of these in them.
PACKAGE = "package:"
PACKAGES = {"pymispwarninglists": "data/misp-warninglists/lists"}

Fetch = Callable[..., Answer]


def options_of(source: Source) -> FeedOptions:
    """Return how what a source says is read."""
    return FeedOptions(
        origin=Origin(source=source.name, licence=source.licence, tlp=source.tlp),
        rules=Rules(
            own=own(source.own),
            subnames=source.subnames,
            shared=source.purpose is Purpose.CONTEXT,
        ),
        columns=source.columns,
        to_ids=source.to_ids,
        limit_bytes=source.limit,
    )


def refresh(
    shelf: Shelf, name: str, *, now: float, fetcher: Fetch = fetch
) -> tuple[Standing, Feed | None]:
    """Ask a source and put what it says on the shelf; ``None`` for a feed that did not change.

    A source that fails keeps what it said before, and its standing tells why.

    Raises:
        UsageError: there is no such source, or its declaration is not usable.
        StoreError: the store cannot be written.
    """
    source, standing = shelf.source(name), shelf.standing(name)
    try:
        feed, etag, modified = _asked(shelf, source, standing, fetcher, now)
    except FluxhoundError as error:
        shelf.failed(name, str(error), now=now)
        return shelf.standing(name), None
    if feed is None:
        shelf.unchanged(name, now=now)
        return shelf.standing(name), None
    return shelf.put(name, feed, now=now, etag=etag, modified=modified), feed


def is_due(source: Source, standing: Standing, *, now: float) -> bool:
    """Tell whether a source should be asked again."""
    return now >= due_at(source, standing)


def due_at(source: Source, standing: Standing) -> float:
    """Return when a source is to be asked again: 0.0, at once, if it never was."""
    return 0.0 if standing.tried is None else standing.tried + source.refresh.total_seconds()


def _asked(
    shelf: Shelf, source: Source, standing: Standing, fetcher: Fetch, now: float
) -> tuple[Feed | None, str, str]:
    """Return what a source says (``None``: the same), and the marks of this state of it."""
    options = options_of(source)
    if source.client == "file":
        form = form_named(source.form) if source.form else None
        return read_path(Path(source.location), options, form), "", ""
    if source.client == "http":
        return _by_http(source, standing, options, fetcher)
    if source.client == "taxii":
        return _by_taxii(shelf, source, standing, fetcher, now)
    gathering = _gathering(options)
    mispserver.read_server(
        source.location,
        lambda url, headers, body: fetcher(
            url, reach=reach_of(source, DOCUMENT_BYTES), headers=headers, body=body
        ),
        gathering,
        options,
        secret=secret_of(source),
    )
    return _fed(gathering, source), "", ""


def _gathering(options: FeedOptions) -> Gathering:
    return Gathering(Tally(), options.origin, options.rules, options.most)


def _fed(gathering: Gathering, source: Source) -> Feed:
    return Feed(table=gathering.table(), tally=gathering.tally, forms=(source.client,))


def _by_taxii(
    shelf: Shelf, source: Source, standing: Standing, fetcher: Fetch, now: float
) -> tuple[Feed | None, str, str]:
    """Return a collection, or what was added to it.

    The marks are when it was last read as a whole, and when its newest object was added.
    What was revoked, or changed its pattern, leaves only when the whole is read again.
    """
    whole = standing.etag if _is_recent(standing, now) else ""
    gathering = _gathering(options_of(source))
    newest = taxii.read_collection(
        source.location,
        lambda url, headers: fetcher(url, reach=reach_of(source, DOCUMENT_BYTES), headers=headers),
        gathering,
        secret=secret_of(source),
        added_after=standing.modified if whole else "",
    )
    if not whole:
        return _fed(gathering, source), str(now), newest
    if not gathering.tally.records:
        return None, whole, newest
    if gathering.tally.passed_over[REVOKED]:
        return _by_taxii(shelf, source, replace(standing, etag=""), fetcher, now)
    added = _fed(gathering, source)
    table = tidied(joined([shelf.indicators(source.name), added.table]))
    return replace(added, table=table), whole, newest


def _is_recent(standing: Standing, now: float) -> bool:
    """Tell whether a collection was read as a whole lately, and only additions are needed."""
    usable = standing.state is State.GOOD and standing.modified and standing.etag
    return bool(usable) and now - float(standing.etag) < WHOLE_AGAIN_S


def _by_http(
    source: Source, standing: Standing, options: FeedOptions, fetcher: Fetch
) -> tuple[Feed | None, str, str]:
    headers = dict(taxii.authorization(secret_of(source)))
    if standing.etag:
        headers["If-None-Match"] = standing.etag
    if standing.modified:
        headers["If-Modified-Since"] = standing.modified
    answer = fetcher(source.location, reach=reach_of(source), headers=headers)
    if answer.status == NOT_MODIFIED:
        return None, standing.etag, standing.modified
    if answer.status != OK:
        raise FetchError(f"{source.location}: the server answers with status {answer.status}.")
    feed = _read(source, answer, options, fetcher)
    return feed, answer.headers.get("etag", ""), answer.headers.get("last-modified", "")


def _read(source: Source, answer: Answer, options: FeedOptions, fetcher: Fetch) -> Feed:
    """Return the feed in an answer; of a MISP feed's manifest, the events that it lists."""
    if urlsplit(answer.url).path.endswith("/manifest.json"):
        document = loaded(answer.body[: DOCUMENT_BYTES + 1], source.location)
        if is_manifest(document):
            asked = dict(taxii.authorization(secret_of(source)))
            return mispfeed.read_events(
                answer.url,
                document,
                lambda url: fetcher(url, reach=reach_of(source, DOCUMENT_BYTES), headers=asked),
                options,
            )
    form = form_named(source.form) if source.form else None
    return read_octets(answer.body, source.location, options, form)


def reach_of(source: Source, limit: int = FEED_BYTES) -> Reach:
    """Return how far requests to a source go, for answers of *limit* octets at the most."""
    return Reach(
        private=source.private,
        proxy=source.proxy,
        ca_file=source.ca_file,
        limit_bytes=min(limit, source.limit),
    )


def secret_of(source: Source) -> str:
    """Return the secret of a source, "" if it has none.

    Raises:
        UsageError: its file cannot be read.
    """
    if not source.secret_file:
        return ""
    try:
        with Path(source.secret_file).open("rb") as file:
            return file.read(SECRET_BYTES).decode("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{source.secret_file}: the secret cannot be read ({error}).") from error


def client_of(location: str) -> str:
    """Return who fetches from *location*, where the user does not say: a file or the web.

    Raises:
        UsageError: it is neither.
    """
    scheme, separator, _ = location.partition("://")
    if not separator:
        return "file"
    if scheme.lower() in {"http", "https"}:
        return "http"
    raise UsageError(f"{location!r}: feeds come from files, http:// and https:// only.")


def file_location(location: str) -> str:
    """Return the absolute path of a file or folder; ``package:NAME`` is that of a package's lists.

    Raises:
        UsageError: the package is none with lists, or is not installed.
    """
    if not location.startswith(PACKAGE):
        return str(Path(location).expanduser().absolute())
    name = location.removeprefix(PACKAGE)
    if name not in PACKAGES:
        raise UsageError(f"{location!r}: packages with lists are {', '.join(PACKAGES)}.")
    found = find_spec(name)
    if found is None or found.origin is None:
        raise UsageError(f"{name} is not installed: pip install {name}")
    return str(Path(found.origin).parent / PACKAGES[name])


def due(shelf: Shelf, *, now: float) -> tuple[str, ...]:
    """Return the sources that should be asked again."""
    return tuple(s.name for s in shelf.sources() if is_due(s, shelf.standing(s.name), now=now))
