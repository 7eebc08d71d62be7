"""What the service counts about itself, for Prometheus; never a name or an address of a record.

Labels come from the configuration (inputs, destinations) or from fixed words. Whatever is neither
is counted under ``other``, so that no input can add a series.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

import pyarrow as pa
import pyarrow.compute as pc
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from fluxhound.records import KEPT_COLUMN, SEVERITIES, Severity, VerdictKind
from fluxhound.sources.live import SHED, STATES
from fluxhound.sources.tally import Tally, printable

OTHER = "other"
RRTYPES = ("A", "AAAA", "NS")
STAGES = ("record", "judge", "sweep", "deliver", "retain")
#: What can become of an alert at a destination.
RESULTS = ("sent", "failed", "suppressed", "dropped")
#: Reasons are constants of the readers; more than this would be a defect, and are one series.
MOST_REASONS = 256
#: Inputs or destinations that have series of their own. Chosen, not measured.
MOST_LABELS = 256
LABEL_LENGTH = 80
#: Seconds, for stages that take from milliseconds (record) to minutes (sweep). Chosen.
BUCKETS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0, 300.0)


class Meters:
    """The metrics of one service, on a registry of their own. Every method is thread-safe."""

    def __init__(
        self, *, version: str, sources: Iterable[str] = (), destinations: Iterable[str] = ()
    ) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # they would double every series, and nobody asks for them
        self.registry = CollectorRegistry(auto_describe=True)
        self._lock = threading.Lock()
        self._sources: dict[str, str] = {}
        self._destinations: dict[str, str] = {}
        self._reasons: set[str] = set()
        self._totals: dict[tuple[str, str], int] = {}
        self._datasets: set[str] = set()
        ProcessCollector(registry=self.registry)
        self._counters()
        self._gauges()
        self._gauge("build_info", "Version of Fluxhound; always 1.", "version").labels(version).set(
            1
        )
        self._stages = Histogram(
            "fluxhound_stage_duration_seconds",
            "Time that one run of a stage took.",
            ("stage",),
            registry=self.registry,
            buckets=BUCKETS,
        )
        self.know(sources=sources, destinations=destinations)

    def _counters(self) -> None:
        self._records = self._counter("records", "Records read, of any kind.", "source")
        self._observations = self._counter(
            "observations", "RRsets taken into the history.", "source", "rrtype"
        )
        self._rejected = self._counter(
            "observations_rejected", "Records that could not be read.", "source", "reason"
        )
        self._passed_over = self._counter(
            "passed_over", "Sound records that hold nothing for us.", "source", "reason"
        )
        self._shed = self._counter("shed", "Records left out under overload.", "source")
        self._findings = self._counter("findings", "Findings made.", "verdict", "severity")
        self._alerts = self._counter(
            "alerts", "Alerts by what became of them.", "destination", "result"
        )

    def _gauges(self) -> None:
        self._tracked = self._gauge(
            "domains_tracked", "Registered domains with a history in memory."
        )
        self._due = self._gauge(
            "judging_waiting", "Domains whose answers changed, not looked at yet."
        )
        self._judging = self._gauge(
            "judging_mishaps",
            "Since the start: domains put off, rows left to the next sweep, steps that failed.",
            "kind",
        )
        self._open = self._gauge("findings_open", "Findings that stand now.", "severity")
        self._lag = self._gauge(
            "pipeline_lag_seconds", "Age of the newest committed record at its commit.", "source"
        )
        self._waiting = self._gauge(
            "outbox_waiting", "Alerts that wait for their delivery.", "destination"
        )
        self._states = self._gauge(
            "input_state",
            "1 for the state that an input is in, 0 for the others.",
            "source",
            "state",
        )
        self._store = self._gauge("store_bytes", "Size of the store on disk.")
        self._free = self._gauge("disk_free_bytes", "Free space on the disk of the store.")
        self._ages = self._gauge(
            "data_age_seconds", "Age of the tables that tell about addresses.", "dataset"
        )

    def _counter(self, name: str, about: str, *labels: str) -> Counter:
        return Counter(f"fluxhound_{name}_total", about, labels, registry=self.registry)

    def _gauge(self, name: str, about: str, *labels: str) -> Gauge:
        return Gauge(f"fluxhound_{name}", about, labels, registry=self.registry)

    def know(self, *, sources: Iterable[str] = (), destinations: Iterable[str] = ()) -> None:
        """Let inputs and destinations of the configuration have series of their own."""
        with self._lock:
            for known, named in ((self._sources, sources), (self._destinations, destinations)):
                for name in named:
                    if len(known) < MOST_LABELS:
                        known[name] = printable(name, limit=LABEL_LENGTH)

    def took(self, source: str, tally: Tally, types: Mapping[str, int]) -> None:
        """Count one committed portion: its *tally*, and its rows by type of RRset."""
        label = self._source(source)
        self._records.labels(label).inc(tally.records)
        for rrtype, rows in types.items():
            kind = rrtype if rrtype in RRTYPES else OTHER
            self._observations.labels(label, kind).inc(rows)
        for reason, count in tally.bad.items():
            self._rejected.labels(label, self._reason(reason)).inc(count)
        for reason, count in tally.passed_over.items():
            self._passed_over.labels(label, self._reason(reason)).inc(count)
        if tally.passed_over.get(SHED):
            self.shed(source, tally.passed_over[SHED])

    def shed(self, source: str, count: int) -> None:
        """Count records that were left out under overload, and stand in no tally."""
        self._shed.labels(self._source(source)).inc(count)

    def tracked(self, domains: int) -> None:
        """Set how many registered domains have a history in memory."""
        self._tracked.set(domains)

    def judging(self, *, waiting: int, postponed: int, dropped: int, failures: int) -> None:
        """Set how judging goes: domains that wait, and sums since the start of what went wrong."""
        self._due.set(waiting)
        for kind, total in (("postponed", postponed), ("dropped", dropped), ("failed", failures)):
            self._judging.labels(kind).set(total)

    def judged(self, verdict: VerdictKind, severity: Severity) -> None:
        """Count one new finding."""
        self._findings.labels(VerdictKind(verdict).value, Severity(severity).value).inc()

    def open_findings(self, counts: Mapping[Severity, int]) -> None:
        """Set how many findings stand, by severity; one that is missing has none."""
        for severity in SEVERITIES:
            self._open.labels(severity.value).set(counts.get(severity, 0))

    def lag(self, source: str, seconds: float) -> None:
        """Set how old the newest record of an input was at its commit, in seconds."""
        self._lag.labels(self._source(source)).set(seconds)

    @contextmanager
    def stage(self, stage: str) -> Iterator[None]:
        """Measure the time that the block takes as one run of *stage*."""
        started = time.perf_counter()
        try:
            yield
        finally:
            label = stage if stage in STAGES else OTHER
            self._stages.labels(label).observe(time.perf_counter() - started)

    def alerted(self, destination: str, result: str) -> None:
        """Count what became of one alert at one destination (see ``RESULTS``)."""
        self._alert(destination, result, 1)

    def delivered(self, destination: str, totals: Mapping[str, int]) -> None:
        """Count alerts up to *totals*: what has become of them at a destination so far."""
        for result, total in totals.items():
            with self._lock:
                new = total - self._totals.get((destination, result), 0)
                self._totals[destination, result] = total
            self._alert(destination, result, max(new, 0))

    def _alert(self, destination: str, result: str, count: int) -> None:
        label = self._label(self._destinations, destination)
        self._alerts.labels(label, result if result in RESULTS else OTHER).inc(count)

    def outbox(self, destination: str, waiting: int) -> None:
        """Set how many alerts wait for a destination."""
        self._waiting.labels(self._label(self._destinations, destination)).set(waiting)

    def input_state(self, source: str, state: str) -> None:
        """Set the state that an input is in (one of ``STATES``)."""
        label = self._source(source)
        for each in STATES:
            self._states.labels(label, each).set(each == state)

    def store_size(self, octets: int) -> None:
        """Set the size of the store in bytes."""
        self._store.set(octets)

    def disk_free(self, octets: int) -> None:
        """Set the free space on the disk of the store in bytes."""
        self._free.set(octets)

    def table_age(self, dataset: str, seconds: float) -> None:
        """Set the age of one table in seconds."""
        with self._lock:
            if dataset in self._datasets or len(self._datasets) < MOST_LABELS:
                self._datasets.add(dataset)
                label = printable(dataset, limit=LABEL_LENGTH)
            else:
                label = OTHER
        self._ages.labels(label).set(seconds)

    def exposition(self) -> bytes:
        """Return all metrics in the text format of Prometheus."""
        return generate_latest(self.registry)

    def names(self) -> frozenset[str]:
        """Return the names of all series, histogram parts included: for checks of dashboards."""
        families = list(self.registry.collect())
        sampled = {sample.name for family in families for sample in family.samples}
        suffixes = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}
        declared = {
            family.name + suffix
            for family in families
            for suffix in suffixes.get(family.type, ("",))
        }
        return frozenset(sampled | declared)

    def _source(self, source: str) -> str:
        return self._label(self._sources, source)

    def _label(self, known: Mapping[str, str], name: str) -> str:
        with self._lock:
            return known.get(name, OTHER)

    def _reason(self, reason: str) -> str:
        with self._lock:
            if reason not in self._reasons and len(self._reasons) >= MOST_REASONS:
                return OTHER
            self._reasons.add(reason)
        return printable(reason, limit=LABEL_LENGTH)


def rrtypes(batches: Iterable[pa.RecordBatch]) -> dict[str, int]:
    """Return how many rows of *batches* (schema ``OBSERVATION``) are of each type of RRset."""
    counts: dict[str, int] = {}
    for batch in batches:
        types = batch.column("type")
        if KEPT_COLUMN in batch.schema.names:
            types = types.filter(batch.column(KEPT_COLUMN))
        for each in pc.value_counts(types).to_pylist():
            counts[each["values"]] = counts.get(each["values"], 0) + each["counts"]
    return counts
