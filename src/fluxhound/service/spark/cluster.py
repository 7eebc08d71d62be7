"""The connection to a cluster: opened when it is asked for, with PySpark and Java."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from fluxhound.errors import MissingExtraError, StoreError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: What the analysis stands on. All else is the operator's, in Spark's own configuration.
_SETTINGS = {
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "50000",
    # Lines and names are compared as they are.
    "spark.sql.caseSensitive": "true",
}
#: On one machine nothing listens for others.
_ALONE = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.ui.enabled": "false",
}


def local_master(threads: int | None) -> str:
    """Return where to run when no master is named: on this machine.

    >>> local_master(None), local_master(2)
    ('local[*]', 'local[2]')
    """
    return f"local[{threads or '*'}]"


@contextlib.contextmanager
def cluster(master: str, *, memory_bytes: int) -> Iterator[SparkSession]:
    """Connect to *master* (``spark://host:7077``, ``yarn``, ``k8s://...``, ``local[4]``).

    Raises:
        MissingExtraError: PySpark or Java is not there.
        StoreError: the cluster cannot be reached, or gave up.
    """
    try:
        from py4j.protocol import Py4JError  # noqa: PLC0415 - only when it is asked for
        from pyspark.errors import PySparkException  # noqa: PLC0415 - the same
        from pyspark.sql import SparkSession  # noqa: PLC0415 - the same
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            "The engine spark needs PySpark. Install it with pip install 'fluxhound[spark]', and "
            "Java 17 or later."
        ) from error
    _require_java()
    settings: dict[str, Any] = dict(_SETTINGS)
    if master.startswith("local"):
        settings |= _ALONE | {"spark.driver.memory": f"{max(memory_bytes >> 20, 512)}m"}
    builder = SparkSession.builder.master(master).appName("fluxhound").config(map=settings)
    try:
        spark = builder.getOrCreate()
        try:
            yield spark
        finally:
            spark.stop()
    except (Py4JError, PySparkException) as error:
        raise StoreError(
            f"Spark gave up on {master}: {reason(error)}. Look at the logs of its workers; "
            "docs/scale.md tells what they need."
        ) from error


def reason(error: BaseException) -> str:
    """Return the line of a Spark error that says most: what went wrong first, on a worker."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    causes = [line for line in lines if line.startswith(("Caused by:", "fluxhound.", "pyarrow."))]
    chosen = causes[-1] if causes else (lines or [type(error).__name__])[0]
    return chosen.removeprefix("Caused by: ")[:300].rstrip(".")


def _require_java() -> None:
    home = os.environ.get("JAVA_HOME")
    if not (shutil.which("java") or (home and shutil.which("java", path=f"{home}/bin"))):
        raise MissingExtraError(
            "The engine spark needs Java 17 or later, which is not on the PATH. Install it, for "
            "example the package openjdk-17-jre-headless, or set JAVA_HOME."
        )
