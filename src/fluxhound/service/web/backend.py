"""What the pages and routes stand on: the running service, given as callables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from fluxhound.records import EntityKind, Finding, Timeline, Totals
from fluxhound.service.meters import Meters
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
    #: How posted records are read.
    options: ReadOptions = field(default_factory=ReadOptions)
