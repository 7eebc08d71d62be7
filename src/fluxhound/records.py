"""The nouns, without logic. Every package may import this module."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import pyarrow as pa

#: One row per RRset as seen in one response. A batch may leave out any column of
#: ``OPTIONAL_COLUMNS``; the history then fills in the default. ``name`` and ``answers`` are as the
#: source wrote them (any case, trailing dot or not), valid UTF-8, control characters escaped as
#: ``\DDD`` (RFC 1035 section 5.1).
OBSERVATION = pa.schema(
    [
        # Seconds since 1970-01-01 UTC. For aggregates (passive DNS): the first sighting.
        pa.field("time", pa.float64(), nullable=False),
        # Owner name of the RRset; for an answer section, the name that was asked for.
        pa.field("name", pa.string(), nullable=False),
        # "A", "AAAA" or "NS". Others carry nothing the detector uses and are not emitted.
        pa.field("type", pa.string(), nullable=False),
        # The rdata, joined by commas, in message order. A CNAME chain comes first, as names:
        # "edge.example.net,192.0.2.1,192.0.2.2". Every name of the chain owns the addresses.
        pa.field("answers", pa.string(), nullable=False),
        # TTL in seconds of the last RRset of the chain (the addresses); null where not recorded.
        pa.field("ttl", pa.int64()),
        # Who asked (address as text); null where the source does not say.
        pa.field("client", pa.string()),
        # The vantage point: the resolver that answered or, above a resolver, that asked.
        pa.field("sensor", pa.string()),
        # Last sighting, for aggregates. Default: ``time``.
        pa.field("time_last", pa.float64()),
        # Responses that this row stands for. Default: 1.
        pa.field("count", pa.int64()),
    ]
)

OPTIONAL_COLUMNS = ("ttl", "client", "sensor", "time_last", "count")

#: A batch may hold rows that are no observations, and mark those that are in this boolean column:
#: marking costs a reader much less than copying the rows that stay.
KEPT_COLUMN = "kept"


class EntityKind(StrEnum):
    """What a verdict is about."""

    NAME = "name"
    REGISTERED_DOMAIN = "registered-domain"
    NAME_SERVER = "name-server"
    NETWORK = "network"


class VerdictKind(StrEnum):
    """The vocabulary of judgement."""

    SINGLE_FLUX = "single-flux"
    DOUBLE_FLUX = "double-flux"
    NAME_SERVER_FLUX = "name-server-flux"
    FLUX_SUSPECT = "flux-suspect"
    CDN = "cdn"
    CLOUD_BALANCER = "cloud-balancer"
    VOLUNTEER_POOL = "volunteer-pool"
    DYNAMIC_DNS = "dynamic-dns"
    ROUND_ROBIN = "round-robin"
    SINKHOLED = "sinkholed"
    STATIC = "static"
    INSUFFICIENT_EVIDENCE = "insufficient-evidence"


#: Verdicts that are findings: they are worth a person's time.
FLUX_VERDICTS = frozenset(
    {
        VerdictKind.SINGLE_FLUX,
        VerdictKind.DOUBLE_FLUX,
        VerdictKind.NAME_SERVER_FLUX,
        VerdictKind.FLUX_SUSPECT,
    }
)


class Severity(StrEnum):
    """How urgent a finding is, from least to most."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


#: Severities from least to most, for comparison by index.
SEVERITIES = tuple(Severity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One measured value, what is normal for it, and how many points it adds.

    ``points`` are log-odds (nats) and sum exactly to the score; positive points are for flux
    (or malice), negative points against.
    """

    id: str
    points: float
    text: str
    value: float | None
    unit: str
    normal: str
    score: str = "flux"  # which of the two scores the points belong to: "flux" or "malice"

    @property
    def supports(self) -> bool:
        """Tell whether the evidence speaks for the score. The JSON key is ``for``."""
        return self.points > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAlike:
    """A harmless explanation that was weighed: how well it fits, and why."""

    verdict: VerdictKind
    fit: float  # 0 to 1
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One entity with its verdict, its evidence and its measures.

    ``measures`` maps a measure's name to its value; ``None`` means not observable.
    """

    name: str
    entity: EntityKind
    registered_domain: str
    verdict: VerdictKind
    finding: bool
    flux: float
    malice: float
    severity: Severity
    first_seen: datetime
    last_seen: datetime
    evidence: tuple[Evidence, ...]
    measures: Mapping[str, float | int | None]
    baselines: Mapping[str, bool | None]
    not_observable: tuple[str, ...]
    look_alikes: tuple[LookAlike, ...] = ()
    #: What would have to be seen for the verdict to change, one sentence each.
    counterfactuals: tuple[str, ...] = ()
    #: Registered domains of a network, in order; a bounded list.
    members: tuple[str, ...] = ()
    #: The network that a name, domain or name server belongs to; "" where it is in none.
    network: str = ""


class AlertKind(StrEnum):
    """What happened to a finding that somebody should hear of."""

    APPEARED = "appeared"
    GREW = "grew"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One change of one finding, told once."""

    #: UUIDv5 of what changed: the same change has the same id, so receivers can tell repeats.
    id: str
    kind: AlertKind
    time: datetime  # when it was raised, UTC
    finding: Finding
    clients: int | None  # distinct clients that asked; ``None`` means not observable
    link: str  # page of the finding, or ""
    previous: VerdictKind | None = None  # what was told before
    previous_severity: Severity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressFacts:
    """What the tables say about one address; empty strings and ``None`` where they do not."""

    address: str
    asn: int | None
    holder: str
    country: str  # ISO 3166 alpha-2, or ""
    kind: str  # a NetworkKind value; "unknown" where the tables cannot tell


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressSpan:
    """One stretch of time in which an address was among the answers."""

    first: datetime
    last: datetime
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressRow:
    """One row of the address raster: an address, its facts, and when it was answered."""

    facts: AddressFacts
    spans: tuple[AddressSpan, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One refresh: the answer set that was seen from a time on, and how much of it was new."""

    time: datetime
    sensor: str
    type: str
    addresses: tuple[str, ...]
    new: int  # addresses never seen before at that time
    ttl: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The history of one entity: its raster (in order of first appearance) and its refreshes."""

    name: str
    rows: tuple[AddressRow, ...]
    changes: tuple[Change, ...]
    #: Rows that were left out because there were too many to show.
    rows_left_out: int = 0
    changes_left_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class InputReport:
    """What became of one input."""

    name: str
    format: str
    records: int  # records read, of any kind
    observations: int  # rows passed on to the history
    passed_over: Mapping[str, int]  # reason -> count: records that hold nothing for us
    bad: Mapping[str, int]  # reason -> count: records that could not be read
    samples: Mapping[str, tuple[str, ...]]  # reason -> a few bad records, escaped and cut
    error: str | None = None  # one sentence, when the input could not be read (to its end)
    known: bool = False  # the store held this content already; nothing was added


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The sums of one analysis."""

    inputs: tuple[InputReport, ...]
    responses: int  # responses that carried an RRset we use
    names: int  # owner names seen
    registered_domains: int
    candidates: int  # entities that were profiled
    findings: int
    first: datetime | None
    last: datetime | None
    seconds: float  # wall time of the analysis
    tables: Mapping[str, str] = field(default_factory=dict)  # table -> its date
