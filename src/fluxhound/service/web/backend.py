"""What the pages and routes stand on: the running service, given as callables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from fluxhound.history.recall import RRset
from fluxhound.records import EntityKind, Finding, Timeline, Totals
from fluxhound.service.decisions import Decisions
from fluxhound.service.intelligence import Intelligence
from fluxhound.service.meters import Meters
from fluxhound.sharing.outbound import Terms
from fluxhound.sources.format import ReadOptions
from fluxhound.sources.live import Health, Outlet

#: Name of the input that posted observations come in by.
HTTP_INPUT = "http"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """How the pipeline is at this moment."""

    inputs: Mapping[str, Health] = field(default_factory=dict)
    #: Seconds from the receipt of records to their commit.
    lag_s: float = 0.0
    #: Nothing is taken, because there is no room for it.
    disk_full: bool = False
    #: The service has been behind for seconds.
    behind: bool = False
    stopping: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One finding with all that its page shows: the arguments of ``render_html``."""

    entities: tuple[Finding, ...]
    totals: Totals
    timelines: Mapping[tuple[EntityKind, str], Timeline]


def nothing_recalled(_name: str, _below: bool) -> Sequence[RRset]:
    """Return no RRsets: for a service that tells no history."""
    return ()


def usual_terms() -> Terms:
    """Return the terms on which findings are shared where none are set."""
    return Terms(now=datetime.now(UTC))


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """The parts of the service that the routes call, from worker threads and at the same time."""

    meters: Meters
    #: Must be cheap: probes and every post ask for it.
    pulse: Callable[[], Pulse]
    #: Where posted observations go; the notes of their portions are the answers to keys.
    outlet: Outlet
    #: The position that is committed under a name.
    position: Callable[[str], str | None]
    #: What stands now: a bounded snapshot, in any order.
    findings: Callable[[], Sequence[Finding]]
    #: The judgement of one name in its one form, finding or not; ``None`` if it was not judged.
    finding: Callable[[str], Finding | None]
    story: Callable[[str], Story | None]
    #: Who asked for a name since a time (epoch seconds): {"name", "clients": [...], "capped"}.
    clients: Callable[[str, float | None], Mapping[str, object]]
    #: What a name, or with true also the names below it, answered; bounded.
    rrsets: Callable[[str, bool], Sequence[RRset]] = nothing_recalled
    #: On which terms findings are shared, at this moment.
    terms: Callable[[], Terms] = usual_terms
    #: The response, where the service has one.
    decisions: Decisions | None = None
    #: The sources of indicators and what analysts say, where the service has them.
    intelligence: Intelligence | None = None
    #: How posted records are read.
    options: ReadOptions = field(default_factory=ReadOptions)
