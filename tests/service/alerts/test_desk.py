from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import orjson
import pytest

from fluxhound.errors import ConfigurationError, StoreError
from fluxhound.history.store import Store
from fluxhound.records import Finding, Severity
from fluxhound.service.alerts.desk import AlertDesk, opened
from fluxhound.service.alerts.settings import (
    AlertSettings,
    DestinationSettings,
    Endpoint,
    JournalSettings,
    MailSettings,
    MessageFormat,
    QuietTime,
    StdoutSettings,
    SyslogSettings,
    WebhookSettings,
)
from tests.service.alerts.letters import NOW, closed_port, until
from tests.sharing import builders


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "store") as store:
        yield store


def journal(path: Path, name: str = "file", **given: object) -> JournalSettings:
    usual: dict[str, object] = {"name": name, "path": path, "format": MessageFormat.JSON}
    return JournalSettings(**{**usual, **given})  # type: ignore[arg-type]


def desk(store: Store, *destinations: DestinationSettings, **given: object) -> AlertDesk:
    settings = AlertSettings(destinations=destinations, **given)  # type: ignore[arg-type]
    return AlertDesk(store.connection.cursor, settings, shown=lambda _: ("192.0.2.1",))


def flux(number: int = 0, severity: Severity = Severity.HIGH) -> Finding:
    return builders.finding(f"d{number}.example", severity=severity)


def documents(path: Path) -> list[dict[str, object]]:
    written = path.read_bytes() if path.exists() else b""
    whole, _, _ = written.rpartition(b"\n")  # the last line may be under way
    return [orjson.loads(line) for line in whole.splitlines()]


def test_a_judgement_becomes_a_line_within_a_second(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    chosen = desk(store, journal(path), link="https://flux.example")
    chosen.start()
    began = time.monotonic()
    (alert,) = chosen.take([flux()], now=builders.NOW, complete=False)
    until(lambda: documents(path))
    assert time.monotonic() - began < 1
    (document,) = documents(path)
    assert document["id"] == alert.id
    assert document["addresses"] == ["192.0.2.1"]
    assert document["link"] == "https://flux.example/findings/d0.example"
    until(lambda: chosen.health()[0].delivered == 1)
    until(lambda: chosen.health()[0].state == "idle")
    chosen.stop()


def test_an_alert_shows_the_latest_addresses_of_the_history(store: Store, tmp_path: Path) -> None:
    finding = flux()
    last = finding.last_seen.timestamp()
    store.connection.execute(
        "INSERT INTO history VALUES (?, 's', 'd0.example', 'A', '192.0.2.9', ?, ?, 1, 60, 60, 1)",
        [int(last // 3600), last, last],
    )
    path = tmp_path / "alerts.jsonl"
    settings = AlertSettings(destinations=(journal(path),))
    chosen = AlertDesk(store.connection.cursor, settings)
    chosen.start()
    chosen.take([finding], now=builders.NOW, complete=False)
    until(lambda: documents(path))
    chosen.stop()
    assert documents(path)[0]["addresses"] == ["192.0.2.9"]


def test_a_destination_that_is_dead_keeps_its_alerts_and_holds_up_no_other(
    store: Store, tmp_path: Path
) -> None:
    path = tmp_path / "alerts.jsonl"
    end = Endpoint(transport="tcp", host="127.0.0.1", port=closed_port())
    dead = SyslogSettings(name="dead", endpoint=end)
    chosen = desk(store, dead, journal(path))
    chosen.start()
    chosen.take([flux(0)], now=builders.NOW, complete=False)
    until(lambda: len(documents(path)) == 1)
    until(lambda: chosen.health()[0].state == "failing")
    assert "Connection refused" in chosen.health()[0].error
    chosen.stop()
    rows = store.connection.execute("SELECT state FROM outbox WHERE destination = 'dead'")
    assert rows.fetchall() == [("waiting",)]


def test_each_destination_has_its_own_minimum(store: Store, tmp_path: Path) -> None:
    every, worst = tmp_path / "every", tmp_path / "worst"
    chosen = desk(
        store,
        journal(every, "every"),
        journal(worst, "worst", minimum=Severity.CRITICAL),
        minimum=Severity.MEDIUM,
    )
    chosen.start()
    severities = list(Severity)
    judged = [flux(n, severity) for n, severity in enumerate(severities)]
    assert len(chosen.take(judged, now=builders.NOW, complete=True)) == 5
    until(lambda: len(documents(every)) == 3)
    until(lambda: len(documents(worst)) == 1)
    chosen.stop()


def test_state_and_outbox_change_together_or_not_at_all(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = desk(store, journal(tmp_path / "alerts.jsonl"))

    def full(*_: object, **__: object) -> None:
        raise duckdb.IOException("No space left on device")

    monkeypatch.setattr(chosen._outbox, "put", full)
    with pytest.raises(StoreError, match="No space left"):
        chosen.take([flux()], now=builders.NOW, complete=False)
    for table in ("finding_state", "outbox"):
        assert store.connection.execute(f"SELECT count(*) FROM {table}").fetchall() == [(0,)]
    monkeypatch.undo()
    assert len(chosen.take([flux()], now=builders.NOW, complete=False)) == 1


def test_old_traffic_is_delivered_now(store: Store, tmp_path: Path) -> None:
    chosen = desk(store, journal(tmp_path / "alerts.jsonl"))
    chosen.take([flux()], now=datetime(2020, 1, 1, tzinfo=builders.NOW.tzinfo), complete=False)
    ((raised,),) = store.connection.execute("SELECT raised FROM outbox").fetchall()
    assert raised > NOW - 86400 * 365


def test_other_settings_are_taken_while_it_runs(store: Store, tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    chosen = desk(store, journal(old))
    chosen.start()
    chosen.take([flux(0)], now=builders.NOW, complete=False)
    until(lambda: documents(old))
    chosen.reload(AlertSettings(destinations=(journal(new),)))
    chosen.take([flux(0), flux(1)], now=builders.NOW, complete=False)
    until(lambda: documents(new))
    assert chosen.health()[0].name == "file"
    until(lambda: chosen.health()[0].delivered == 2)  # it counts on
    twice = AlertSettings(destinations=(journal(new), journal(old)))
    with pytest.raises(ConfigurationError, match="Two destinations"):
        chosen.reload(twice)
    chosen.take([flux(2)], now=builders.NOW, complete=False)
    until(lambda: len(documents(new)) == 2)
    chosen.stop()
    assert len(documents(old)) == 1


def test_a_destination_that_is_gone_is_told_with_what_waits_for_it(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    chosen = desk(store, journal(tmp_path / "a", "gone"))
    chosen.take([flux(0)], now=builders.NOW, complete=False)
    chosen.reload(AlertSettings(destinations=(journal(tmp_path / "b", "here"),)))
    assert "1 alerts wait for gone, which is no destination any more" in caplog.text
    chosen.stop()


def test_what_waits_in_a_quiet_time_is_there_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    quiet = (QuietTime.parse(),)  # all week
    with Store(tmp_path / "store") as store:
        chosen = desk(store, journal(path), quiet=quiet)
        chosen.start()
        chosen.take([flux(0), flux(1, Severity.CRITICAL)], now=builders.NOW, complete=False)
        until(lambda: len(documents(path)) == 1)
        chosen.stop()
    with Store(tmp_path / "store") as store:
        chosen = desk(store, journal(path))
        chosen.start()
        until(lambda: len(documents(path)) == 2)
        chosen.stop()


def test_every_kind_of_destination_can_be_opened(tmp_path: Path) -> None:
    kinds: list[DestinationSettings] = [
        StdoutSettings(name="a"),
        JournalSettings(name="b", path=tmp_path / "x"),
        SyslogSettings(name="c", endpoint=Endpoint.parse("udp://127.0.0.1")),
        WebhookSettings(name="d", url="https://h/", secret=b"x" * 32),
        MailSettings(
            name="e", endpoint=Endpoint.parse("smtp://h"), sender="a@b", recipients=("c@d",)
        ),
    ]
    for kind in kinds:
        opened(kind).close()
    with pytest.raises(ConfigurationError, match="no such kind"):
        opened(DestinationSettings(name="f"))


ALERTS = 60
PROGRAM = """
import sys
from datetime import timedelta
from pathlib import Path
from fluxhound.history.store import Store
from tests.service.alerts.test_desk import desk, documents, flux, journal, judgements, until
folder = Path(sys.argv[1])
with Store(folder / "store") as store:
    chosen = desk(store, journal(folder / "alerts.jsonl"), ceiling_per_hour=10**6)
    chosen.start()
    for now, finding in judgements():
        chosen.take([finding], now=now, complete=False)
    until(lambda: chosen._outbox.count("file") == 0)
    chosen.stop()
"""


def judgements() -> Iterator[tuple[datetime, Finding]]:
    for number in range(ALERTS):
        yield builders.NOW + timedelta(seconds=number), flux(number)


def test_kill_nine_loses_no_alert(tmp_path: Path) -> None:
    program = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    root = Path(__file__).parents[3]
    for pause in (0.0, 0.07, 0.2):
        child = subprocess.Popen(program, cwd=root)
        killer = threading.Event()
        path = tmp_path / "alerts.jsonl"
        before = len(documents_so_far(path))
        end = time.monotonic() + 20
        while child.poll() is None and time.monotonic() < end:
            if len(documents_so_far(path)) > before:  # it works: now, or a little later
                killer.wait(pause)
                break
            time.sleep(0.002)
        child.kill()
        child.wait()
    assert subprocess.run(program, cwd=root, check=False, timeout=60).returncode == 0
    found = [str(document["id"]) for document in documents(tmp_path / "alerts.jsonl")]
    with Store() as store:
        fresh = desk(store)
        expected = {
            alert.id
            for now, finding in judgements()
            for alert in fresh.take([finding], now=now, complete=False)
        }
    assert len(expected) == ALERTS
    assert set(found) == expected
    assert len(found) - len(expected) <= 4 * 100, "repeats only of what was under way"


def documents_so_far(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines() if path.exists() else []
