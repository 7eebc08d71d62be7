"""The same findings, of every kind of input, on a cluster that loses a worker."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.servers import namespace
from tests.servers.daemon import until
from tests.servers.namespace import Namespace
from tests.servers.spark import MASTER, Master, Worker, environment, usable
from tests.service.drafts import traffic
from tests.writers import csv_table, eve_v2, zeek_json

#: The analysis on the cluster ends within this; alone it takes a third of it.
ENDED_S = 240.0
FLUXHOUND = str(Path(sys.executable).with_name("fluxhound"))

pytestmark = pytest.mark.skipif(
    not usable() and "CI" not in os.environ, reason="PySpark or Java is missing"
)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Traffic with every kind of flux, as a Zeek log and, with name servers, as passive DNS."""
    folder = tmp_path_factory.mktemp("lab")
    made = []
    for seed, ending in ((1, "log"), (2, "cof")):
        path = folder / f"lab.{ending}"
        words = ["--domains", "30", "--flux", "all=1", "--days", "0.3", "--clients", "20"]
        form = "zeek" if ending == "log" else "cof"
        words += ["--seed", str(seed), "--format", form, "--no-truth", "--out", str(path)]
        fluxhound("lab", "generate", *words)
        made.append(str(path))
    return made


def fluxhound(*words: str) -> str:
    command = [FLUXHOUND, *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def formats(folder: Path) -> None:
    """Write the same traffic in every kind of format that Spark is given, with odd names."""
    table = traffic()
    folder.mkdir()
    for name, content in {
        "zeek,[1].json": zeek_json(table.slice(0, 700)),
        "eve.json": eve_v2(table.slice(300, 700)),
        "table.csv.gz": gzip.compress(csv_table(table.slice(900, 600))),
    }.items():
        (folder / name).write_bytes(content)


def compared(document: dict[str, Any]) -> dict[str, Any]:
    """Return a findings document without what may differ: the time it took."""
    document["totals"].pop("seconds", None)
    # Inputs that are read alike are told together there.
    document["totals"]["inputs"].sort(key=lambda each: each["name"])
    return document


@pytest.mark.skipif(not namespace.usable(), reason="needs a network namespace")
def test_a_cluster_that_loses_a_worker_finds_the_same(lab: list[str], tmp_path: Path) -> None:
    formats(tmp_path / "more formats")
    lab = [*lab, str(tmp_path / "more formats")]
    words = ["analyze", "--all", "--format", "json", "--no-progress", *lab]
    here = subprocess.run([FLUXHOUND, *words], capture_output=True, check=True)
    with (
        Namespace() as net,
        Master(tmp_path / "master", net),
        Worker(tmp_path / "one", net) as lost,
        Worker(tmp_path / "two", net) as kept,
    ):
        until(lambda: lost.answers() and kept.answers(), timeout_s=ENDED_S, tell=lost.log)
        command = [FLUXHOUND, *words]
        command += ["--engine", "spark", "--master", MASTER]
        with (tmp_path / "out").open("wb") as out, (tmp_path / "err").open("wb") as err:
            running = subprocess.Popen(
                net.command(*command), stdout=out, stderr=err, env=dict(environment(tmp_path / "c"))
            )
        until(
            lambda: lost.shuffled() >= 6 or running.poll() is not None,
            timeout_s=ENDED_S,
            tell=(tmp_path / "err").read_text,
        )
        assert running.poll() is None, (tmp_path / "err").read_text()
        lost.kill()
        assert running.wait(ENDED_S) == 0, (tmp_path / "err").read_text()[-4000:]
    there = json.loads((tmp_path / "out").read_bytes())
    assert compared(there) == compared(json.loads(here.stdout))
    assert sum(each["finding"] for each in there["findings"]) >= 5
    kinds = {each["entity"] for each in there["findings"]}
    assert kinds >= {"name", "registered-domain"}
