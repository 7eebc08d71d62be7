"""A standalone Spark cluster under test: a master and workers, each a process of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from tests.servers.daemon import Daemon, lines
from tests.servers.namespace import Namespace

PORT = 7077
MASTER = f"spark://127.0.0.1:{PORT}"
#: Made to start fast: on small logs, making fast code takes longer than running slow code.
_QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
QUICK = {
    "spark.driver.extraJavaOptions": _QUICK,
    "spark.executor.extraJavaOptions": _QUICK,
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "3",
}
#: Small parts, so that a small log is read in many and rows really move between the workers.
SETTINGS = {
    **QUICK,
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.memory": "512m",
    "spark.executor.memory": "512m",
    "spark.ui.enabled": "false",
    "spark.sql.files.maxPartitionBytes": "300k",
    "spark.sql.files.openCostInBytes": "1k",
}


def usable() -> bool:
    """Tell whether Spark can be run here."""
    return find_spec("pyspark") is not None and shutil.which("java") is not None


def home() -> Path:
    """Return where PySpark brought Spark."""
    spec = find_spec("pyspark")
    assert spec
    assert spec.origin
    return Path(spec.origin).parent


def environment(folder: Path) -> Mapping[str, str]:
    """Return the variables for whoever talks to the cluster; its settings are in *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "spark-defaults.conf").write_text(lines(*(f"{k} {v}" for k, v in SETTINGS.items())))
    return {
        **os.environ,
        "SPARK_HOME": str(home()),
        "SPARK_CONF_DIR": str(folder),
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_DAEMON_MEMORY": "192m",
        "SPARK_DAEMON_JAVA_OPTS": _QUICK,
    }


class Master(Daemon):
    """The master, which gives work to the workers."""

    said = "I have been elected leader"

    def start(self) -> None:
        """Start; whether it answers is told by ``answers``, so that all can start at once."""
        self.folder.mkdir(parents=True, exist_ok=True)
        words = self.namespace.command(*self.command())
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(words, stdout=log, stderr=log, cwd=self.folder)

    def command(self) -> Sequence[str]:
        given = environment(self.folder)
        names = [name for name in given if name.startswith(("SPARK_", "PYSPARK_"))]
        own = [f"{name}={given[name]}" for name in names]
        own.append(f"SPARK_LOCAL_DIRS={self.folder / 'local'}")
        return ["env", *own, str(home() / "bin" / "spark-class"), *self.what()]

    def what(self) -> Sequence[str]:
        """Return the class to run, and its arguments."""
        place = ["--host", "127.0.0.1", "--port", str(PORT), "--webui-port", "0"]
        return ["org.apache.spark.deploy.master.Master", *place]

    def answers(self) -> bool:
        return self.said in self.log()


class Worker(Master):
    """A worker with one core."""

    said = "Successfully registered with master"

    def __init__(self, folder: Path, namespace: Namespace) -> None:
        super().__init__(folder, namespace)

    def what(self) -> Sequence[str]:
        place = ["--host", "127.0.0.1", "--webui-port", "0", "--work-dir", str(self.folder)]
        return ["org.apache.spark.deploy.worker.Worker", "-c", "1", "-m", "640m", *place, MASTER]

    def shuffled(self) -> int:
        """Return how many parts of a shuffle it holds: what is lost with it."""
        return sum(1 for _ in (self.folder / "local").rglob("shuffle_*.data"))
