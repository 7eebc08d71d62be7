"""Who asked for a name: for those whose token says so."""

from __future__ import annotations

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from fluxhound.service.web.access import Doorkeeper
from fluxhound.service.web.asked import check_parameters, moment_asked, name_asked
from fluxhound.service.web.backend import Backend
from fluxhound.service.web.problems import Problem
from fluxhound.service.web.tokens import Scope

PARAMETERS = ("name", "since")


class Clients:
    """The route of clients."""

    def __init__(self, backend: Backend, door: Doorkeeper) -> None:
        self._backend = backend
        self._door = door

    async def asked(self, request: Request) -> Response:
        """Answer with the clients that asked for a name, as they are stored (pseudonyms)."""
        self._door.admit(request, Scope.CLIENTS)
        check_parameters(request, PARAMETERS)
        given = request.query_params
        if "name" not in given:
            raise Problem(400, "Give the name: /api/v1/clients?name=kx-delivery.example.")
        name = name_asked(given["name"])
        since = moment_asked(given["since"], "since") if "since" in given else None
        found = await run_in_threadpool(self._backend.clients, name, since)
        octets = orjson.dumps(found, option=orjson.OPT_APPEND_NEWLINE)
        return Response(octets, media_type="application/json")
