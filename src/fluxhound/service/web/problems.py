"""Errors of the API as ``application/problem+json`` (RFC 9457), every text from outside escaped."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from fluxhound.sources.tally import printable

log = logging.getLogger(__name__)

PROBLEM_TYPE = "application/problem+json"
#: Characters of a text from outside that an error repeats. Chosen, not measured.
SHOWN = 80


class Problem(Exception):  # noqa: N818 - the word of RFC 9457
    """A request that cannot be served, and what to do about it."""

    def __init__(
        self, status: int, detail: str, *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})


def shown(text: str) -> str:
    """Return a text from outside as an error may repeat it: escaped and cut."""
    return printable(text, limit=SHOWN)


def response(problem: Problem) -> Response:
    """Return the problem as an answer."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
    }
    return Response(
        orjson.dumps(body, option=orjson.OPT_APPEND_NEWLINE),
        status_code=problem.status,
        headers=problem.headers,
        media_type=PROBLEM_TYPE,
    )


async def on_problem(_request: Request, error: Exception) -> Response:
    """Answer a ``Problem`` that a route raised."""
    assert isinstance(error, Problem)  # noqa: S101 - registered for this class alone
    return response(error)


async def on_http_error(request: Request, error: Exception) -> Response:
    """Answer what the router refuses: no such page, wrong method."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class alone
    detail = {
        HTTPStatus.NOT_FOUND: f"There is no page {shown(request.url.path)}.",
        HTTPStatus.METHOD_NOT_ALLOWED: f"This page does not take {shown(request.method)}.",
    }.get(HTTPStatus(error.status_code), "The request could not be served.")
    return response(Problem(error.status_code, detail, headers=error.headers))


async def on_defect(_request: Request, error: Exception) -> Response:
    """Answer a defect of ours without telling its inside; the log has it."""
    log.error("a request met a defect", exc_info=error)
    return response(Problem(500, "This is a defect of Fluxhound; its log tells more."))
