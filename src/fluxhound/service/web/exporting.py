"""One finding over HTTP in the formats that others read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import Response

from fluxhound.history.recall import RRset
from fluxhound.intel.indicator import Tlp
from fluxhound.records import EntityKind, Finding
from fluxhound.service.web.access import Doorkeeper
from fluxhound.service.web.asked import check_parameters, name_asked
from fluxhound.service.web.backend import Backend
from fluxhound.service.web.findings import AT_ONCE, page_policy, unknown
from fluxhound.service.web.problems import Problem, shown
from fluxhound.sharing.exports import FORMATS, Exported, Material, export
from fluxhound.sharing.outbound import TOO_RESTRICTED

#: A folder of files is no answer.
NAMES = tuple(name for name, each in FORMATS.items() if not each.folder)


class Exports:
    """The route of exports."""

    def __init__(self, backend: Backend, door: Doorkeeper) -> None:
        self._backend = backend
        self._door = door
        self._turn = CapacityLimiter(AT_ONCE)

    async def export(self, request: Request) -> Response:
        """Answer with one finding in the format that is asked for."""
        ceiling = self._door.admit_receiver(request, readers=True)
        check_parameters(request, ("format",))
        form = request.query_params.get("format", "")
        if form not in NAMES:
            raise Problem(400, f"format {shown(form)} is none of {', '.join(NAMES)}.")
        name = name_asked(request.path_params["name"])
        made = await to_thread.run_sync(self._made, form, name, ceiling, limiter=self._turn)
        if made is None:
            raise unknown(name)
        if TOO_RESTRICTED in made.left_out:
            raise Problem(403, f"{shown(name)} is more restricted than you may see.")
        if made.left_out:
            reason = next(iter(made.left_out))
            raise Problem(404, f"There is nothing to tell about {shown(name)}: {reason}.")
        chosen = FORMATS[form]
        headers = {"Content-Disposition": f'attachment; filename="finding{chosen.ending}"'}
        if form == "html":
            headers["Content-Security-Policy"] = page_policy()
        return Response(made.content, media_type=chosen.media_type, headers=headers)

    def _made(self, form: str, name: str, ceiling: Tlp) -> Exported | None:
        """Return the export; ``None`` for a name that was not judged."""
        terms = replace(self._backend.terms(), ceiling=ceiling)
        if not FORMATS[form].looks_back:
            found = self._backend.finding(name)
            return None if found is None else export(form, [found], terms)
        story = self._backend.story(name)
        if story is None:
            return None
        material = Material(timelines=story.timelines, rrsets=self._rrsets)
        return export(form, story.entities, terms, material)

    def _rrsets(self, finding: Finding) -> Sequence[RRset]:
        return self._backend.rrsets(finding.name, finding.entity is EntityKind.REGISTERED_DOMAIN)
