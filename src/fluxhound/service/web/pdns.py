"""Passive DNS over HTTP, as CIRCL's servers answer: what a name answered, one value a line."""

from __future__ import annotations

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import Response

from fluxhound.service.web.access import Doorkeeper
from fluxhound.service.web.asked import check_parameters, name_asked, number_asked
from fluxhound.service.web.backend import Backend
from fluxhound.service.web.problems import Problem
from fluxhound.sharing.cof import cof_lines

#: Lines in one answer: if nothing is asked for, and at most.
LINES, MOST_LINES = 1_000, 10_000
#: Questions that are looked up at the same time: each reads the history.
AT_ONCE = 2
MEDIA_TYPE = "application/x-ndjson"


class PassiveDns:
    """The route of passive DNS."""

    def __init__(self, backend: Backend, door: Doorkeeper) -> None:
        self._backend = backend
        self._door = door
        self._turn = CapacityLimiter(AT_ONCE)

    async def query(self, request: Request) -> Response:
        """Answer with what a name answered, the newest first; nothing for an unknown one."""
        ceiling = self._door.admit_receiver(request)
        check_parameters(request, ("limit",))
        name = name_asked(request.path_params["name"])
        most = number_asked(request, "limit", default=LINES, most=MOST_LINES)
        terms = self._backend.terms()
        if terms.marks.get(name, terms.tlp) > ceiling:
            raise Problem(403, f"What names answered is TLP:{terms.tlp.word.upper()} here.")

        def made() -> bytes:
            rrsets = self._backend.rrsets(name, False)
            lines = cof_lines(rrsets, origin=terms.link, single=True)
            return b"".join(line for line, _ in zip(lines, range(most), strict=False))

        octets = await to_thread.run_sync(made, limiter=self._turn)
        return Response(octets, media_type=MEDIA_TYPE)
