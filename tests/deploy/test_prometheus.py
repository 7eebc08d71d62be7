"""Rules and dashboard in a real Prometheus that scrapes a real server of ours."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from fluxhound.records import Severity, VerdictKind
from fluxhound.service.meters import Meters
from fluxhound.sources.live import RUNNING
from fluxhound.sources.tally import Tally
from tests.cli.checks.listeners import closed_port
from tests.deploy.test_grafana import METRIC, expressions
from tests.service.web.serving import Pipeline, served

FOLDER = Path(__file__).parents[2] / "deploy" / "prometheus"
RULES = FOLDER / "fluxhound.rules.yml"


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(f"no {name} here: make setup installs it")
        pytest.skip(f"no {name} here: make setup installs it")
    return found


def said(*command: str) -> str:
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def test_promtool_takes_the_rules_and_the_configuration() -> None:
    promtool = program("promtool")
    assert "SUCCESS" in said(promtool, "check", "rules", str(RULES))
    assert "SUCCESS" in said(promtool, "check", "config", str(FOLDER / "prometheus.yml"))


def test_the_rules_fire_when_they_should() -> None:
    said(program("promtool"), "test", "rules", str(Path(__file__).parent / "rules.test.yml"))


def test_every_metric_of_the_rules_exists() -> None:
    names = set(METRIC.findall(RULES.read_text(encoding="utf-8")))
    labels = {"process_resident_memory_bytes"}
    assert names - Meters(version="1").names() - labels == set()


def busy() -> Pipeline:
    """Return a pipeline whose every meter has a value."""
    meters = Meters(version="1.2.3", sources=("r1",), destinations=("siem",))
    tally = Tally(records=100, observations=90)
    tally.reject("no time", "x", 5)
    tally.pass_over("no answer", 5)
    meters.took("r1", tally, {"A": 80, "NS": 10})
    meters.shed("r1", 1)
    meters.tracked(7)
    meters.judged(VerdictKind.DOUBLE_FLUX, Severity.CRITICAL)
    meters.open_findings({Severity.CRITICAL: 1})
    meters.lag("r1", 0.5)
    with meters.stage("record"):
        pass
    meters.alerted("siem", "sent")
    meters.outbox("siem", 0)
    meters.input_state("r1", RUNNING)
    meters.store_size(1 << 20)
    meters.disk_free(1 << 40)
    meters.table_age("asn", 86_400)
    return Pipeline(meters=meters)


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Prometheus with our configuration, but a quick one, that scrapes our server."""
    binary = program("prometheus")
    folder = tmp_path_factory.mktemp("prometheus")
    with served(busy()) as address:
        text = (FOLDER / "prometheus.yml").read_text(encoding="utf-8")
        text = text.replace("127.0.0.1:8053", urlsplit(address).netloc).replace(": 15s", ": 1s")
        (folder / "prometheus.yml").write_text(text)
        shutil.copy(RULES, folder)
        port = closed_port()
        command = [
            binary, f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'tsdb'}", f"--web.listen-address=127.0.0.1:{port}",
        ]  # fmt: skip
        with (folder / "log").open("wb") as log, subprocess.Popen(command, stderr=log) as server:
            try:
                yield f"http://127.0.0.1:{port}"
            finally:
                server.terminate()


def asked(address: str, path: str, **parameters: str) -> Any:
    answer = httpx.get(f"{address}/api/v1/{path}", params=parameters)
    content = answer.json()
    assert content["status"] == "success", content
    return content["data"]


def wait_until_scraped(address: str) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            found = asked(address, "query", query="fluxhound_build_info")["result"]
        except (httpx.TransportError, json.JSONDecodeError):
            found = []
        if found:
            return
        threading.Event().wait(0.1)
    raise AssertionError("nothing was scraped in 30 seconds")


@pytest.mark.slow
def test_a_real_prometheus_loads_scrapes_and_answers(prometheus: str) -> None:
    wait_until_scraped(prometheus)
    (target,) = asked(prometheus, "targets")["activeTargets"]
    assert (target["health"], target["lastError"]) == ("up", "")
    rules = [rule for group in asked(prometheus, "rules")["groups"] for rule in group["rules"]]
    assert len(rules) == len(re.findall("- alert:", RULES.read_text(encoding="utf-8")))
    for rule in rules:
        result = asked(prometheus, "query", query=rule["query"])["result"]
        assert bool(result) == (rule["name"] == "FluxhoundCriticalFinding"), rule["name"]
    for expression in expressions():
        given = expression.replace("$__rate_interval", "1m")
        given = given.replace("$instance", ".*").replace("$job", ".*")
        result = asked(prometheus, "query", query=given)["result"]
        assert result or "rate(" in given or "increase(" in given, expression
