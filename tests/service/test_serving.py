from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import httpx
import pytest

from fluxhound.config import (
    AlertsSettings,
    DestinationSettings,
    EngineSettings,
    SensorSettings,
    ServiceSettings,
    Settings,
)
from fluxhound.errors import FluxhoundError
from fluxhound.records import Alert, AlertKind, Finding
from fluxhound.service.analysis import analyze
from fluxhound.service.serving import Service, pause_after

LIMIT_S = 60.0


def settings_for(tmp_path: Path, *inputs: Path, **given: object) -> Settings:
    usual: dict[str, object] = {
        "engine": EngineSettings(store=tmp_path / "flux.duckdb", threads=1),
        "service": ServiceSettings(listen="127.0.0.1:0"),
        "sensor": tuple(
            SensorSettings(name=f"zeek-{number}", input=str(path), start="beginning")
            for number, path in enumerate(inputs)
        ),
    }
    return Settings(**{**usual, **given})  # type: ignore[arg-type]


def eventually(true: Callable[[], object], what: str) -> None:
    until = time.monotonic() + LIMIT_S
    while not true():
        assert time.monotonic() < until, what
        time.sleep(0.02)


@contextmanager
def running(service: Service) -> Iterator[Service]:
    thread = threading.Thread(target=service.run)
    thread.start()
    try:
        yield service
    finally:
        service.stop()
        thread.join(LIMIT_S)
        assert not thread.is_alive()


def comparable(findings: list[Finding]) -> list[Finding]:
    """Return the findings without what depends on how inputs are called."""
    return sorted(
        (dataclasses.replace(each, not_observable=()) for each in findings if each.finding),
        key=lambda each: (each.name, each.entity),
    )


def test_a_day_replayed_gives_the_findings_of_an_analysis(tmp_path: Path, zeek_log: Path) -> None:
    alerts: list[Alert] = []
    service = Service(settings_for(tmp_path, zeek_log), until_end=True, on_alerts=alerts.extend)
    service.run()
    with analyze(zeek_log) as analysis:
        expected = list(analysis)
    assert len(expected) > 5
    live = [each for each in service.standing.findings() if each.name in {f.name for f in expected}]
    assert comparable(live) == comparable(expected)
    told = {alert.finding.registered_domain or alert.finding.name for alert in alerts}
    assert {each.registered_domain or each.name for each in expected} <= told


def test_what_was_read_is_not_read_again(tmp_path: Path, zeek_log: Path) -> None:
    log = tmp_path / "dns.log"
    lines = zeek_log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:1500]))
    settings = settings_for(tmp_path, log)
    Service(settings, until_end=True).run()
    with log.open("ab") as file:
        file.write(b"".join(lines[1500:3000]))
    Service(settings, until_end=True).run()
    Service(settings, until_end=True).run()
    with duckdb.connect(str(tmp_path / "flux.duckdb")) as store:
        [(records,)] = store.execute("SELECT sum(records) FROM input").fetchall()
        [(seen,)] = store.execute("SELECT sum(count) FROM history").fetchall()
    once = tmp_path / "once"
    once.mkdir()
    Service(settings_for(once, log), until_end=True).run()
    with duckdb.connect(str(once / "flux.duckdb")) as store:
        assert [(records,)] == store.execute("SELECT sum(records) FROM input").fetchall()
        assert [(seen,)] == store.execute("SELECT sum(count) FROM history").fetchall()


def test_a_rotated_log_is_followed_while_the_service_runs(tmp_path: Path, zeek_log: Path) -> None:
    lines = zeek_log.read_bytes().splitlines(keepends=True)
    head = [line for line in lines if line.startswith(b"#") and b"#close" not in line]
    rows = [line for line in lines if not line.startswith(b"#")][:6000]
    log = tmp_path / "dns.log"
    log.write_bytes(b"".join([*head, *rows[:2000]]))
    with running(Service(settings_for(tmp_path, log))) as service:

        def recorded() -> int:
            with service.store.connection.cursor() as cursor:
                return int(
                    cursor.execute("SELECT coalesce(sum(records), 0) FROM input").fetchall()[0][0]
                )

        eventually(lambda: recorded() >= 2000, "the beginning")
        log.rename(tmp_path / "dns.1.log")
        log.write_bytes(b"".join([*head, *rows[2000:6000]]))
        eventually(lambda: recorded() >= 6000, "the new log")
    assert not (tmp_path / "flux.duckdb.wal").exists()  # a clean end leaves one file


def test_alerts_metrics_and_pages_of_a_running_service(tmp_path: Path, zeek_log: Path) -> None:
    journal = tmp_path / "alerts.jsonl"
    settings = settings_for(
        tmp_path,
        zeek_log,
        destination=(DestinationSettings(name="journal", kind="file", path=journal),),
        alerts=AlertsSettings(ceiling_per_hour=1000),
    )
    with running(Service(settings)) as service:
        eventually(lambda: service.web and service.web.address.startswith("http"), "listening")
        assert service.web
        assert service.web.address
        eventually(service.standing.findings, "a finding")
        eventually(lambda: journal.exists() and journal.read_text().count("\n") > 3, "alerts")
        first = json.loads(journal.read_text().splitlines()[0])
        assert first["kind"] == AlertKind.APPEARED
        assert first["link"]
        tokens = (tmp_path / "flux.duckdb.tokens").read_text()
        token = next(word for word in tokens.split('"') if word.startswith("fh_"))
        with httpx.Client(
            base_url=service.web.address, headers={"Authorization": f"Bearer {token}"}
        ) as client:
            assert client.get("/healthz").status_code == 200
            assert client.get("/readyz").status_code == 200
            metrics = client.get("/metrics").text
            assert 'fluxhound_records_total{source="zeek-0"}' in metrics
            found = client.get("/api/v1/findings").json()
            name = found["findings"][0]["name"]
            assert name not in metrics
            page = client.get(f"/findings/{name}")
            assert page.status_code == 200
            assert "access lines" in page.text
            asked = client.get("/api/v1/clients", params={"name": name}).json()
            assert asked["clients"]
            posted = client.post("/api/v1/observations", content=b"{}")
            assert posted.status_code in {401, 403}  # this token may read, not write


def test_a_reload_takes_new_sensors_and_keeps_the_others(tmp_path: Path, zeek_log: Path) -> None:
    second = tmp_path / "second.log"
    shutil.copy(zeek_log, second)
    before = settings_for(tmp_path, zeek_log, service=ServiceSettings(listen="none"))
    after = settings_for(tmp_path, zeek_log, second, service=ServiceSettings(listen="none"))
    with running(Service(before)) as service:
        eventually(lambda: service.gathering.alive() == ["zeek-0"], "started")
        kept = service.gathering.inputs[0]
        service.reload(lambda: after)
        eventually(lambda: service.gathering.alive() == ["zeek-0", "zeek-1"], "reloaded")
        assert service.gathering.inputs[0] is kept
        service.reload(lambda: before)
        eventually(lambda: service.gathering.alive() == ["zeek-0"], "taken back")


def test_settings_that_are_wrong_are_not_taken(
    tmp_path: Path, zeek_log: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def wrong() -> Settings:
        raise FluxhoundError("there is no key 'sensr'")

    settings = settings_for(tmp_path, zeek_log, service=ServiceSettings(listen="none"))
    with running(Service(settings)) as service:
        service.reload(wrong)
        eventually(lambda: "there is no key" in caplog.text, "told")
        assert service.gathering.inputs


def test_a_store_in_use_is_told(tmp_path: Path, zeek_log: Path) -> None:
    settings = settings_for(tmp_path, zeek_log, service=ServiceSettings(listen="none"))
    program = (
        "import sys, duckdb, time; c = duckdb.connect(sys.argv[1]); print('open', flush=True);"
        "time.sleep(60)"
    )
    path = str(tmp_path / "flux.duckdb")
    with subprocess.Popen(
        [sys.executable, "-c", program, path], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout
        assert other.stdout.readline() == "open\n"
        with pytest.raises(FluxhoundError, match="in use by another process"):
            Service(settings)
        other.kill()


@pytest.mark.parametrize(
    ("seconds", "pause"), [(0.0, 0.2), (0.01, 0.2), (0.03, 0.3), (0.05, 0.5), (3.0, 0.5)]
)
def test_commits_are_further_apart_when_they_take_longer(seconds: float, pause: float) -> None:
    assert pause_after(seconds) == pytest.approx(pause)
