"""DuckDB as the column engine of the text readers: JSON in columns, lists, and times.

Its JSON parser is lenient about types (a number where text was expected is taken as text, anything
else that does not fit is null), keeps no recursion on nesting, and was measured at about twice the
speed of Arrow's, which also crashes on a block whose first value is ``null``.
"""

from __future__ import annotations

import threading
from functools import cache

import duckdb
import pyarrow as pa

#: Enough for the columns of one block of hostile JSON; beyond it a block is read in halves.
MEMORY_LIMIT = "1GB"

#: Rows of one unit of parallel work. Measured: fewer cost more to hand over, more idle a core.
CHUNK_ROWS = 8192

_V4 = r"(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"

#: Epoch numbers are told by size: below 1e11 seconds (year 5138), then ms, us and ns.
MACROS = (
    rf"CREATE MACRO is_v4(a) AS regexp_full_match(a, '{_V4}(\.{_V4}){{3}}')",
    "CREATE MACRO is_v6(a) AS contains(a, ':') AND regexp_full_match(a, '[0-9a-fA-F:.]{2,45}')",
    # One cell with one value, several (between commas, semicolons, bars, spaces) or a JSON list.
    # What only looks like a JSON list is taken without its brackets and quotes.
    r"""CREATE MACRO listed(x) AS list_filter(string_split_regex(
         CASE WHEN starts_with(x, '[') THEN coalesce(
              array_to_string(try_cast(try_cast(x AS JSON) AS VARCHAR[]), ','),
              regexp_replace(x, '["\[\]]', ' ', 'g')) ELSE x END,
         '[,;| \t\r\n]+'), lambda a: a <> '')""",
    "CREATE MACRO is_address(a) AS is_v4(a) OR is_v6(a)",
    """CREATE MACRO scaled(n) AS CASE WHEN n >= 1e17 THEN n / 1e9 WHEN n >= 1e14 THEN n / 1e6
         WHEN n >= 1e11 THEN n / 1e3 ELSE n END""",
    # TIMESTAMP drops a UTC offset, so only times in UTC may use it; TIMESTAMPTZ is slower.
    """CREATE MACRO iso_seconds(x) AS CASE
         WHEN length(x) > 40 OR length(x) < 10 THEN NULL
         WHEN ends_with(x, 'z') THEN epoch(try_cast(upper(x) AS TIMESTAMP))
         WHEN ends_with(x, 'Z') OR ends_with(x, '+0000') OR ends_with(x, '+00:00')
           THEN epoch(try_cast(x AS TIMESTAMP))
         ELSE epoch(try_cast(x AS TIMESTAMPTZ)) END""",
    "CREATE MACRO seconds(x) AS coalesce(scaled(try_cast(x AS DOUBLE)), iso_seconds(x))",
    # 2100-01-01: a later time is a broken clock. NaN compares as greater than any number.
    "CREATE MACRO in_time(t) AS coalesce(t > 0 AND t < 4102444800, false)",
    # A vantage point above the resolver (AA without RA) is the asker's.
    """CREATE MACRO vantage(aa, ra, asker, responder) AS CASE
         WHEN coalesce(lower(aa) IN ('true', 't', '1'), false)
          AND NOT coalesce(lower(ra) IN ('true', 't', '1'), false)
         THEN asker ELSE responder END""",
)


@cache
def _database() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "enable_external_access": "false",
            "memory_limit": MEMORY_LIMIT,
            "temp_directory": "",
        },
    )
    for macro in MACROS:
        connection.execute(macro)
    return connection


class Engine:
    """A connection to the shared engine, for one thread."""

    def __init__(self) -> None:
        self._cursor = _database().cursor()
        self._cursor.execute("SET TimeZone = 'UTC'")

    @staticmethod
    def here() -> Engine:
        """Return this thread's engine."""
        engine = getattr(_THREAD, "engine", None)
        if engine is None:
            engine = _THREAD.engine = Engine()
        return engine

    def select(self, sql: str, **tables: pa.Table) -> pa.Table:
        """Run *sql* over the named *tables* and return the result.

        Raises:
            duckdb.Error: where the engine cannot hold or read them.
        """
        # A prepared statement would save planning, but goes on reading the first tables it saw.
        for name, table in tables.items():
            self._cursor.register(name, table)
        try:
            return self._cursor.sql(sql).to_arrow_table()
        finally:
            for name in tables:
                self._cursor.unregister(name)


_THREAD = threading.local()


def in_chunks(array: pa.Array) -> pa.ChunkedArray:
    """Cut *array* into pieces that the engine can read in parallel."""
    pieces = [array.slice(at, CHUNK_ROWS) for at in range(0, len(array), CHUNK_ROWS)]
    return pa.chunked_array(pieces, type=array.type)
