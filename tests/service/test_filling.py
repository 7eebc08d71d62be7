from __future__ import annotations

import pyarrow as pa

from fluxhound.service.arrivals import Reader
from fluxhound.service.filling import recent as recent_rows
from fluxhound.service.filling import rows_of
from tests.service.live import rows_in, store_of, traffic


def test_recent_has_each_answer_once() -> None:
    with store_of(traffic()) as store:
        found = pa.concat_tables(recent_rows(store, most=10**6))
        distinct = "SELECT count(*) FROM (SELECT DISTINCT name, type, answers FROM history)"
        assert found.num_rows == store.connection.execute(distinct).fetchall()[0][0]
        assert found.schema.names == rows_in(store.connection).schema.names
        assert sum(t.num_rows for t in recent_rows(store, most=100)) == 100


def test_recent_is_by_the_records_own_time() -> None:
    with store_of(traffic()) as store:
        hours = store.connection.execute("SELECT count(DISTINCT hour) FROM history").fetchall()
        store.connection.execute("UPDATE history SET hour = hour - 1000 WHERE name < 'm'")
        store.connection.execute("UPDATE history SET hour = hour + 500 WHERE name > 'y'")
        found = recent_rows(store, most=10**6, hours=2 * hours[0][0])
        names = {name for table in found for name in table.column("name").to_pylist()}
        assert names
        assert min(names) >= "m"


def test_an_empty_store_has_nothing_recent() -> None:
    with store_of(None) as store:
        assert sum(table.num_rows for table in recent_rows(store, most=10)) == 0


def test_rows_of_names() -> None:
    reader = Reader(salt="s")
    with store_of(traffic()) as store:
        rows = rows_in(store.connection)
        keys = reader.keys(rows)
        name = rows.column("name")[0].as_py()
        oldest = rows.column("hour").to_pylist()[0]
        found = rows_of(store, keys.name[:1], salt="s", oldest_hour=oldest)
        assert set(found.column("name").to_pylist()) == {name}
        assert found.num_rows == sum(n == name for n in rows.column("name").to_pylist())
        assert found.schema.names == rows.schema.names
        assert rows_of(store, keys.name[:1], salt="s", oldest_hour=oldest + 99).num_rows == 0
        assert rows_of(store, keys.name[:1], salt="other", oldest_hour=oldest).num_rows == 0
