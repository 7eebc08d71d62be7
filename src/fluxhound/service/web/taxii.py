"""A TAXII 2.1 server for reading (OASIS, TAXII Version 2.1): one collection of what stands."""

from __future__ import annotations

import base64
import binascii
import re
import uuid
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from http import HTTPStatus
from urllib.parse import urlsplit
from uuid import uuid5

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fluxhound.service.web.access import Doorkeeper
from fluxhound.service.web.backend import Backend
from fluxhound.service.web.collection import Collection, Held, written
from fluxhound.service.web.problems import Problem, shown

MEDIA_TYPE = "application/taxii+json;version=2.1"
STIX_TYPE = "application/stix+json;version=2.1"
ROOT = "/taxii2/fluxhound/"
COLLECTION = str(uuid5(uuid.NAMESPACE_URL, "tag:fluxhound,2026:taxii/findings"))
#: Objects in one page: if nothing is asked for, and at most.
PAGE, LARGEST_PAGE = 500, 1_000
#: We take no content; a root must tell a number (section 4.2).
MAX_CONTENT = 1_048_576
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,12})?Z")
_LONGEST = 4_096

_Route = Callable[["Taxii", Request], Awaitable[Response]]


def _spoken(route: _Route) -> _Route:
    """Let a route tell its problems as TAXII does (section 3.6.1), to those who speak it."""

    @wraps(route)
    async def told(self: Taxii, request: Request) -> Response:
        try:
            _check_accept(request.headers.get("accept", ""))
            return await route(self, request)
        except Problem as problem:
            title = HTTPStatus(problem.status).phrase
            body = {
                "title": title,
                "description": problem.detail,
                "http_status": str(problem.status),
            }
            return _answer(orjson.dumps(body), status=problem.status, headers=problem.headers)

    return told


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a request wants of the collection."""

    after: int  # microseconds; those added later
    limit: int
    ids: frozenset[str]
    types: frozenset[str]
    versions: frozenset[str]
    specs: frozenset[str]

    def admits(self, held: Held) -> bool:
        """Tell whether an object is wanted; of each there is one version, the first and last."""
        return (
            held.added > self.after
            and (not self.ids or held.id in self.ids)
            and (not self.types or held.type in self.types)
            and (not self.specs or "2.1" in self.specs)
            and (bool(self.versions & {"first", "last", "all"}) or held.version in self.versions)
        )


class Taxii:
    """The routes of the server."""

    def __init__(self, backend: Backend, door: Doorkeeper, collection: Collection) -> None:
        self._backend = backend
        self._door = door
        self._collection = collection

    def routes(self) -> list[Route]:
        """Return the routes, each with and without the slash that the standard ends them with."""
        within = f"{ROOT}collections/{{collection}}/"
        served = {
            "/taxii2/": self.discovery,
            ROOT: self.root,
            f"{ROOT}collections/": self.collections,
            within: self.collection,
            f"{within}manifest/": self.manifest,
            f"{within}objects/": self.objects,
            f"{within}objects/{{object}}/": self.object,
            f"{within}objects/{{object}}/versions/": self.versions,
        }
        changing = (f"{within}objects/", f"{within}objects/{{object}}/")
        return [
            *(Route(path, page) for whole, page in served.items() for path in _both(whole)),
            *(
                Route(path, self.refused, methods=["POST", "DELETE"])
                for whole in changing
                for path in _both(whole)
            ),
        ]

    @_spoken
    async def discovery(self, request: Request) -> Response:
        """Answer with where the root is (section 4.1)."""
        self._door.admit_receiver(request)
        root = self._address(request) + ROOT
        return _json({"title": "Fluxhound", "default": root, "api_roots": [root]})

    @_spoken
    async def root(self, request: Request) -> Response:
        """Answer with what the root is (section 4.2)."""
        self._door.admit_receiver(request)
        return _json(
            {
                "title": "Names that behave like fast flux",
                "versions": [MEDIA_TYPE],
                "max_content_length": MAX_CONTENT,
            }
        )

    @_spoken
    async def collections(self, request: Request) -> Response:
        """Answer with the collections (section 5.1)."""
        self._door.admit_receiver(request)
        return _json({"collections": [_described()]})

    @_spoken
    async def collection(self, request: Request) -> Response:
        """Answer with the collection (section 5.2)."""
        self._door.admit_receiver(request)
        _check_collection(request)
        return _json(_described())

    @_spoken
    async def manifest(self, request: Request) -> Response:
        """Answer with what there is of objects (section 5.3)."""
        page, more = await self._page(request)
        entries = (
            orjson.dumps(
                {
                    "id": held.id,
                    "date_added": held.date_added,
                    "version": held.version,
                    "media_type": STIX_TYPE,
                }
            )
            for held in page
        )
        return _paged(page, more, "objects", entries)

    @_spoken
    async def objects(self, request: Request) -> Response:
        """Answer with objects (section 5.4)."""
        page, more = await self._page(request)
        return _paged(page, more, "objects", (held.octets for held in page))

    @_spoken
    async def object(self, request: Request) -> Response:
        """Answer with one object (section 5.6)."""
        page, more = await self._page(request, one=True)
        return _paged(page, more, "objects", (held.octets for held in page))

    @_spoken
    async def versions(self, request: Request) -> Response:
        """Answer with the versions of one object, of which we keep the last (section 5.8)."""
        page, more = await self._page(request, one=True)
        return _paged(page, more, "versions", (orjson.dumps(held.version) for held in page))

    @_spoken
    async def refused(self, request: Request) -> Response:
        """Answer who wants to change something."""
        self._door.admit_receiver(request)
        _check_collection(request)
        raise Problem(403, "This collection is for reading.")

    async def _page(self, request: Request, *, one: bool = False) -> tuple[Sequence[Held], bool]:
        """Return the objects that a request wants, and whether there are more.

        Raises:
            Problem: who asks may not, the collection or object is none, or a filter is wrong.
        """
        ceiling = self._door.admit_receiver(request)
        _check_collection(request)
        asked = asked_of(request)
        held = await run_in_threadpool(self._collection.held, ceiling)
        if one:
            wanted = request.path_params["object"]
            held = [each for each in held if each.id == wanted]
            if not held:
                raise Problem(404, f"There is no object {shown(wanted)}.")
        found = [each for each in held if asked.admits(each)]
        return found[: asked.limit], len(found) > asked.limit

    def _address(self, request: Request) -> str:
        """Return what we are called from outside: by our link, else as the request has it."""
        link = urlsplit(self._backend.terms().link)
        if link.scheme and link.netloc:
            return f"{link.scheme}://{link.netloc}"
        return f"{request.url.scheme}://{request.url.netloc}"


def asked_of(request: Request) -> Asked:
    """Return the filters of a request (section 3.4).

    Raises:
        Problem: 400 for a filter whose value makes no sense.
    """
    given = request.query_params
    onward = read_mark(given["next"]) if "next" in given else -1
    return Asked(
        after=max(onward, _moment(given["added_after"]) if "added_after" in given else -1),
        limit=_limit(given.get("limit", str(PAGE))),
        ids=_values(request, "id"),
        types=_values(request, "type"),
        versions=_values(request, "version") or frozenset({"last"}),
        specs=_values(request, "spec_version"),
    )


def _values(request: Request, field: str) -> frozenset[str]:
    texts = request.query_params.getlist(f"match[{field}]")
    return frozenset(value for text in texts for value in text.split(",") if value)


def _limit(text: str) -> int:
    if text.isascii() and text.isdecimal() and len(text) <= 9 and int(text) > 0:  # noqa: PLR2004 - no limit is longer
        return min(int(text), LARGEST_PAGE)
    raise Problem(400, "limit is not a positive number.")


def _moment(text: str) -> int:
    if not _TIME.fullmatch(text):
        raise Problem(400, "added_after is not a time: write 2026-11-24T08:00:00.000000Z.")
    whole, _, fraction = text.removesuffix("Z").partition(".")
    try:
        seconds = datetime.fromisoformat(whole).replace(tzinfo=UTC).timestamp()
    except ValueError as error:
        raise Problem(400, f"added_after is not a time ({error}).") from error
    return int(seconds) * 1_000_000 + int(fraction.ljust(6, "0")[:6])


def mark(held: Held) -> str:
    """Return where a page ended, as opaque text."""
    return base64.urlsafe_b64encode(str(held.added).encode()).decode().rstrip("=")


def read_mark(text: str) -> int:
    """Return where the page before ended.

    Raises:
        Problem: 400 if it is no mark of ours.
    """
    try:
        octets = base64.b64decode(text[:32] + "=" * (-len(text[:32]) % 4), b"-_", validate=True)
        if octets.isdigit() and len(octets) <= 20:  # noqa: PLR2004 - no time is longer
            return int(octets)
    except (binascii.Error, ValueError):
        pass
    raise Problem(400, "next is none of ours; take it as it was given.")


def _check_accept(accept: str) -> None:
    """Refuse who does not take what we speak (section 1.6.8.1)."""
    for part in accept[:_LONGEST].split(",") if accept else ["*/*"]:
        kind, *parameters = (word.strip().lower() for word in part.split(";"))
        told = dict(word.partition("=")[::2] for word in parameters)
        if kind in {"*/*", "application/*"}:
            return
        if kind == "application/taxii+json" and told.get("version", "2.1").strip('"') == "2.1":
            return
    raise Problem(406, f"Accept {MEDIA_TYPE}.")


def _check_collection(request: Request) -> None:
    wanted = request.path_params["collection"]
    if wanted != COLLECTION:
        raise Problem(404, f"There is no collection {shown(wanted)}.")


def _described() -> dict[str, object]:
    return {
        "id": COLLECTION,
        "title": "Findings",
        "description": "Names that behave like fast flux now, as far as you may see them.",
        "can_read": True,
        "can_write": False,
        "media_types": [STIX_TYPE],
    }


def _both(path: str) -> tuple[str, str]:
    return path, path.removesuffix("/")


def _json(content: object) -> Response:
    return _answer(orjson.dumps(content))


def _answer(octets: bytes, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    told = {"Content-Type": MEDIA_TYPE} | (headers or {})
    return Response(octets, status_code=status, headers=told)


def _paged(page: Sequence[Held], more: bool, key: str, entries: Iterable[bytes]) -> Response:
    """Return the envelope of a page (section 3.7); one with nothing in it is empty."""
    if not page:
        return _answer(b"{}")
    onward = b'"more":true,"next":"%s",' % mark(page[-1]).encode() if more else b'"more":false,'
    octets = b'{%s"%s":[%s]}' % (onward, key.encode(), b",".join(entries))
    return _answer(
        octets,
        headers={
            "X-TAXII-Date-Added-First": written(page[0].added),
            "X-TAXII-Date-Added-Last": written(page[-1].added),
        },
    )
