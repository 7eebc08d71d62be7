"""One analysis on a cluster, with the same findings as ``service.analysis``.

The cluster reads, parses and compacts with our own readers, lets through what the gate may let
through, and brings it back (``context``); the embedded gate, screen and networks choose the
entities; their full history is fetched (``entities``); the embedded profiles and detector judge.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import duckdb

from fluxhound.detection.screen import could_be_flux
from fluxhound.enrichment.domains import domain_table
from fluxhound.enrichment.facts import AddressTable
from fluxhound.enrichment.opening import open_tables
from fluxhound.errors import StoreError, UnreadableInputError
from fluxhound.history.store import Store
from fluxhound.intel.impersonation import Imitations
from fluxhound.profiles.candidates import promote
from fluxhound.records import InputReport, Totals
from fluxhound.service.analysis import Analysis, AnalysisOptions
from fluxhound.service.intake import Progress, Tell
from fluxhound.service.judged import Judged, judged
from fluxhound.service.spark.cluster import cluster
from fluxhound.service.spark.compacted import choose_parts, merge, parse, reports
from fluxhound.service.spark.context import COLUMNS, find_context
from fluxhound.service.spark.entities import find_histories, replace_rows
from fluxhound.service.spark.fetching import Fetcher
from fluxhound.service.spark.listing import Failure, Kind, sort_inputs
from fluxhound.service.spark.reduction import reduce_history

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: Of the key that makes pseudonyms of clients, for this one analysis.
_KEY_BYTES = 32

_COUNTS = """
SELECT (SELECT coalesce(sum(count), 0) FROM history), (SELECT min(first) FROM history),
       (SELECT max(last) FROM history), (SELECT count(*) FROM owner_domain),
       (SELECT count(DISTINCT domain) FROM owner_domain)
"""


def analyze_on_cluster(
    inputs: Sequence[str],
    *,
    master: str,
    options: AnalysisOptions | None = None,
    progress: Tell | None = None,
) -> Analysis:
    """Read logs on the cluster *master*, judge every name, and return the ranked findings.

    *inputs* are paths that every worker has, or addresses of storage that Spark reads.

    Raises:
        UnreadableInputError: not one of the inputs could be read.
        MissingExtraError: PySpark or Java is not there.
        StoreError, TableError: as their messages say.
    """
    chosen = options or AnalysisOptions()
    started = time.monotonic()
    tables = open_tables(
        asn=chosen.asn_table, country=chosen.country_table, embedded_tables=chosen.tables
    )
    store = Store(
        None,
        memory_bytes=chosen.memory_bytes,
        threads=chosen.threads,
        temporary=chosen.temporary,
    )
    try:
        with cluster(master, memory_bytes=chosen.memory_bytes) as spark:
            job = _Job(spark, store, tables, chosen, progress, started)
            return job.run(inputs)
    except duckdb.OutOfMemoryException as error:
        store.close()
        raise StoreError(
            f"The memory limit was too small for the candidates ({str(error).splitlines()[0]}). "
            "Give more with --memory."
        ) from error
    except BaseException:
        store.close()
        raise


class _Job:
    """The steps of one analysis."""

    def __init__(
        self,
        spark: SparkSession,
        store: Store,
        tables: AddressTable,
        options: AnalysisOptions,
        tell: Tell | None,
        started: float,
    ) -> None:
        self._spark = spark
        self._store = store
        self._tables = tables
        self._options = options
        self._tell = tell
        self._started = started
        self._fetcher = Fetcher(spark, store.connection, memory_bytes=options.memory_bytes)

    def run(self, inputs: Sequence[str]) -> Analysis:
        kinds, failures = sort_inputs(self._spark, inputs, input_format=self._options.input_format)
        if not kinds:
            raise failures[0].error if failures else UnreadableInputError()
        self._say("read", inputs[0])
        choose_parts(self._spark, kinds)
        parse(
            self._spark,
            kinds,
            options=self._options.read,
            client_key=secrets.token_bytes(_KEY_BYTES),
        )
        merge(self._spark, since=self._options.since, until=self._options.until)
        told = (*reports(self._spark, kinds), *map(_failed, failures))
        _require_parts(tuple(kinds), told)
        self._bring_back()
        self._say("judge", "")
        found = self._judged(tuple(kinds))
        totals = self._totals(told, found)
        brands = self._options.brands
        imitations = Imitations(brands) if brands else None
        return Analysis(self._store, found, totals=totals, imitations=imitations)

    def _say(self, stage: str, name: str) -> None:
        if self._tell:
            self._tell(Progress(stage=stage, input=name, bytes_read=0, bytes_total=None, records=0))

    def _bring_back(self) -> None:
        connection = self._store.connection
        reduce_history(self._spark, wide=self._options.wide)
        find_context(self._spark)
        self._fetcher.fetch("brought", f"INSERT INTO history SELECT {COLUMNS}, 1 FROM portion")
        connection.execute("CREATE OR REPLACE TEMP VIEW seen AS SELECT * FROM history")
        promote(
            connection,
            domain_table().lookup,
            self._tables.lookup,
            could_be_flux,
            wide=self._options.wide,
        )
        find_histories(self._spark, connection)
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE arrived AS SELECT {COLUMNS} FROM history WITH NO DATA"
        )
        connection.execute("CREATE OR REPLACE TEMP TABLE served (owner VARCHAR)")
        into = f"INSERT INTO arrived SELECT {COLUMNS} FROM portion"
        self._fetcher.fetch("full", into)
        self._fetcher.fetch("short_serving", into)
        self._fetcher.fetch("served_host", "INSERT INTO served SELECT owner FROM portion")
        replace_rows(connection)
        self._fetcher.fetch(
            "asked_name",
            "INSERT INTO asked SELECT name, client::BIT::UBIGINT, 1 FROM portion",
        )

    def _judged(self, kinds: Sequence[Kind]) -> Judged:
        missing = [set(kind.format.not_observable) for kind in kinds]
        return judged(
            self._store.connection,
            tables=self._tables,
            not_observable=tuple(sorted(set.intersection(*missing))),
            since=self._options.since,
            until=self._options.until,
            wide=self._options.wide,
            narrowed=True,
        )

    def _totals(self, told: tuple[InputReport, ...], found: Judged) -> Callable[[int], Totals]:
        responses, first, last, names, domains = self._spark.sql(_COUNTS).collect()[0]

        def totals(findings: int) -> Totals:
            return Totals(
                inputs=told,
                responses=int(responses),
                names=int(names),
                registered_domains=int(domains),
                candidates=len(found),
                findings=findings,
                first=_moment(first),
                last=_moment(last),
                seconds=time.monotonic() - self._started,
                tables=dict(self._tables.dates),
            )

        return totals


def _failed(failure: Failure) -> InputReport:
    return InputReport(
        name=failure.name,
        format="",
        records=0,
        observations=0,
        passed_over={},
        bad={},
        samples={},
        error=str(failure.error),
    )


def _require_parts(kinds: Sequence[Kind], told: Sequence[InputReport]) -> None:
    """Refuse to judge a log of which a part was not read, or nothing at all."""
    for kind, report in zip(kinds, told, strict=False):
        if report.error and kind.by_lines:
            raise UnreadableInputError(report.error)
    if all(report.error and not report.observations for report in told):
        raise UnreadableInputError(str(told[0].error))


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
