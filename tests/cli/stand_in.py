"""An engine that reads nothing: what the command line asks of it is recorded."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self, overload

from fluxhound.errors import UnknownNameError
from fluxhound.records import (
    EntityKind,
    Evidence,
    Finding,
    InputReport,
    Severity,
    Timeline,
    Totals,
    VerdictKind,
)

#: What the machine contract asks for, whatever else there may be.
MEASURES = (
    *("addresses", "ipv4", "ipv6", "prefixes", "asns", "countries", "ttl_max", "answers"),
    *("refreshes", "new_rate", "clients", "ns_hosts", "ns_addresses"),
)
BEGAN = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def finding(name: str = "evil.example", severity: Severity = Severity.HIGH) -> Finding:
    is_finding = severity is not Severity.INFO
    return Finding(
        name=name,
        entity=EntityKind.NAME,
        registered_domain=name,
        verdict=VerdictKind.SINGLE_FLUX if is_finding else VerdictKind.CDN,
        finding=is_finding,
        flux=0.97 if is_finding else 0.03,
        malice=0.1,
        severity=severity,
        first_seen=BEGAN,
        last_seen=BEGAN,
        evidence=(
            Evidence(
                id="asn-spread",
                points=3.5,
                text="its addresses lie in 25 networks",
                value=25,
                unit="ASNs",
                normal="1 to 3",
            ),
        ),
        measures=dict.fromkeys(MEASURES) | {"addresses": 40, "asns": 25, "ttl_max": 300},
        baselines={"holz_24h": True},
        not_observable=("name-servers",),
    )


def report(**given: Any) -> InputReport:
    usual: dict[str, Any] = {
        "name": "dns.log",
        "format": "zeek",
        "records": 10,
        "observations": 8,
        "passed_over": {"query": 2},
        "bad": {},
        "samples": {},
    }
    return InputReport(**usual | given)


def totals(*inputs: InputReport, findings: int = 1) -> Totals:
    return Totals(
        inputs=inputs or (report(),),
        responses=8,
        names=3,
        registered_domains=2,
        candidates=2,
        findings=findings,
        first=BEGAN,
        last=BEGAN,
        seconds=0.5,
    )


@dataclass
class StandInAnalysis(Sequence[Finding]):
    everything: tuple[Finding, ...]
    totals: Totals
    closed: bool = False
    everything_built: bool = False

    @property
    def entities(self) -> tuple[Finding, ...]:
        self.everything_built = True  # which takes long where there is much
        return self.everything

    @property
    def _findings(self) -> list[Finding]:
        return [each for each in self.everything if each.finding]

    @property
    def look_alikes(self) -> tuple[Finding, ...]:
        return tuple(each for each in self.everything if not each.finding)

    @overload
    def __getitem__(self, place: int) -> Finding: ...
    @overload
    def __getitem__(self, place: slice) -> list[Finding]: ...
    def __getitem__(self, place: int | slice) -> Finding | list[Finding]:
        return self._findings[place]

    def __len__(self) -> int:
        return len(self._findings)

    def timeline(self, name: str, entity: EntityKind | None = None) -> Timeline:
        return Timeline(name=name, rows=(), changes=())

    def find(self, name: str, entity: EntityKind | None = None) -> Finding:
        for each in self.everything:
            if each.name == name and entity in (None, each.entity):
                return each
        near = difflib.get_close_matches(name, [each.name for each in self.everything])
        raise UnknownNameError(f"{name} was not seen. Nearest: {', '.join(near)}.")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.closed = True


@dataclass
class StandIn:
    """Stands where ``analyze`` stands."""

    entities: tuple[Finding, ...] = field(
        default_factory=lambda: (finding(), finding("cdn.example", Severity.INFO))
    )
    totals: Totals = field(default_factory=totals)
    error: BaseException | None = None
    inputs: list[Any] = field(default_factory=list)
    options: Any = None
    analysis: StandInAnalysis | None = None

    def __call__(
        self,
        inputs: Iterable[Any],
        *,
        options: Any = None,
        progress: Callable[[Any], None] | None = None,
    ) -> StandInAnalysis:
        self.inputs, self.options = list(inputs), options
        if self.error:
            raise self.error
        self.analysis = StandInAnalysis(self.entities, self.totals)
        return self.analysis
