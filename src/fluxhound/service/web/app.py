"""The routes, put together."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.types import ASGIApp

from fluxhound.service.web.access import Doorkeeper
from fluxhound.service.web.backend import Backend
from fluxhound.service.web.body import Limits
from fluxhound.service.web.clients import Clients
from fluxhound.service.web.collection import Collection
from fluxhound.service.web.decisions import DecisionRoutes
from fluxhound.service.web.exporting import Exports
from fluxhound.service.web.findings import Findings, now_utc
from fluxhound.service.web.guard import Guard
from fluxhound.service.web.health import Probes
from fluxhound.service.web.intelligence import IntelRoutes
from fluxhound.service.web.observations import Observations
from fluxhound.service.web.pdns import PassiveDns
from fluxhound.service.web.problems import Problem, on_defect, on_http_error, on_problem
from fluxhound.service.web.taxii import Taxii


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """The application, and what ends with it."""

    asgi: ASGIApp
    close: Callable[[], None]


def application(
    backend: Backend,
    door: Doorkeeper,
    *,
    loopback: bool,
    hosts: frozenset[str] = frozenset(),
    limits: Limits | None = None,
    clock: Callable[[], float] = time.time,
) -> Application:
    """Return the application.

    With *loopback*, only requests for this machine's own names are served, and for *hosts*.
    """
    observations = Observations(backend, door, limits or Limits(), clock)
    app = Starlette(
        routes=routes(backend, door, observations),
        exception_handlers={
            Problem: on_problem,
            HTTPException: on_http_error,
            Exception: on_defect,
        },
    )
    app.router.redirect_slashes = False
    guarded = Guard(app, loopback=loopback, hosts=hosts)
    return Application(asgi=guarded, close=observations.close)


def routes(backend: Backend, door: Doorkeeper, observations: Observations) -> list[Route]:
    """Return every route there is."""
    probes = Probes(backend, door)
    findings = Findings(backend, door, now_utc)
    clients = Clients(backend, door)
    response = DecisionRoutes(backend.decisions, door)
    taxii = Taxii(backend, door, Collection(backend.findings, backend.terms))
    return [
        Route("/healthz", probes.alive),
        Route("/readyz", probes.ready),
        Route("/metrics", probes.metrics),
        Route("/findings/{name:path}", findings.html),
        Route("/api/v1/findings", findings.listed),
        Route("/api/v1/findings/{name:path}/export", Exports(backend, door).export),
        Route("/api/v1/findings/{name:path}", findings.document),
        Route("/api/v1/clients", clients.asked),
        Route("/api/v1/response", response.listed),
        Route("/api/v1/response/decisions", response.decide, methods=["POST"]),
        Route("/api/v1/observations", observations.post, methods=["POST"]),
        Route("/pdns/query/{name:path}", PassiveDns(backend, door).query),
        *IntelRoutes(backend.intelligence, door).routes(),
        *taxii.routes(),
    ]
