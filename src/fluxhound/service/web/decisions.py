"""The response over HTTP: what is in force and waits, and the decisions of people."""

from __future__ import annotations

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from fluxhound.errors import FluxhoundError
from fluxhound.service.decisions import DECISIONS, Decision, Decisions
from fluxhound.service.web.access import Doorkeeper
from fluxhound.service.web.asked import check_parameters, name_asked
from fluxhound.service.web.problems import Problem
from fluxhound.service.web.tokens import Scope

#: Octets of a decision, and characters of who decides and why. Chosen, not measured.
LARGEST = 16 << 10
LONGEST_WHO, LONGEST_REASON = 100, 500
KEYS = frozenset({"decision", "subject", "action", "who", "reason"})


class DecisionRoutes:
    """The routes of the response, for tokens with the scope ``respond``."""

    def __init__(self, decisions: Decisions | None, door: Doorkeeper) -> None:
        self._decisions = decisions
        self._door = door

    def _there(self) -> Decisions:
        if self._decisions is None:
            raise Problem(404, "This service has no response.")
        return self._decisions

    async def listed(self, request: Request) -> Response:
        """Answer with what is in force and what waits."""
        self._door.admit(request, Scope.RESPOND)
        check_parameters(request, ())
        return _answer(await run_in_threadpool(self._there().listed))

    async def decide(self, request: Request) -> Response:
        """Do what a person decided."""
        self._door.admit(request, Scope.RESPOND)
        check_parameters(request, ())
        decision = _decision(await _body(request))
        try:
            return _answer(await run_in_threadpool(self._there().decide, decision))
        except FluxhoundError as error:
            raise Problem(409, str(error)) from error


async def _body(request: Request) -> bytes:
    octets = b""
    async for chunk in request.stream():
        octets += chunk
        if len(octets) > LARGEST:
            raise Problem(413, "A decision is a small JSON object.")
    return octets


def _decision(octets: bytes) -> Decision:
    try:
        given = orjson.loads(octets)
    except orjson.JSONDecodeError as error:
        raise Problem(400, "The decision is no JSON object.") from error
    if not isinstance(given, dict) or not set(given) <= KEYS:
        raise Problem(400, f"A decision is an object with {', '.join(sorted(KEYS))}.")
    kind, who, reason = (given.get(key, "") for key in ("decision", "who", "reason"))
    action, subject = given.get("action", 0), given.get("subject", "")
    if kind not in DECISIONS:
        raise Problem(400, f"The decision is one of {', '.join(DECISIONS)}.")
    if not isinstance(who, str) or not 0 < len(who.strip()) <= LONGEST_WHO:
        raise Problem(400, "Give who decides: a person, for the log.")
    if not isinstance(reason, str) or len(reason) > LONGEST_REASON:
        raise Problem(400, f"A reason is a text of at most {LONGEST_REASON} characters.")
    if not isinstance(action, int) or isinstance(action, bool) or not 0 <= action < 1 << 53:
        raise Problem(400, "The action is a number.")
    if not isinstance(subject, str):
        raise Problem(400, "The subject is a name.")
    return Decision(
        kind=kind,
        who=who.strip(),
        reason=reason,
        action=action,
        subject=name_asked(subject) if subject else "",
    )


def _answer(document: object) -> Response:
    octets = orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE)
    return Response(octets, media_type="application/json")
