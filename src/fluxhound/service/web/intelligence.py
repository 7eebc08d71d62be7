"""Intelligence over HTTP: how sources fare, what is thought of names, and what people change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fluxhound.errors import FluxhoundError
from fluxhound.intel.desk import Desk
from fluxhound.intel.shelf import declared_source
from fluxhound.intel.source import Source
from fluxhound.service.intelligence import Intelligence
from fluxhound.service.web.access import Doorkeeper
from fluxhound.service.web.asked import check_parameters
from fluxhound.service.web.problems import Problem
from fluxhound.service.web.tokens import Scope

PATH = "/api/v1/intel"
#: Octets of a question, names of one, and characters of a text. Chosen, not measured.
LARGEST, MOST_NAMES, LONGEST = 4 << 20, 10_000, 1_000
#: An entry that holds longer than this holds for good: a hundred years, in seconds.
LONGEST_ENTRY_S = 100 * 365 * 86_400.0

Given = Mapping[str, Any]
Answer = dict[str, Any]


class IntelRoutes:
    """Reading is for tokens with the scope ``read``, changing for those with ``intel``."""

    def __init__(self, intelligence: Intelligence | None, door: Doorkeeper) -> None:
        self._intelligence = intelligence
        self._door = door

    def routes(self) -> list[Route]:
        """Return every route there is."""
        return [
            Route(PATH, self.sources),
            Route(f"{PATH}/entries", self.entries),
            Route(f"{PATH}/lookup", self.lookup, methods=["POST"]),
            Route(f"{PATH}/seen", self.seen, methods=["POST"]),
            *(
                Route(f"{PATH}/{action}", self.changing(action), methods=["POST"])
                for action in CHANGES
            ),
        ]

    def _there(self) -> Intelligence:
        if self._intelligence is None:
            raise Problem(404, "This service has no intelligence.")
        return self._intelligence

    async def sources(self, request: Request) -> Response:
        """Answer with the sources and how they fare."""
        return await self._read(request, lambda desk: {"sources": desk.sources()})

    async def entries(self, request: Request) -> Response:
        """Answer with what analysts allow and deny."""
        return await self._read(request, lambda desk: {"entries": desk.entries()})

    async def lookup(self, request: Request) -> Response:
        """Answer with what is thought of names, and why."""
        self._door.admit(request, Scope.READ)
        names = _names(await _body(request), "names")
        return await self._read(request, lambda desk: {"opinions": desk.opinions(names)})

    async def seen(self, request: Request) -> Response:
        """Answer with what the history holds of what may be blocked."""
        self._door.admit(request, Scope.READ)
        since = (await _body(request)).get("since", 0.0)
        if not isinstance(since, int | float) or isinstance(since, bool):
            raise Problem(400, "since is a time: seconds since 1970.")
        return await self._read(request, lambda desk: {"seen": desk.seen(since=float(since))})

    async def _read(self, request: Request, ask: Callable[[Desk], Answer]) -> Response:
        self._door.admit(request, Scope.READ)
        check_parameters(request, ())
        return _answer(await run_in_threadpool(self._there().ask, ask))

    def changing(self, action: str) -> Callable[[Request], Any]:
        """Return what answers to one kind of change."""
        change, only_entries = CHANGES[action]

        async def answer(request: Request) -> Response:
            self._door.admit(request, Scope.INTEL)
            check_parameters(request, ())
            given = await _body(request)
            there = self._there()
            try:
                done = await run_in_threadpool(
                    lambda: there.change(lambda desk: change(desk, given), entries=only_entries)
                )
            except FluxhoundError as error:
                raise Problem(409, str(error)) from error
            return _answer(done)

        return answer


def _refresh(desk: Desk, given: Given) -> Answer:
    due_only = given.get("due", False)
    if not isinstance(due_only, bool):
        raise Problem(400, "due is true or false.")
    return {"sources": desk.refresh(_names(given, "names"), due_only=due_only)}


def _accept(desk: Desk, given: Given) -> Answer:
    return {"source": desk.accept(_text(given, "name"))}


def _add(desk: Desk, given: Given) -> Answer:
    return {"source": desk.add(_source(given.get("source")), later=given.get("later") is True)}


def _remove(desk: Desk, given: Given) -> Answer:
    desk.remove(_text(given, "name"))
    return {"removed": given["name"]}


def _allow(desk: Desk, given: Given) -> Answer:
    return _said(desk, given, allow=True)


def _deny(desk: Desk, given: Given) -> Answer:
    return _said(desk, given, allow=False)


def _said(desk: Desk, given: Given, *, allow: bool) -> Answer:
    seconds = given.get("seconds")
    if seconds is not None and not (
        isinstance(seconds, int | float) and 0 < seconds <= LONGEST_ENTRY_S
    ):
        raise Problem(400, "seconds is how long it holds, or null for good.")
    entry = desk.say(
        _text(given, "value"),
        allow=allow,
        reason=_text(given, "reason"),
        owner=_text(given, "owner"),
        seconds=seconds,
        alone=given.get("alone") is True,
    )
    return {"entry": entry}


def _forget(desk: Desk, given: Given) -> Answer:
    desk.unsay(_text(given, "value"))
    return {"forgotten": given["value"]}


#: What can be changed, and whether it changes only what analysts say.
CHANGES: Mapping[str, tuple[Callable[[Desk, Given], Answer], bool]] = {
    "refresh": (_refresh, False),
    "accept": (_accept, False),
    "add": (_add, False),
    "remove": (_remove, False),
    "allow": (_allow, True),
    "deny": (_deny, True),
    "forget": (_forget, True),
}


def _source(given: object) -> Source:
    """Return the source that is to be added: on the web, and without secrets.

    Whoever may add sources must not read this machine's files, nor reach into its network.
    """
    if not isinstance(given, dict):
        raise Problem(400, "Give the source as an object.")
    try:
        source = declared_source(given)
    except FluxhoundError as error:
        raise Problem(400, "This is no source of this version.") from error
    wrong = (
        source.client not in {"http", "taxii", "misp"}
        or source.secret_file
        or source.ca_file
        or source.private
        or source.configured
    )
    if wrong:
        raise Problem(
            403,
            "Sources with files, secrets, or in the service's own network stand in its "
            "configuration: [[intel]].",
        )
    return source


async def _body(request: Request) -> Given:
    octets = b""
    async for chunk in request.stream():
        octets += chunk
        if len(octets) > LARGEST:
            raise Problem(413, f"Ask for up to {MOST_NAMES:,} names at once.")
    try:
        given = orjson.loads(octets)
    except orjson.JSONDecodeError as error:
        raise Problem(400, "This is no JSON object.") from error
    if not isinstance(given, dict):
        raise Problem(400, "This is no JSON object.")
    return given


def _text(given: Given, key: str) -> str:
    text = given.get(key)
    if not isinstance(text, str) or not 0 < len(text.strip()) <= LONGEST:
        raise Problem(400, f"Give {key}: a text of at most {LONGEST:,} characters.")
    return text.strip()


def _names(given: Given, key: str) -> list[str]:
    names = given.get(key, [])
    if (
        not isinstance(names, list)
        or len(names) > MOST_NAMES
        or not all(isinstance(each, str) and len(each) <= LONGEST for each in names)
    ):
        raise Problem(400, f"Give {key}: a list of at most {MOST_NAMES:,} texts.")
    return names


def _answer(document: Answer) -> Response:
    octets = orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE)
    return Response(octets, media_type="application/json")
