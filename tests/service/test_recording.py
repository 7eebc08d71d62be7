from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pytest

from fluxhound.errors import StoreError
from fluxhound.history.clients import Askers
from fluxhound.history.positions import read_positions
from fluxhound.history.store import Store
from fluxhound.records import OBSERVATION
from fluxhound.service.gathering import Arrival
from fluxhound.service.recording import ROWS, Recorder, placed
from fluxhound.sources.live import ASKED, Health, Portion
from fluxhound.sources.tally import Tally


@dataclass
class Named:
    """What the recorder needs to know of an input."""

    name: str = "zeek"
    sensor: str | None = None
    format: str = "zeek"
    not_observable: tuple[str, ...] = ("name-servers",)
    health: Health = field(default_factory=Health)

    def run(self, *_: object) -> None:
        raise NotImplementedError


def batch(*rows: Mapping[str, object]) -> pa.RecordBatch:
    usual = {"time": 7_200.5, "name": "a.example", "type": "A", "answers": "192.0.2.1", "ttl": 60}
    return pa.RecordBatch.from_pylist([{**usual, **row} for row in rows], schema=OBSERVATION)


def arrival(*rows: Mapping[str, object], source: Named | None = None, **given: object) -> Arrival:
    tally = Tally()
    tally.records = tally.observations = len(rows)
    usual: dict[str, object] = {"batches": (batch(*rows),) if rows else (), "tally": tally}
    portion = Portion(**{**usual, **given})  # type: ignore[arg-type]
    return Arrival(input=source or Named(), portion=portion, at=0.0)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "flux.duckdb", live=True) as opened:
        yield opened


@pytest.fixture
def recorder(store: Store) -> Recorder:
    return Recorder(store, askers=Askers(store, key=bytes(32)), clock=lambda: 9.0)


def test_rows_counts_clients_and_position_are_committed_together(
    store: Store, recorder: Recorder
) -> None:
    done: list[str] = []
    recorded = recorder.record(
        [
            arrival({"client": "10.0.0.1"}, {"time": 7_203.0}, position="1"),
            arrival({}, position="2", notes={"http:k": "answer"}, done=lambda: done.append("done")),
        ]
    )
    assert done == ["done"]
    assert tuple(recorded.rows.schema.names) == ROWS
    [row] = recorded.rows.to_pylist()
    assert (row["hour"], row["sensor"], row["count"]) == (2, "zeek", 3)
    assert read_positions(store.connection) == {"zeek": "2", "http:k": "answer"}
    [known] = store.inputs()
    assert (known.records, known.observations, known.not_observable) == (3, 3, ("name-servers",))
    assert recorded.asking == {2: 1}
    assert store.connection.execute("SELECT sum(count) FROM asking").fetchall() == [(1,)]


def test_who_asked_may_be_told_without_an_answer(store: Store, recorder: Recorder) -> None:
    asked = pa.RecordBatch.from_pylist(
        [{"time": 7_200.0, "name": "A.example", "client": "10.0.0.9", "count": 4}], schema=ASKED
    )
    recorded = recorder.record([arrival(asked=(asked,))])
    assert recorded.rows.num_rows == 0
    found = store.connection.execute("SELECT name, count FROM asking").fetchall()
    assert found == [("a.example", 4)]


def test_what_fails_leaves_nothing_and_may_be_given_again(
    store: Store, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    given = [arrival({}, position="1", done=lambda: done.append("done"))]
    with monkeypatch.context() as broken:
        broken.setattr("fluxhound.service.recording._ADD", "INSERT INTO nowhere SELECT 1")
        with pytest.raises(StoreError, match="nothing was added"):
            recorder.record(given)
    assert done == []
    assert read_positions(store.connection) == {}
    recorder.record(given)
    assert done == ["done"]
    assert store.connection.execute("SELECT sum(count) FROM history").fetchall() == [(1,)]


def test_without_askers_nobody_is_recorded(store: Store) -> None:
    Recorder(store, askers=None).record([arrival({"client": "10.0.0.1"})])
    assert store.connection.execute("SELECT count(*) FROM asking").fetchall() == [(0,)]


@pytest.mark.parametrize(
    ("sensors", "expected"),
    [
        (["10.0.0.53", None], ["site/10.0.0.53", "site"]),
        ([None, None], ["site", "site"]),
    ],
)
def test_vantage_points_are_called_by_their_input(
    sensors: list[str | None], expected: list[str]
) -> None:
    given = batch(*({"sensor": each} for each in sensors))
    assert placed(given, "site").column("sensor").to_pylist() == expected
    without = given.drop_columns(["sensor"])
    assert placed(without, "site").column("sensor").to_pylist() == ["site", "site"]


def test_an_input_that_names_its_vantage_point_keeps_it(store: Store, recorder: Recorder) -> None:
    recorded = recorder.record([arrival({"sensor": "branch"}, source=Named(sensor="branch"))])
    assert recorded.rows.column("sensor").to_pylist() == ["branch"]


def test_answers_that_lead_to_our_sinkhole_are_no_history(store: Store) -> None:
    recorder = Recorder(
        store, askers=Askers(store, key=bytes(32)), rewritten=("198.51.100.9", "2001:DB8::9")
    )
    recorded = recorder.record(
        [
            arrival(
                {"answers": "edge.example,198.51.100.9", "client": "10.0.0.1"},
                {"answers": "2001:db8::9", "type": "AAAA"},
                {"answers": "198.51.100.90"},
            )
        ]
    )
    assert recorded.rows.column("answers").to_pylist() == ["198.51.100.90"]
    assert store.connection.execute("SELECT count(*) FROM asking").fetchall() == [(1,)]
