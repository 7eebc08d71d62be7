"""A web server on a free port with a pipeline that commits at once, or as a test wants it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from fluxhound.history.names import canonical_name
from fluxhound.history.recall import RRset
from fluxhound.intel.indicator import Tlp
from fluxhound.records import Finding
from fluxhound.service.decisions import Decisions
from fluxhound.service.intelligence import Intelligence
from fluxhound.service.meters import Meters
from fluxhound.service.web.backend import Backend, Pulse, Story
from fluxhound.service.web.body import Limits
from fluxhound.service.web.server import WebServer
from fluxhound.service.web.tokens import Scope, Tokens, digest
from fluxhound.sharing.outbound import Terms
from fluxhound.sources.format import ReadOptions
from fluxhound.sources.live import RUNNING, Health, Portion
from tests.sharing import builders, exporting

READ, OBSERVE, CLIENTS, METRICS, RESPOND, INTEL = (
    "token-" + word * 8 for word in ("read", "obsv", "clnt", "metr", "resp", "intl")
)
#: For receivers: one may see what is AMBER and below, the other only what is CLEAR.
SHARE, SHARE_CLEAR = ("token-" + word * 8 for word in ("shar", "shcl"))
TOKENS = Tokens(
    ceilings={digest(SHARE): Tlp.AMBER, digest(SHARE_CLEAR): Tlp.CLEAR},
    scopes={
        digest(SHARE): frozenset({Scope.SHARE}),
        digest(SHARE_CLEAR): frozenset({Scope.SHARE}),
        digest(READ): frozenset({Scope.READ}),
        digest(OBSERVE): frozenset({Scope.OBSERVE}),
        digest(CLIENTS): frozenset({Scope.CLIENTS}),
        digest(RESPOND): frozenset({Scope.RESPOND}),
        digest(METRICS): frozenset({Scope.METRICS}),
        digest(INTEL): frozenset({Scope.READ, Scope.INTEL}),
    },
)


@dataclass(slots=True)
class Pipeline:
    """Stands for the running service."""

    now: Pulse = field(default_factory=lambda: Pulse(inputs={"r-1": Health(state=RUNNING)}))
    pressed: bool = False
    refusal: Exception | None = None
    holding: bool = False
    portions: list[Portion] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    meters: Meters = field(default_factory=lambda: Meters(version="1.2.3", sources=("http",)))
    questions: list[tuple[str, float | None]] = field(default_factory=list)
    found: list[Finding] = field(default_factory=builders.everything)
    terms: Terms = exporting.TERMS
    decisions: Decisions | None = None
    intelligence: Intelligence | None = None

    def put(self, portion: Portion) -> None:
        self.portions.append(portion)
        if not self.holding:
            self.settle(portion)

    def settle(self, portion: Portion) -> None:
        if self.refusal is not None:
            assert portion.refused is not None
            portion.refused(self.refusal)
            return
        self.notes.update(portion.notes)
        assert portion.done is not None
        portion.done()

    def finding(self, name: str) -> Finding | None:
        return next((f for f in self.found if canonical_name(f.name) == name), None)

    def story(self, name: str) -> Story | None:
        found = self.finding(name)
        if found is None:
            return None
        return Story(entities=(found,), totals=builders.totals(), timelines=builders.timelines())

    def clients(self, name: str, since: float | None) -> Mapping[str, object]:
        self.questions.append((name, since))
        return {"name": name, "clients": [{"client": "0123456789abcdef"}], "capped": False}

    def rrsets(self, name: str, below: bool) -> Sequence[RRset]:
        return exporting.rrsets(builders.finding(name))

    def backend(self) -> Backend:
        return Backend(
            meters=self.meters,
            pulse=lambda: self.now,
            outlet=self,
            position=self.notes.get,
            findings=lambda: self.found,
            finding=self.finding,
            story=self.story,
            clients=self.clients,
            rrsets=self.rrsets,
            terms=lambda: self.terms,
            decisions=self.decisions,
            intelligence=self.intelligence,
            options=ReadOptions(sensor="posted"),
        )


@contextmanager
def served(
    pipeline: Pipeline, *, limits: Limits | None = None, listen: str = "127.0.0.1:0"
) -> Iterator[str]:
    """Serve *pipeline*; yield the address."""
    server = WebServer(pipeline.backend(), TOKENS, listen=listen, limits=limits)
    server.start()
    try:
        yield server.address
    finally:
        server.stop()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def get(address: str, path: str, token: str = "", **headers: str) -> httpx.Response:
    return httpx.get(address + path, headers=(bearer(token) if token else {}) | headers)


def post(
    address: str, body: bytes, token: str = OBSERVE, query: str = "", **headers: str
) -> httpx.Response:
    given = {"Content-Type": "application/x-ndjson"} | bearer(token)
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.post(
        f"{address}/api/v1/observations{query}", content=body, headers=given, timeout=20
    )


def observation(number: int = 0, *, start: int = 1_700_000_000) -> bytes:
    """Return one line in our own schema."""
    return (
        b'{"time": %d, "name": "kx-%d.example", "type": "A", "answers": "192.0.2.%d", "ttl": 60}\n'
        % (start + number, number, number % 250 + 1)
    )
