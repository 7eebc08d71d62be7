"""One analysis, from inputs to ranked findings: what the command line and the Python API call."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Self, overload

import duckdb
import pyarrow as pa

from fluxhound.enrichment.domains import domain_table
from fluxhound.enrichment.facts import AddressTable
from fluxhound.enrichment.opening import open_tables
from fluxhound.errors import FluxhoundError, StoreError, UsageError
from fluxhound.history.recall import RRset, rrsets
from fluxhound.history.store import Store, interruptible
from fluxhound.intel.brands import POPULAR, Brand
from fluxhound.intel.deciding import Decider
from fluxhound.intel.impersonation import Imitations
from fluxhound.intel.opinions import weighed
from fluxhound.profiles.identities import remember_networks
from fluxhound.records import (
    EntityKind,
    Finding,
    InputReport,
    Timeline,
    Totals,
)
from fluxhound.service.intake import Intake, Progress, Tell
from fluxhound.service.intelligence import decider_of
from fluxhound.service.judged import Judged, judged
from fluxhound.service.touched import bring_touched
from fluxhound.sources.format import ReadOptions

__all__ = ["Analysis", "AnalysisOptions", "Progress", "analyze"]

Source = str | Path | IO[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisOptions:
    """Choices for one analysis; every default is safe."""

    input_format: str | None = None
    store: Path | None = None
    memory_bytes: int = 2 << 30
    threads: int | None = None
    temporary: Path | None = None
    #: Only history rows that begin in [since, until); rows are at most an hour long.
    since: datetime | None = None
    until: datetime | None = None
    read: ReadOptions = field(default_factory=ReadOptions)
    asn_table: Path | None = None
    country_table: Path | None = None
    tables: bool = True
    #: Profile all that showed three addresses, not only what could be flux.
    wide: bool = False
    #: Names that get a profile in any case.
    wanted: tuple[str, ...] = ()
    #: Judge only what the inputs show for the first time, with its history (``touched``).
    new: bool = False
    #: Brands whose imitation is a sign of malice; none are looked for if empty.
    brands: tuple[Brand, ...] = POPULAR


class Analysis(Sequence[Finding]):
    """The findings, ranked, and what stands behind them. Close it, or use it as a context."""

    def __init__(
        self,
        store: Store,
        found: Judged,
        *,
        totals: Callable[[int], Totals],
        decider: Decider | None = None,
        imitations: Imitations | None = None,
    ) -> None:
        """Take what ``analyze`` made; not for calling."""
        self._store = store
        self._judged = found
        self._decider = decider
        self._imitations = imitations
        self._findings = weighed(found.findings, decider, imitations)
        self.totals = totals(len(self._findings))

    @property
    def store(self) -> Store:
        """Return the history that was judged; take a cursor of it for tables of your own."""
        return self._store

    @property
    def entities(self) -> tuple[Finding, ...]:
        """Return every profiled entity, findings first, ranked."""
        return self._judged.entities

    @property
    def look_alikes(self) -> tuple[Finding, ...]:
        """Return what looks like flux and is not, as ``Judged.look_alikes``."""
        return self._judged.look_alikes

    def timeline(self, name: str, entity: EntityKind | None = None) -> Timeline:
        """Return the history of an entity: its raster of addresses and its refreshes.

        Raises:
            UnknownNameError: the name was not seen, or never showed enough to be profiled.
        """
        return self._judged.timeline(name, entity)

    def rrsets(self, name: str, *, below: bool = False) -> tuple[RRset, ...]:
        """Return what *name* answered, as ``recall.rrsets``, in the time that was analysed."""
        return rrsets(self._store.connection, name, below=below, table="seen")

    def find(self, name: str, entity: EntityKind | None = None) -> Finding:
        """Return the judgement of one name, finding or not.

        Raises:
            UnknownNameError: as for ``timeline``; the message has the nearest names.
        """
        found = self._judged.find(name, entity)
        return weighed([found], self._decider, self._imitations)[0]

    def close(self) -> None:
        """Close the store."""
        self._store.close()

    def __len__(self) -> int:
        """Return the number of findings."""
        return len(self._findings)

    @overload
    def __getitem__(self, at: int) -> Finding: ...
    @overload
    def __getitem__(self, at: slice) -> list[Finding]: ...
    def __getitem__(self, at: int | slice) -> Finding | list[Finding]:
        """Return findings by rank."""
        return self._findings[at]

    def __iter__(self) -> Iterator[Finding]:
        """Iterate over the findings, the most severe first."""
        return iter(self._findings)

    def __enter__(self) -> Self:
        """Return the analysis itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the store."""
        self.close()


@interruptible()
def analyze(
    inputs: Iterable[Source] | Source,
    *,
    options: AnalysisOptions | None = None,
    progress: Tell | None = None,
) -> Analysis:
    """Read DNS logs, captures and tables, judge every name, and return the ranked findings.

    *inputs* are paths or open binary files; with a store, what it holds is judged as well.

    Raises:
        UnreadableInputError: not one of the inputs could be read.
        StoreError, TableError, UsageError: as their messages say.
    """
    chosen = options or AnalysisOptions()
    if chosen.new and not chosen.store:
        raise UsageError("--new is for a store that grows: add --store.")
    started = time.monotonic()
    sources = [inputs] if isinstance(inputs, (str, Path)) or hasattr(inputs, "read") else inputs
    if chosen.threads:
        pa.set_cpu_count(chosen.threads)
    tables = open_tables(
        asn=chosen.asn_table, country=chosen.country_table, embedded_tables=chosen.tables
    )
    store = Store(
        chosen.store,
        memory_bytes=chosen.memory_bytes,
        threads=chosen.threads,
        temporary=chosen.temporary,
    )
    try:
        return _analysis(store, list(sources), tables, chosen, progress, started)  # type: ignore[arg-type]
    except duckdb.OutOfMemoryException as error:
        store.close()
        raise StoreError(
            f"The memory limit was too small for this input ({str(error).splitlines()[0]}). "
            "Give more with --memory, or check the free space of the temporary folder."
        ) from error
    except duckdb.IOException as error:
        store.close()
        raise StoreError(
            f"The disk could not be used ({str(error).splitlines()[0]}). "
            "Check the free space of the store's and the temporary folder."
        ) from error
    except BaseException:
        store.close()
        raise


def _analysis(
    store: Store,
    sources: Sequence[Source],
    tables: AddressTable,
    options: AnalysisOptions,
    progress: Tell | None,
    started: float,
) -> Analysis:
    mark = store.next_source()
    intake = Intake(store, options=options.read, input_format=options.input_format, tell=progress)
    reports = [intake.take(source) for source in sources]
    if sources and all(report.error and not report.observations for report in reports):
        raise _nothing_read(intake.errors)
    if progress:
        progress(Progress(stage="judge", input="", bytes_read=0, bytes_total=None, records=0))
    if options.new:
        bring_touched(store.connection, since_source=mark, domains=domain_table())
    found = judged(
        store.connection,
        tables=tables,
        not_observable=missing_everywhere(store),
        since=options.since,
        until=options.until,
        wide=options.wide,
        wanted=options.wanted,
        narrowed=True,
    )
    if options.store:
        with store.transaction():
            remember_networks(store.connection)
    totals = _totals(store, tuple(reports), len(found), tables, started)
    decider = decider_of(store, now=time.time()) if options.store else None
    imitations = Imitations(options.brands) if options.brands else None
    return Analysis(store, found, totals=totals, decider=decider, imitations=imitations)


def _nothing_read(errors: Sequence[FluxhoundError]) -> FluxhoundError:
    """Return the one error, or one that counts them."""
    first = errors[0]
    if len(errors) == 1:
        return first
    kind = type(first)
    return kind(f"None of {len(errors)} inputs could be read. The first: {first}")


def missing_everywhere(store: Store) -> tuple[str, ...]:
    """Return what no input in the store can show."""
    missing = [set(known.not_observable) for known in store.inputs()]
    return tuple(sorted(set.intersection(*missing))) if missing else ()


def _totals(
    store: Store,
    reports: tuple[InputReport, ...],
    candidates: int,
    tables: AddressTable,
    started: float,
) -> Callable[[int], Totals]:
    responses, first, last = store.connection.execute(
        "SELECT coalesce(sum(count), 0), min(first), max(last) FROM seen"
    ).fetchall()[0]
    names, domains = store.connection.execute(
        "SELECT count(*), count(DISTINCT registered_domain) FROM domain"
    ).fetchall()[0]

    def totals(findings: int) -> Totals:
        return Totals(
            inputs=reports,
            responses=int(responses),
            names=names,
            registered_domains=domains,
            candidates=candidates,
            findings=findings,
            first=_moment(first),
            last=_moment(last),
            seconds=time.monotonic() - started,
            tables=dict(tables.dates),
        )

    return totals


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
