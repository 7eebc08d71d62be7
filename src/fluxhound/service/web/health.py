"""Is the process alive, and is the service doing its work."""

from __future__ import annotations

from collections.abc import Iterator

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from fluxhound.service.web.access import Doorkeeper
from fluxhound.service.web.backend import Backend, Pulse
from fluxhound.sources.live import FAILING, SILENT, STARTING
from fluxhound.sources.tally import printable

#: Above this the service does not keep up: alerts are late by as much. Chosen, not measured.
MOST_LAG_S = 60.0


class Probes:
    """The routes for probes, and the metrics."""

    def __init__(self, backend: Backend, door: Doorkeeper) -> None:
        self._backend = backend
        self._door = door

    async def alive(self, request: Request) -> Response:
        """Answer as long as the process does."""
        self._door.admit_probe(request)
        return Response(b"ok\n", media_type="text/plain")

    async def ready(self, request: Request) -> Response:
        """Answer 200 if inputs run and the pipeline keeps up, else 503; always with the reasons."""
        self._door.admit_probe(request)
        pulse = self._backend.pulse()
        reasons = list(faults(pulse))
        content = {
            "ready": not reasons,
            "reasons": reasons,
            "lag_s": round(pulse.lag_s, 3),
            "inputs": {printable(name): health.state for name, health in pulse.inputs.items()},
        }
        octets = orjson.dumps(content, option=orjson.OPT_APPEND_NEWLINE)
        return Response(octets, status_code=503 if reasons else 200, media_type="application/json")

    async def metrics(self, request: Request) -> Response:
        """Answer with the metrics in the text format of Prometheus."""
        self._door.admit_probe(request)
        octets = await run_in_threadpool(self._backend.meters.exposition)
        media = "text/plain; version=0.0.4; charset=utf-8"
        return Response(octets, headers={"Content-Type": media})


def faults(pulse: Pulse) -> Iterator[str]:
    """Yield what keeps the service from its work, one sentence each.

    An input at its end is no fault: files that were read whole are like that.
    """
    if pulse.stopping:
        yield "The service is stopping."
    if pulse.disk_full:
        yield "The disk of the store is full; nothing is taken until there is room."
    if pulse.behind:
        yield "The service is behind its inputs."
    elif pulse.lag_s > MOST_LAG_S:
        yield f"Records wait {pulse.lag_s:.0f} s for their commit."
    for name, health in pulse.inputs.items():
        if health.state in (FAILING, SILENT, STARTING):
            why = f": {printable(health.error)}" if health.error else ""
            yield f"Input {printable(name)} is {health.state}{why}."
