"""One analysis, from inputs to ranked findings: what the command line and the Python API call."""

from __future__ import annotations

import dataclasses
import difflib
import functools
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Self, overload

import duckdb
import numpy as np
import pyarrow as pa

from fluxhound.detection.baselines.evaluation import BASELINES
from fluxhound.detection.compared import baselines_of
from fluxhound.detection.findings import finding_at
from fluxhound.detection.folding import standing
from fluxhound.detection.judgement import Judgement, judge
from fluxhound.detection.screen import could_be_flux
from fluxhound.enrichment.domains import domain_table
from fluxhound.enrichment.facts import AddressTable
from fluxhound.enrichment.opening import open_tables
from fluxhound.errors import FluxhoundError, StoreError, UnknownNameError
from fluxhound.history.store import Store, interruptible
from fluxhound.intel.services import known_service, renamed
from fluxhound.profiles.identities import remember_networks
from fluxhound.profiles.lookups import look_at_answers
from fluxhound.profiles.membership import network_members
from fluxhound.profiles.profile import build_profiles, neighbours
from fluxhound.profiles.timelines import timeline
from fluxhound.records import (
    FLUX_VERDICTS,
    SEVERITIES,
    EntityKind,
    Finding,
    InputReport,
    Timeline,
    Totals,
    VerdictKind,
)
from fluxhound.service.intake import Intake, Progress, Tell
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


class Analysis(Sequence[Finding]):
    """The findings, ranked, and what stands behind them. Close it, or use it as a context."""

    def __init__(
        self,
        store: Store,
        judgement: Judgement,
        *,
        tables: AddressTable,
        totals: Callable[[int], Totals],
        not_observable: tuple[str, ...],
    ) -> None:
        """Take what ``analyze`` made; not for calling."""
        self._store = store
        self._judgement = judgement
        self._tables = tables
        self._not_observable = not_observable
        flagged = np.flatnonzero(standing(judgement))
        self._findings = [f for f in self._built(flagged) if f.finding]
        self.totals = totals(len(self._findings))

    @functools.cached_property
    def entities(self) -> tuple[Finding, ...]:
        """Return every profiled entity, findings first, ranked."""
        return tuple(self._built(np.arange(len(self._judgement.flux))))

    @functools.cached_property
    def look_alikes(self) -> tuple[Finding, ...]:
        """Return what looks like flux and is not: named look-alikes, the most flux-like first.

        Only those that a person could take for flux: at least three addresses that changed.
        """
        j = self._judgement
        names = self._column("name")
        listed = np.array([known_service(n) is not None for n in names], dtype=bool)
        named = ~np.isin(j.verdicts, _UNNAMED) & ~j.findings & (j.columns["units"] >= 3)  # noqa: PLR2004
        rows = np.flatnonzero(named | (listed & (j.columns["units"] >= 3)))  # noqa: PLR2004
        rows = rows[np.argsort(-j.flux[rows], kind="stable")][:MOST_LOOK_ALIKES]
        found = [f for f in self._built(rows) if not f.finding]
        return tuple(sorted(found, key=lambda f: (-f.flux, f.name, f.entity.value)))

    @interruptible()
    def timeline(self, name: str, entity: EntityKind | None = None) -> Timeline:
        """Return the history of an entity: its raster of addresses and its refreshes.

        Raises:
            UnknownNameError: the name was not seen, or never showed enough to be profiled.
        """
        row = self._row(name, entity)
        number = self._judgement.profiles.column("entity")[row].as_py()
        return timeline(self._store.connection, number, name)

    def find(self, name: str, entity: EntityKind | None = None) -> Finding:
        """Return the judgement of one name, finding or not.

        Raises:
            UnknownNameError: as for ``timeline``; the message has the nearest names.
        """
        return self._built(np.array([self._row(name, entity)]))[0]

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

    def _column(self, name: str) -> list[str]:
        values: list[str] = self._judgement.profiles.column(name).to_pylist()
        return values

    @functools.cached_property
    def _rows_by_name(self) -> dict[str, list[tuple[int, str]]]:
        """Return name -> its rows with their kinds: time lines are asked for one after another."""
        found: dict[str, list[tuple[int, str]]] = {}
        for row, (name, kind) in enumerate(
            zip(self._column("name"), self._column("kind"), strict=True)
        ):
            found.setdefault(name, []).append((row, kind))
        return found

    def _row(self, name: str, entity: EntityKind | None) -> int:
        names = self._rows_by_name
        rows = [row for row, kind in names.get(name, []) if entity is None or kind == entity]
        if rows:  # a flux verdict of the registered domain says more than the apex's own
            return max(rows, key=lambda i: (bool(self._judgement.findings[i]), -i))
        near = difflib.get_close_matches(name, names, n=3, cutoff=0.75)
        hint = f" Did you mean {', '.join(near)}?" if near else " Check its spelling."
        raise UnknownNameError(f"{name} was not seen with addresses in the input.{hint}")

    @interruptible()
    def _built(self, rows: np.ndarray[tuple[int], np.dtype[np.int64]]) -> list[Finding]:
        baselines = self._baselines(rows)
        found = [
            renamed(self._finding(int(row), rules))
            for row, rules in zip(rows, baselines, strict=True)
        ]
        return sorted(
            found, key=lambda f: (-SEVERITIES.index(f.severity), -f.flux, f.name, f.entity.value)
        )

    def _finding(self, row: int, rules: dict[str, bool | None]) -> Finding:
        finding = finding_at(
            self._judgement, row, baselines=rules, not_observable=self._not_observable
        )
        number, network = (
            self._judgement.profiles.column(name)[row].as_py() for name in ("entity", "network")
        )
        return dataclasses.replace(
            finding,
            members=self._members.get(number, ()),
            network=self._networks.get(network, ""),
        )

    @functools.cached_property
    def _members(self) -> dict[int, tuple[str, ...]]:
        """Return the members of each network that are findings, too: others only share a host."""
        domains = np.array(self._column("registered_domain"), dtype=object)
        found = set(domains[self._judgement.findings].tolist())
        listed = network_members(self._store.connection)
        return {n: tuple(d for d in all_ if d in found) for n, all_ in listed.items()}

    @functools.cached_property
    def _networks(self) -> dict[int, str]:
        """Return the names of networks by their numbers."""
        columns = zip(
            self._judgement.profiles.column("entity").to_pylist(),
            self._column("name"),
            self._column("kind"),
            strict=True,
        )
        return {number: name for number, name, kind in columns if kind == EntityKind.NETWORK}

    def _baselines(
        self, rows: np.ndarray[tuple[int], np.dtype[np.int64]]
    ) -> list[dict[str, bool | None]]:
        """Run the published rules; kinds apart, and with the neighbours that share addresses."""
        numbers = self._judgement.profiles.column("entity").to_numpy()
        kinds = np.array(self._column("kind"), dtype=object)
        result: dict[int, dict[str, bool | None]] = {}
        for kind in sorted(set(kinds[rows])):
            wanted = rows[kinds[rows] == kind]
            if kind == EntityKind.NETWORK:  # the rules were published for single names
                result.update({int(row): dict.fromkeys(BASELINES) for row in wanted})
                continue
            near = neighbours(self._store.connection, pa.array(numbers[wanted]), kind)
            chosen = np.flatnonzero(np.isin(numbers, near) & (kinds == kind))
            lookups, members = look_at_answers(self._store.connection, pa.array(numbers[chosen]))
            verdicts = baselines_of(
                self._judgement, chosen, lookups, members, asn_known=self._tables.knows_networks
            )
            by_row = dict(zip(chosen.tolist(), verdicts, strict=True))
            result.update({int(row): by_row[int(row)] for row in wanted})
        return [result[int(row)] for row in rows]


MOST_LOOK_ALIKES = 200
_UNNAMED = [
    VerdictKind.INSUFFICIENT_EVIDENCE,
    VerdictKind.STATIC,
    VerdictKind.ROUND_ROBIN,
    *FLUX_VERDICTS,
]


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
    intake = Intake(store, options=options.read, input_format=options.input_format, tell=progress)
    reports = [intake.take(source) for source in sources]
    if sources and all(report.error and not report.observations for report in reports):
        raise _nothing_read(intake.errors)
    if progress:
        progress(Progress(stage="judge", input="", bytes_read=0, bytes_total=None, records=0))
    profiles = build_profiles(
        store.connection,
        domains=domain_table().lookup,
        facts=tables.lookup,
        screen=could_be_flux,
        since=options.since,
        until=options.until,
        wide=options.wide,
        wanted=options.wanted,
    )
    if options.store:
        with store.transaction():
            remember_networks(store.connection)
    return Analysis(
        store,
        judge(profiles),
        tables=tables,
        totals=_totals(store, tuple(reports), profiles.num_rows, tables, started),
        not_observable=_missing_everywhere(store),
    )


def _nothing_read(errors: Sequence[FluxhoundError]) -> FluxhoundError:
    """Return the one error, or one that counts them."""
    first = errors[0]
    if len(errors) == 1:
        return first
    kind = type(first)
    return kind(f"None of {len(errors)} inputs could be read. The first: {first}")


def _missing_everywhere(store: Store) -> tuple[str, ...]:
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
