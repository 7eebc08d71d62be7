from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fluxhound.history import compaction
from fluxhound.history.compaction import Compactor, clients_of
from fluxhound.history.functions import canonical_answers, client_pseudonym
from fluxhound.history.names import NAME_LIMIT, canonical_name
from fluxhound.history.store import Store
from fluxhound.records import KEPT_COLUMN, OBSERVATION, OPTIONAL_COLUMNS

Row = dict[str, Any]

ROW: Row = {
    "time": 7_200.5,
    "name": "a.example",
    "type": "A",
    "answers": "192.0.2.1",
    "ttl": 60,
    "client": "10.0.0.1",
    "sensor": "s",
    "time_last": None,
    "count": None,
}


@pytest.fixture
def store() -> Iterator[Store]:
    with Store() as opened:
        yield opened


def compact(
    store: Store, *batches: list[Row], columns: tuple[str, ...] = OBSERVATION.names
) -> None:
    compactor = Compactor(store.connection)
    with store.transaction():
        for batch in batches:
            compactor.take(pa.RecordBatch.from_pylist(batch, schema=OBSERVATION).select(columns))
        compactor.finish()


def history(store: Store) -> list[tuple[Any, ...]]:
    """Return the history, rows of one key merged as the schema says."""
    return store.connection.execute(
        "SELECT hour, sensor, name, type, answers, min(first), max(last), sum(count)::BIGINT,"
        " max(ttl_max), min(ttl_min) FROM history GROUP BY ALL ORDER BY ALL"
    ).fetchall()


def _answers(text: str) -> str:
    return text.lower() if text.isascii() else canonical_answers(text)


def plain(rows: list[Row]) -> list[tuple[Any, ...]]:
    """Compact by the definition, in plain Python."""
    merged: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        owner = canonical_name(row["name"])
        if owner and len(owner) <= NAME_LIMIT:
            hour = int(row["time"] // 3600)
            key = (hour, row["sensor"] or "", owner, row["type"], _answers(row["answers"]))
            merged.setdefault(key, []).append(row)
    result = []
    for key, group in merged.items():
        ttls = [row["ttl"] for row in group if row["ttl"] is not None]
        result.append(
            (
                *key,
                min(row["time"] for row in group),
                max(row["time"] if row["time_last"] is None else row["time_last"] for row in group),
                sum(1 if row["count"] is None else row["count"] for row in group),
                max(ttls, default=None),
                min(ttls, default=None),
            )
        )
    return sorted(result, key=lambda row: row[:5])


def test_one_row(store: Store) -> None:
    compact(store, [ROW])
    assert history(store) == [(2, "s", "a.example", "A", "192.0.2.1", 7200.5, 7200.5, 1, 60, 60)]
    assert store.connection.execute("SELECT name FROM asked").fetchall() == [("a.example",)]


@pytest.mark.parametrize(
    "left_out", [(), *[(name,) for name in OPTIONAL_COLUMNS], OPTIONAL_COLUMNS]
)
def test_optional_columns_have_defaults(store: Store, left_out: tuple[str, ...]) -> None:
    full = ROW | {"time_last": 7_300.0, "count": 5}
    compact(store, [full], columns=tuple(n for n in OBSERVATION.names if n not in left_out))
    expected = full | dict.fromkeys(left_out)
    assert history(store) == plain([expected])
    asked = store.connection.execute("SELECT count(*) FROM asked").fetchall()
    assert asked == [(0 if "client" in left_out else 1,)]


@pytest.mark.parametrize(
    "change",
    [
        {"name": "A.Example."},
        {"name": "BÜCHER.example"},
        {"name": "bücher.example."},
        {"answers": "Edge.Example,192.0.2.1"},
        {"answers": "2001:DB8::1", "type": "AAAA"},
        {"answers": "Bücher.example.,192.0.2.1"},
        {"name": ""},
        {"name": "."},
        {"name": "x" * (NAME_LIMIT + 1)},
        {"name": "x" * NAME_LIMIT},
        {"ttl": None},
        {"sensor": None},
        {"time": 3_599.999999},
        {"time": 3_600.0},
        {"time": 4_102_444_799.0},
        {"name": "a\x00b\x1b.example"},
    ],
)
def test_values(store: Store, change: Row) -> None:
    compact(store, [ROW, ROW | change])
    assert history(store) == plain([ROW, ROW | change])


def test_batches_of_different_columns_meet(store: Store) -> None:
    compactor = Compactor(store.connection)
    whole = pa.RecordBatch.from_pylist([ROW], schema=OBSERVATION)
    with store.transaction():
        for batch in (whole, whole.select(["time", "name", "type", "answers"]), whole):
            compactor.take(batch)
        compactor.finish()
        compactor.finish()
    assert sum(row[7] for row in history(store)) == 3


def test_clients_are_kept_as_keyed_hashes_only(store: Store) -> None:
    compact(store, [ROW, ROW, ROW | {"client": "10.0.0.2"}, ROW | {"client": None}])
    key = bytes.fromhex(store._meta("client_key") or "")
    found = {row[0] for row in store.connection.execute("SELECT client FROM asked").fetchall()}
    assert found == {client_pseudonym(f"10.0.0.{i}", key) for i in (1, 2)}


NAMES = st.sampled_from(["a.example", "A.example.", "b.example", "bücher.example", ".", "", "ß.de"])
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "time": st.floats(1, 20_000),
            "name": NAMES,
            "type": st.sampled_from(["A", "AAAA", "NS"]),
            "answers": st.sampled_from(["192.0.2.1", "192.0.2.2", "E.example,192.0.2.1", "::1"]),
            "ttl": st.none() | st.integers(0, 2**31 - 1),
            "client": st.none() | st.sampled_from(["10.0.0.1", "10.0.0.2"]),
            "sensor": st.none() | st.sampled_from(["r1", "r2"]),
            "time_last": st.none() | st.floats(20_000, 30_000),
            "count": st.none() | st.integers(1, 2**40),
        }
    ),
    max_size=25,
)


@given(rows=ROWS, cut=st.integers(0, 25), portion=st.integers(1, 10))
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_compaction_is_its_definition_whatever_the_portions(
    monkeypatch: pytest.MonkeyPatch, rows: list[Row], cut: int, portion: int
) -> None:
    monkeypatch.setattr(compaction, "PORTION_ROWS", portion)
    with Store(threads=1) as store:
        compact(store, rows[:cut], rows[cut:])
        assert history(store) == plain(rows)


def test_counts_of_weights_do_not_overflow(store: Store) -> None:
    compact(store, [ROW | {"count": 2**53 - 1}] * 100)
    assert history(store)[0][7] == 100 * (2**53 - 1)


def test_rows_may_go_into_another_table_and_leave_out_who_asked(store: Store) -> None:
    store.connection.execute("CREATE TEMP TABLE tick AS SELECT * FROM history LIMIT 0")
    compactor = Compactor(store.connection, source=7, into="tick", asked=False)
    compactor.take(pa.RecordBatch.from_pylist([ROW, ROW], schema=OBSERVATION))
    compactor.finish()
    assert store.connection.execute("SELECT count, source FROM tick").fetchall() == [(2, 7)]
    assert store.connection.execute("SELECT count(*) FROM asked").fetchall() == [(0,)]


def test_clients_are_counted_by_name_and_hour(store: Store) -> None:
    rows = [
        ROW,
        ROW | {"time": 7_201.0, "name": "A.Example."},
        ROW | {"time": 10_801.0, "count": 5},
        ROW | {"client": None},
    ]
    batch = pa.RecordBatch.from_pylist(rows, schema=OBSERVATION)
    found = clients_of(store.connection, [batch]).sort_by("time").to_pylist()
    assert found == [
        {"name": "a.example", "client": "10.0.0.1", "time": 7_201.0, "count": 2},
        {"name": "a.example", "client": "10.0.0.1", "time": 10_801.0, "count": 5},
    ]


VIEWED = ("name", "answers", "client", "sensor")


def shaped(rows: list[Row], shape: str) -> pa.RecordBatch:
    """Return *rows* as readers give them: as they are, as views, or marked among others."""
    batch = pa.RecordBatch.from_pylist(rows, schema=OBSERVATION)
    if shape == "views":
        texts = {n: batch.column(n).cast(pa.string_view()) for n in VIEWED}
        columns = {name: texts.get(name, batch.column(name)) for name in batch.schema.names}
        return pa.RecordBatch.from_pydict(columns)
    if shape == "marked":
        others = pa.RecordBatch.from_pylist([ROW | {"name": "other.example"}], schema=OBSERVATION)
        table = pa.Table.from_batches([batch, others]).combine_chunks()
        marks = pa.array([True] * batch.num_rows + [False])
        return table.append_column(KEPT_COLUMN, marks).to_batches()[0]
    return batch


SHAPES = st.sampled_from(["plain", "views", "marked"])
CLEAN = {"name": st.sampled_from(["a.example", "b.example", "a-name-longer-than-a-view.example"])}


@given(
    parts=st.lists(
        st.tuples(SHAPES, st.lists(st.fixed_dictionaries(CLEAN), min_size=1, max_size=4)),
        max_size=6,
    )
)
@settings(max_examples=30, deadline=None)
def test_batches_of_all_shapes_meet(parts: list[tuple[str, list[Row]]]) -> None:
    with Store(threads=1) as store:
        compactor = Compactor(store.connection)
        for shape, rows in parts:
            compactor.take(shaped([ROW | row for row in rows], shape))
        compactor.finish()
        rows = [ROW | row for _, given in parts for row in given]
        assert history(store) == plain(rows)
        keys = store.connection.execute("SELECT count(*) FROM history").fetchall()
        assert keys == [(len(plain(rows)),)]  # in one portion
        asked = store.connection.execute("SELECT name FROM asked ORDER BY name").fetchall()
        assert asked == sorted({(row["name"],) for row in rows})


def test_a_portion_ends_when_it_holds_much(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compaction, "PORTION_BYTES", 1)
    compact(store, [ROW], [ROW])
    assert store.connection.execute("SELECT count FROM history").fetchall() == [(1,), (1,)]


def test_clients_beyond_what_is_remembered_keep_their_pseudonyms(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compaction, "PORTION_ROWS", 1)
    monkeypatch.setattr(compaction, "KNOWN_CLIENTS", 1)
    compact(store, *[[ROW | {"client": f"10.0.0.{i % 3}"}] for i in range(6)])
    found = store.connection.execute("SELECT DISTINCT client FROM asked").fetchall()
    assert len(found) == 3
