from __future__ import annotations

from fluxhound.history.store import Store
from fluxhound.service.spark.context import COLUMNS
from fluxhound.service.spark.entities import replace_rows


def test_full_rows_take_the_place_of_their_pairs() -> None:
    row = "1, 's', '{}', '{}', '{}', 1.0, 2.0, {}, 60, 60"
    with Store(None, threads=1) as store:
        connection = store.connection

        def add(table: str, *given: tuple[str, str, str, int]) -> None:
            for each in given:
                more = ", 1" if table == "history" else ""
                connection.execute(f"INSERT INTO {table} VALUES ({row.format(*each)}{more})")

        connection.execute(f"CREATE TABLE arrived AS SELECT {COLUMNS} FROM history WITH NO DATA")
        connection.execute("CREATE TABLE served AS SELECT 'ns.example' AS owner")
        add(
            "history",
            ("a.example", "A", "192.0.2.1", 9),  # replaced by two hours
            ("a.example", "A", "192.0.2.2", 5),  # context: stays
            ("ns.example", "A", "192.0.2.3", 4),  # a server's, in short: goes
            ("z.example", "NS", "ns.example", 3),  # a zone: replaced
            ("y.example", "NS", "ns.example", 2),  # another zone: stays
        )
        add("arrived", *[("a.example", "A", "192.0.2.1", 1)] * 2)
        add("arrived", ("ns.example", "A", "192.0.2.9", 6), ("z.example", "NS", "ns2.example", 7))
        replace_rows(connection)
        rows = connection.execute("SELECT name, answers, count FROM history ORDER BY ALL")
        assert rows.fetchall() == [
            ("a.example", "192.0.2.1", 1),
            ("a.example", "192.0.2.1", 1),
            ("a.example", "192.0.2.2", 5),
            ("ns.example", "192.0.2.9", 6),
            ("y.example", "ns.example", 2),
            ("z.example", "ns2.example", 7),
        ]
