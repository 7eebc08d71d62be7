"""Until when a behaviour went on: when a domain last answered something else than it does now.

That a name is still asked and answered does not tell that it still is in flux.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime

import duckdb
import pyarrow as pa

from fluxhound.records import EntityKind, Finding
from fluxhound.response.wishes import subject_of

#: The last labels of a name, as many as a subject has, find the names of all subjects in one pass;
#: of each name and type, the answer before the last one tells until when answers took turns.
_CHANGED = """
WITH named AS (
    SELECT name, subject FROM (
        SELECT name, array_to_string(labels[len(labels) - n + 1:], '.') AS subject FROM (
            SELECT name, labels, unnest($labels::INTEGER[]) AS n
            FROM (SELECT DISTINCT name, string_split(name, '.') AS labels FROM history
                  WHERE hour >= $since))
        WHERE len(labels) >= n)
    SEMI JOIN continuing_subject USING (subject)),
shown AS (
    SELECT subject, name, type, answers, max(last) AS last
    FROM history JOIN named USING (name) WHERE hour >= $since GROUP BY ALL),
before AS (
    SELECT subject, list_reverse_sort(list(last))[2] AS changed FROM shown
    GROUP BY subject, name, type)
SELECT subject, max(changed) FROM before WHERE changed IS NOT NULL GROUP BY subject
"""
_DOMAINS = frozenset({EntityKind.NAME, EntityKind.REGISTERED_DOMAIN})


def continued(findings: Iterable[Finding], changed: Mapping[str, datetime]) -> tuple[Finding, ...]:
    """Return *findings*, each last seen when the subject that it is about last *changed*.

    Where no change is known, it stays as it is.
    """
    return tuple(_until(each, changed) for each in findings)


def last_changes(
    cursor: duckdb.DuckDBPyConnection, subjects: Collection[str], *, since_hour: int
) -> Mapping[str, datetime]:
    """Return when each of *subjects*, with all names below it, last showed another answer."""
    if not subjects:
        return {}
    wanted = pa.table({"subject": pa.array(sorted(subjects), pa.string())})
    cursor.register("continuing_subject", wanted)
    try:
        labels = sorted({each.count(".") + 1 for each in subjects})
        rows = cursor.execute(_CHANGED, {"labels": labels, "since": since_hour}).fetchall()
    finally:
        cursor.unregister("continuing_subject")
    return {subject: datetime.fromtimestamp(changed, UTC) for subject, changed in rows}


def _until(finding: Finding, changed: Mapping[str, datetime]) -> Finding:
    if finding.entity not in _DOMAINS:
        return finding
    last = changed.get(subject_of(finding.name)[0], finding.last_seen)
    return dataclasses.replace(finding, last_seen=min(last, finding.last_seen))
