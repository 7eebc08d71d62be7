"""Steps of the work on a cluster, kept under a name for the steps that follow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


def keep(frame: DataFrame, view: str, *, on_disk: bool = False) -> None:
    """Keep the rows of *frame* on the workers, as *view*; what is lost is made again.

    Its plan ends here: otherwise each step would be planned with all that led to it, which doubles
    with every step. Its lineage does not, so that the rows of a worker that dies can be made again;
    Spark's own checkpoints lose either that, or need storage that all workers share.
    """
    from pyspark import StorageLevel  # noqa: PLC0415 - only with the extra
    from pyspark.sql import DataFrame  # noqa: PLC0415 - the same

    spark = frame.sparkSession
    rows = frame._jdf.queryExecution().toRdd()  # noqa: SLF001 - Spark has no other way
    made = spark._jsparkSession.internalCreateDataFrame(  # noqa: SLF001 - the same
        rows,
        frame._jdf.schema(),  # noqa: SLF001 - the same
        False,
    )
    level = StorageLevel.DISK_ONLY if on_disk else StorageLevel.MEMORY_AND_DISK
    DataFrame(made, spark).persist(level).createOrReplaceTempView(view)


def keep_all(spark: SparkSession, steps: Mapping[str, str]) -> None:
    """Keep the rows of each query under its name; later ones may ask earlier ones."""
    for view, query in steps.items():
        keep(spark.sql(query), view)
