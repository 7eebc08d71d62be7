from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from fluxhound.errors import StoreError
from fluxhound.response.sinkhole import recording
from fluxhound.response.sinkhole.limits import Limits, Place, Setup
from fluxhound.response.sinkhole.recording import Recorder
from fluxhound.response.sinkhole.visits import VisitStore, reading
from tests.response.sinkhole.making import NOW, Clock, asking

HERE = (Place(address="127.0.0.1", port=0),)


def make_setup(folder: Path, **more: object) -> Setup:
    return Setup(places=HERE, folder=folder, **more)  # type: ignore[arg-type]


def total(setup: Setup) -> int:
    with reading(setup.store_path) as connection:
        return int(connection.execute("SELECT coalesce(sum(count), 0) FROM visit").fetchone()[0])


def until(done: Callable[[], bool]) -> None:
    """Wait for what another thread does."""
    waiting = threading.Event()
    for _ in range(200):
        if done():
            return
        waiting.wait(0.05)
    raise AssertionError


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "FLUSH_S", 0.05)
    monkeypatch.setattr(recording, "_AGAIN_S", 0.1)


def test_visits_come_to_both_files(tmp_path: Path) -> None:
    setup = make_setup(tmp_path)
    recorder = Recorder(setup, clock=Clock())
    recorder.start()
    for at in range(50):
        recorder.put(asking("evil.example", at=at))
    until(lambda: total(setup) == 50)
    recorder.put(asking("late.example"))
    recorder.close()
    assert total(setup) == 51
    lines = setup.log_path.read_text("ascii").splitlines()
    assert json.loads(lines[-1])["name"] == "late.example"
    assert recorder.written().visits == 51


def test_only_the_store(tmp_path: Path) -> None:
    setup = make_setup(tmp_path, log=False)
    recorder = Recorder(setup)
    recorder.start()
    recorder.put(asking("evil.example"))
    recorder.close()
    assert total(setup) == 1
    assert not setup.log_path.exists()


def test_nobody_waits_for_the_disk(tmp_path: Path) -> None:
    setup = make_setup(tmp_path, limits=Limits(queue=5))
    recorder = Recorder(setup, clock=Clock())
    for _ in range(8):  # before it writes anything
        recorder.put(asking("evil.example"))
    assert recorder.written().lost == 3
    recorder.start()
    recorder.close()
    assert total(setup) == 5


def test_counts_go_on_while_the_store_takes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    full = threading.Event()
    full.set()
    real = VisitStore.add

    def add(self: VisitStore, rows: list[tuple[object, ...]]) -> None:
        if full.is_set():
            raise StoreError("database or disk is full.")
        real(self, rows)

    monkeypatch.setattr(VisitStore, "add", add)
    setup = make_setup(tmp_path)
    recorder = Recorder(setup, clock=Clock())
    recorder.start()
    for _ in range(10):
        recorder.put(asking("evil.example"))
    until(lambda: "disk is full" in caplog.text)
    recorder.put(asking("evil.example"))
    full.clear()
    until(lambda: total(setup) == 11)
    recorder.close()
    assert recorder.written().waiting == 0


def test_old_visits_are_purged(tmp_path: Path) -> None:
    setup = make_setup(tmp_path)
    recorder = Recorder(setup, clock=Clock(NOW + 40 * 86_400))
    recorder.start()
    recorder.put(asking("evil.example"))  # forty days ago
    recorder.close()
    assert total(setup) == 0


def test_the_log_is_opened_anew_when_told(tmp_path: Path) -> None:
    setup = make_setup(tmp_path)
    recorder = Recorder(setup, clock=Clock())
    recorder.start()
    recorder.reopen()
    recorder.put(asking("evil.example"))
    recorder.close()
    assert len(setup.log_path.read_text("ascii").splitlines()) == 1


def test_what_cannot_be_used_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        Recorder(make_setup(tmp_path / "none"))
