"""Findings over HTTP: the list, one document, and one as a page for people."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from importlib import resources

import orjson
from anyio import CapacityLimiter, to_thread
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from fluxhound.records import EntityKind, Severity, VerdictKind
from fluxhound.service.web.access import Doorkeeper
from fluxhound.service.web.asked import (
    check_parameters,
    moment_asked,
    name_asked,
    number_asked,
    words_asked,
)
from fluxhound.service.web.backend import Backend
from fluxhound.service.web.paging import LARGEST_PAGE, PAGE, Filters, page, read_cursor
from fluxhound.service.web.problems import Problem, shown
from fluxhound.service.web.tokens import Scope
from fluxhound.sharing.document import to_document
from fluxhound.sharing.report.page import render_html

#: Names that are judged for requests at the same time: each takes most of a second of one core,
#: which the service needs for itself. Chosen, not measured.
AT_ONCE = 2
PARAMETERS = ("verdict", "severity", "entity", "domain", "since", "limit", "next")


class Findings:
    """The routes of findings."""

    def __init__(self, backend: Backend, door: Doorkeeper, now: Callable[[], datetime]) -> None:
        self._backend = backend
        self._door = door
        self._now = now
        self._turn = CapacityLimiter(AT_ONCE)

    async def listed(self, request: Request) -> Response:
        """Answer with one page of the list, the most severe first."""
        self._door.admit(request, Scope.READ)
        filters = filters_asked(request)
        limit = number_asked(request, "limit", default=PAGE, most=LARGEST_PAGE)
        start = request.query_params.get("next")
        after = None if start is None else read_cursor(start)

        def made() -> bytes:
            part, onwards = page(self._backend.findings(), filters, after=after, limit=limit)
            return _json({"findings": [to_document(f) for f in part], "next": onwards})

        return Response(await run_in_threadpool(made), media_type="application/json")

    async def document(self, request: Request) -> Response:
        """Answer with the document of one name, finding or not."""
        self._door.admit(request, Scope.READ)
        check_parameters(request, ())
        name = name_asked(request.path_params["name"])
        found = await to_thread.run_sync(self._backend.finding, name, limiter=self._turn)
        if found is None:
            raise unknown(name)
        return Response(_json(to_document(found)), media_type="application/json")

    async def html(self, request: Request) -> Response:
        """Answer with the page of one name: the report of that name alone."""
        self._door.admit(request, Scope.READ, browser=True)
        check_parameters(request, ())
        name = name_asked(request.path_params["name"])

        def made() -> str | None:
            story = self._backend.story(name)
            if story is None:
                return None
            return render_html(story.entities, story.totals, story.timelines, now=self._now())

        text = await to_thread.run_sync(made, limiter=self._turn)
        if text is None:
            raise unknown(name)
        return Response(
            text, media_type="text/html", headers={"Content-Security-Policy": page_policy()}
        )


def filters_asked(request: Request) -> Filters:
    """Return the filters of a request for the list.

    Raises:
        Problem: 400 for a parameter or value that does not exist.
    """
    check_parameters(request, PARAMETERS)
    given = request.query_params
    least = words_asked(request, "severity", Severity)
    if len(least) > 1:
        raise Problem(400, "Give one severity: it and all above are listed.")
    return Filters(
        verdicts=words_asked(request, "verdict", VerdictKind),
        entities=words_asked(request, "entity", EntityKind),
        least=next(iter(least), Severity.INFO),
        domain=name_asked(given["domain"]) if "domain" in given else "",
        since=moment_asked(given["since"], "since") if "since" in given else 0.0,
    )


def unknown(name: str) -> Problem:
    """Return the answer for a name that was not judged."""
    return Problem(404, f"{shown(name)} was not judged: too little was seen of it, or nothing.")


@cache
def page_policy() -> str:
    """Return the policy of the report's page: its own style and nothing else."""
    style = resources.files("fluxhound.sharing.report").joinpath("style.css").read_bytes()
    digest = base64.b64encode(hashlib.sha256(style).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    )


def now_utc() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def _json(content: object) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_APPEND_NEWLINE)
