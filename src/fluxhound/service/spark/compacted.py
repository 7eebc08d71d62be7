"""Compaction on the cluster: every worker compacts its part, then rows with the same key merge.

The merge is min, max and sum (``history.merging``), so the order does not matter and a part that
was done again by another worker changes nothing. A name with a third of the traffic is no larger
than others after its part was compacted: what is moved about are its different answers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import reduce
from typing import TYPE_CHECKING

from fluxhound.profiles.profile import window
from fluxhound.records import InputReport
from fluxhound.service.spark import parsing
from fluxhound.service.spark.listing import Kind, Place
from fluxhound.service.spark.parsing import ASKED, COUNTED, DDL, Portion
from fluxhound.service.spark.views import keep
from fluxhound.sources.format import ReadOptions
from fluxhound.sources.tally import SAMPLES_PER_REASON

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

#: Lines longer than this are passed over unseen, so that one cannot fill a worker's memory.
LONGEST_LINE = 16 << 20
_LONGEST_LINE_KEY = "mapreduce.input.linerecordreader.line.maxlength"
#: Rows of counts that are looked at: reasons are few, samples come from every part.
_MOST_COUNTS = 10_000

#: Bytes of input for each part that rows are moved about in; what is compressed counts so often.
PART_BYTES = 128 << 20
COMPRESSED_TIMES = 8
_PARTS_KEY = "spark.sql.shuffle.partitions"

_MERGED = f"""
SELECT hour, sensor, name, type, answers, min(first) AS first, max(last) AS last,
       sum(count) AS count, max(ttl_max) AS ttl_max, min(ttl_min) AS ttl_min
FROM parsed WHERE type NOT IN ('{ASKED}', '{COUNTED}')
GROUP BY hour, sensor, name, type, answers
"""
_COUNTS = f"""
SELECT hour, sensor, answers, sum(count) AS count FROM parsed WHERE type = '{COUNTED}'
GROUP BY hour, sensor, answers ORDER BY hour, sensor, answers LIMIT {_MOST_COUNTS}
"""


def choose_parts(spark: SparkSession, kinds: Mapping[Kind, Sequence[Place]]) -> None:
    """Move rows about in as many parts as the input is large, unless the operator set a number."""
    if spark.sparkContext.getConf().contains(_PARTS_KEY):
        return
    size = sum(
        place.length * (1 if kind.by_lines else COMPRESSED_TIMES)
        for kind, places in kinds.items()
        for place in places
    )
    parts = max(spark.sparkContext.defaultParallelism, size // PART_BYTES)
    spark.conf.set(_PARTS_KEY, str(parts))


def parse(
    spark: SparkSession,
    kinds: Mapping[Kind, Sequence[Place]],
    *,
    options: ReadOptions,
    client_key: bytes,
) -> None:
    """Make the view ``parsed``: the compacted rows of every part, kept on the workers' disks."""
    settings = spark.sparkContext._jsc.hadoopConfiguration()  # noqa: SLF001
    settings.setInt(_LONGEST_LINE_KEY, LONGEST_LINE)
    frames = [
        _frame(
            spark,
            kind,
            places,
            Portion(
                number=number,
                name=input_name(places),
                format=kind.format.name,
                options=options,
                client_key=client_key,
                header=kind.header,
            ),
        )
        for number, (kind, places) in enumerate(kinds.items())
    ]
    keep(reduce(lambda one, other: one.unionAll(other), frames), "parsed", on_disk=True)


def _frame(spark: SparkSession, kind: Kind, places: Sequence[Place], portion: Portion) -> DataFrame:
    paths = [place.path for place in places]
    if kind.by_lines:
        lines = spark.read.text(paths, lineSep="\n", recursiveFileLookup=True).select("value")
        return lines.mapInArrow(parsing.parse_lines(portion), DDL)
    files = spark.read.format("binaryFile").option("recursiveFileLookup", value=True).load(paths)
    return files.select("content").mapInArrow(parsing.parse_files(portion), DDL)


def merge(spark: SparkSession, *, since: datetime | None, until: datetime | None) -> None:
    """Make the view ``history`` of ``parsed``: rows that begin in [since, until)."""
    keep(spark.sql(f"SELECT * FROM ({_MERGED}) WHERE {window(since, until)}"), "history")


def input_name(places: Sequence[Place]) -> str:
    """Return what inputs that are read alike are called together."""
    first = places[0].name
    return first if len(places) == 1 else f"{first} and {len(places) - 1} more"


def reports(spark: SparkSession, kinds: Mapping[Kind, Sequence[Place]]) -> tuple[InputReport, ...]:
    """Return what became of the inputs, those together that are read alike."""
    counts: dict[int, dict[str, Counter[str]]] = {}
    for number, what, reason, count in spark.sql(_COUNTS).collect():
        counts.setdefault(number, {}).setdefault(what, Counter())[reason] += int(count)
    return tuple(
        _report(kind, places, counts.get(number, {}))
        for number, (kind, places) in enumerate(kinds.items())
    )


def _report(kind: Kind, places: Sequence[Place], counts: Mapping[str, Counter[str]]) -> InputReport:
    nothing: Counter[str] = Counter()
    samples: dict[str, tuple[str, ...]] = {}
    for text in counts.get(parsing.SAMPLE, nothing):
        reason, _, sample = text.partition("\n")
        samples[reason] = (*samples.get(reason, ()), sample)[:SAMPLES_PER_REASON]
    return InputReport(
        name=input_name(places),
        format=kind.format.name,
        records=counts.get(parsing.RECORDS, nothing).total(),
        observations=counts.get(parsing.OBSERVATIONS, nothing).total(),
        passed_over=dict(counts.get(parsing.PASSED, nothing)),
        bad=dict(counts.get(parsing.BAD, nothing)),
        samples=samples,
        error=next(iter(counts.get(parsing.ERROR, nothing)), None),
    )
