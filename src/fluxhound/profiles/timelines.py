"""The history of one entity for people: its raster of addresses and its refreshes."""

from __future__ import annotations

from datetime import UTC, datetime

import duckdb

from fluxhound.records import AddressFacts, AddressRow, AddressSpan, Change, Timeline

#: Rows and changes that a time line holds at the most; the rest is counted. Chosen for one page.
MAX_ROWS = 400
MAX_CHANGES = 2000

_ROWS = """
WITH spans AS (
    SELECT address, s.first, s.last, s.count
    FROM sighting s JOIN set_address USING (answer_set) WHERE s.entity = $entity),
born AS (SELECT address, min(first) AS first FROM spans GROUP BY address
         ORDER BY first, address LIMIT $rows)
SELECT address, asn, holder, country, kind,
       list(struct_pack(a := s.first, b := s.last, n := s.count) ORDER BY s.first, s.last) AS spans,
       any_value(born.first) AS born
FROM born JOIN spans s USING (address) JOIN fact USING (address)
GROUP BY ALL ORDER BY any_value(born.first), address
"""

_ROW_COUNT = "SELECT count(*) FROM member WHERE entity = $entity"

_CHANGES = """
SELECT e.first, sensor, type, text, ttl_max, coalesce(new, 0) AS new
FROM epoch e JOIN answer_set USING (answer_set)
LEFT JOIN (
    SELECT position, count(*) AS new FROM epoch e JOIN set_unit u USING (answer_set)
    JOIN born b ON b.entity = e.entity AND b.unit = u.unit AND b.first >= e.first
    WHERE e.entity = $entity AND position <= $changes GROUP BY position) USING (position)
WHERE e.entity = $entity AND position <= $changes ORDER BY position
"""

_CHANGE_COUNT = "SELECT count(*) FROM epoch WHERE entity = $entity"


def timeline(connection: duckdb.DuckDBPyConnection, entity: int, name: str) -> Timeline:
    """Return the time line of the entity with this number, as ``build_profiles`` numbered it."""
    rows = connection.execute(_ROWS, {"entity": entity, "rows": MAX_ROWS}).fetchall()
    total = connection.execute(_ROW_COUNT, {"entity": entity}).fetchall()[0][0]
    changes = connection.execute(_CHANGES, {"entity": entity, "changes": MAX_CHANGES}).fetchall()
    all_changes = connection.execute(_CHANGE_COUNT, {"entity": entity}).fetchall()[0][0]
    return Timeline(
        name=name,
        rows=tuple(_row(*row[:6]) for row in rows),
        changes=tuple(_change(*change) for change in changes),
        rows_left_out=total - len(rows),
        changes_left_out=all_changes - len(changes),
    )


def _row(
    address: str,
    asn: int,
    holder: str,
    country: str,
    kind: str,
    spans: list[dict[str, float]],
) -> AddressRow:
    return AddressRow(
        facts=AddressFacts(
            address=address, asn=asn or None, holder=holder, country=country, kind=kind
        ),
        spans=tuple(
            AddressSpan(first=_moment(s["a"]), last=_moment(s["b"]), count=int(s["n"]))
            for s in spans
        ),
    )


def _change(first: float, sensor: str, kind: str, text: str, ttl: int | None, new: int) -> Change:
    return Change(
        time=_moment(first),
        sensor=sensor,
        type=kind,
        addresses=tuple(text.split(",")),
        new=new,
        ttl=ttl,
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
