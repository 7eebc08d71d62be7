"""The flux network that a name belongs to, as the history remembers it."""

from __future__ import annotations

import duckdb

_QUERY = """
SELECT id, max(last) FROM network_unit
WHERE domain = $name OR ends_with($name, '.' || domain)
GROUP BY id ORDER BY max(last) DESC, id LIMIT 1
"""


def flux_network(connection: duckdb.DuckDBPyConnection, name: str) -> str:
    """Return the identifier of the network that the name's domain was in last, or ""."""
    rows = connection.execute(_QUERY, {"name": name}).fetchall()
    return str(rows[0][0]) if rows else ""
