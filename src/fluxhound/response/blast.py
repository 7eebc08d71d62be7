"""The blast radius of many subjects at once, from our own history: bounded queries, one pass each.

Names are compared by their endings, so that a hash join does for all subjects what LIKE would do
for each. Addresses are compared as their sources wrote them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from fluxhound.enrichment.domains import domain_table
from fluxhound.response.entries import Blast, Neighbours, Trigger
from fluxhound.response.wishes import Key

#: Neighbours of one subject that are looked at, and that are listed. Chosen, not measured.
MOST_LOOKED_AT = 2000
MOST_LISTED = 200
#: Addresses of one subject that are followed to other names. Chosen, not measured.
MOST_ADDRESSES = 500
#: Parts of one answer that are looked at; a chain is rarely longer than four. Chosen.
_PARTS = 64

#: The last labels of a name, as many as a subject has; the subjects' numbers of labels are few.
_ENDINGS = """
SELECT DISTINCT named.name, subject.id FROM (
    SELECT name, n, array_to_string(labels[len(labels) - n + 1:], '.') AS ending FROM (
        SELECT {name} AS name, labels, unnest($labels::INTEGER[]) AS n
        FROM (SELECT DISTINCT {name}, string_split({name}, '.') AS labels FROM {table}))
    WHERE len(labels) >= n) AS named
JOIN blast_subject AS subject ON subject.subject = named.ending
WHERE NOT subject.exact OR named.name = subject.subject
"""

_NAMES = """
CREATE OR REPLACE TEMP TABLE blast_name AS
SELECT name, CAST(sum(count) AS BIGINT) AS asked FROM history
WHERE hour >= $since AND type <> 'NS' GROUP BY name
"""

_ANSWERS = f"""
CREATE OR REPLACE TEMP TABLE blast_answer AS
SELECT DISTINCT name, type, unnest(string_split(answers, ',')[:{_PARTS}]) AS part
FROM (SELECT DISTINCT name, type = 'NS' AS type, answers FROM history WHERE hour >= $since)
"""

#: A part that is a name: it has a letter that no address has, or no colon and a letter.
_IS_NAME = "(NOT contains(part, ':') AND regexp_matches(part, '[a-z]'))"

_ASKED = """
SELECT id, CAST(sum(asked) AS BIGINT), count(*) FROM blast_below JOIN blast_name USING (name)
GROUP BY id
"""

_CLIENTS = """
SELECT id, count(DISTINCT client) FROM blast_below
JOIN (SELECT DISTINCT name, client FROM asked_by) USING (name) GROUP BY id
"""

_ALIASED = f"""
WITH target AS (SELECT DISTINCT part FROM blast_answer WHERE NOT type AND {_IS_NAME}),
hit AS ({_ENDINGS.format(name="part", table="target")})
SELECT hit.id, a.name FROM hit JOIN blast_answer a ON a.part = hit.name AND NOT a.type
ANTI JOIN blast_below b ON b.id = hit.id AND b.name = a.name
"""

_ADDRESSES = f"""
WITH own AS (
    SELECT id, part FROM (
        SELECT DISTINCT b.id, a.part FROM blast_below b
        JOIN blast_answer a ON a.name = b.name AND NOT a.type AND NOT {_IS_NAME})
    QUALIFY row_number() OVER (PARTITION BY id ORDER BY part) <= {MOST_ADDRESSES})
SELECT DISTINCT own.id, a.name FROM own
JOIN blast_answer a ON a.part = own.part AND NOT a.type
ANTI JOIN blast_below b ON b.id = own.id AND b.name = a.name
"""

_SERVERS = """
CREATE OR REPLACE TEMP TABLE blast_server AS
SELECT DISTINCT b.id, rtrim(a.part, '.') AS host FROM blast_below b
JOIN blast_answer a ON a.name = b.name AND a.type
UNION SELECT id, subject FROM blast_subject WHERE trigger = 'nsdname'
UNION SELECT s.id, a.name FROM blast_subject s
JOIN blast_answer a ON a.part = s.subject AND NOT a.type WHERE s.trigger = 'nsip'
"""

_SERVED = """
SELECT DISTINCT s.id, a.name FROM blast_server s
JOIN blast_answer a ON rtrim(a.part, '.') = s.host AND a.type
ANTI JOIN blast_below b ON b.id = s.id AND b.name = a.name
"""

_SUBJECT = pa.schema(
    [
        ("id", pa.int32()),
        ("subject", pa.string()),
        ("exact", pa.bool_()),
        ("trigger", pa.string()),
    ]
)


def blasts(
    cursor: duckdb.DuckDBPyConnection,
    subjects: Mapping[Key, bool],
    *,
    since_hour: int = 0,
) -> dict[Key, Blast]:
    """Return the blast radius of each of *subjects* (trigger and subject -> whether exact).

    Only history since *since_hour* (hours since 1970) counts; clients count whenever they asked.
    The cursor gets temporary tables of its own; the store is not written to.
    """
    if not subjects:
        return {}
    try:
        _prepare(cursor, subjects, since_hour)
        return _measured(cursor, list(subjects))
    finally:
        for table in _TEMPORARY:
            cursor.execute(f"DROP TABLE IF EXISTS temp.{table}")


_TEMPORARY = (
    "blast_subject", "blast_name", "blast_answer", "blast_owner", "blast_below", "blast_server",
)  # fmt: skip


def _measured(cursor: duckdb.DuckDBPyConnection, keys: list[Key]) -> dict[Key, Blast]:
    asked = _rows(cursor, _ASKED)
    clients = _rows(cursor, _CLIENTS)
    seen = bool(cursor.execute("SELECT EXISTS (SELECT 1 FROM asked_by)").fetchall()[0][0])
    ranks, ranked = _ranks(cursor, {at: row[0] for at, row in asked.items()})
    near = {
        "aliased": _near(cursor, _ALIASED, keys, labels=_label_counts(keys)),
        "addresses": _near(cursor, _ADDRESSES, keys),
        "servers": _near(cursor, _SERVED, keys),
    }
    hosts = _hosts(cursor)
    suffix = _suffix_neighbours(cursor, keys)
    found = {}
    for at, key in enumerate(keys):
        responses, names = asked.get(at, (0, 0))
        found[key] = Blast(
            subject=key[1],
            asked=responses,
            names=names,
            clients=clients.get(at, (0,))[0] if seen else None,
            rank=ranks.get(at),
            ranked=ranked,
            suffix=suffix.get(at, Neighbours()),
            server_names=hosts.get(at, ()),
            **{field: each.get(at, Neighbours()) for field, each in near.items()},
        )
    return found


def name_servers(
    cursor: duckdb.DuckDBPyConnection, domains: Collection[str], *, since_hour: int = 0
) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return domain -> name server -> its addresses, as far as the traffic shows them."""
    wanted = sorted(set(domains))
    parameters = {"domains": wanted, "since": since_hour}
    rows = cursor.execute(
        f"""
        WITH served AS (
            SELECT DISTINCT name AS domain, rtrim(host, '.') AS host FROM (
                SELECT name, unnest(string_split(answers, ',')[:{_PARTS}]) AS host FROM history
                WHERE type = 'NS' AND hour >= $since
                  AND name IN (SELECT unnest($domains::VARCHAR[])))),
        glue AS (
            SELECT DISTINCT name AS host, unnest(string_split(answers, ',')[:{_PARTS}]) AS part
            FROM history WHERE type <> 'NS' AND hour >= $since
              AND name IN (SELECT host FROM served))
        SELECT domain, host, list(DISTINCT part ORDER BY part)
            FILTER (part IS NOT NULL AND NOT {_IS_NAME})
        FROM served LEFT JOIN glue USING (host) GROUP BY domain, host ORDER BY domain, host
        """,
        parameters,
    ).fetchall()
    found: dict[str, dict[str, tuple[str, ...]]] = {domain: {} for domain in wanted}
    for domain, host, addresses in rows:
        found[domain][host] = tuple(addresses or ())[:MOST_LISTED]
    return found


def _prepare(
    cursor: duckdb.DuckDBPyConnection, subjects: Mapping[Key, bool], since_hour: int
) -> None:
    rows = [
        {"id": at, "subject": subject, "exact": exact, "trigger": str(trigger)}
        for at, ((trigger, subject), exact) in enumerate(subjects.items())
    ]
    cursor.register("given_subject", pa.Table.from_pylist(rows, schema=_SUBJECT))
    try:
        cursor.execute("CREATE OR REPLACE TEMP TABLE blast_subject AS SELECT * FROM given_subject")
    finally:
        cursor.unregister("given_subject")
    cursor.execute(_NAMES, {"since": since_hour})
    cursor.execute(_ANSWERS, {"since": since_hour})
    cursor.execute(
        "CREATE OR REPLACE TEMP TABLE blast_owner AS "
        "SELECT name FROM blast_name UNION SELECT name FROM blast_answer"
    )
    below = _ENDINGS.format(name="name", table="blast_owner")
    cursor.execute(
        f"CREATE OR REPLACE TEMP TABLE blast_below AS {below}",
        {"labels": _label_counts(list(subjects))},
    )
    cursor.execute(_SERVERS)


def _label_counts(keys: Iterable[Key]) -> list[int]:
    return sorted({subject.count(".") + 1 for _, subject in keys})


def _rows(cursor: duckdb.DuckDBPyConnection, query: str) -> dict[int, tuple[Any, ...]]:
    return {row[0]: row[1:] for row in cursor.execute(query).fetchall()}


def _ranks(
    cursor: duckdb.DuckDBPyConnection, asked: Mapping[int, int]
) -> tuple[dict[int, int], int]:
    """Return id -> how many names are asked more often, and one; and how many names there are."""
    counts = np.sort(cursor.execute("SELECT asked FROM blast_name").fetchnumpy()["asked"])
    above = {
        at: int(len(counts) - np.searchsorted(counts, total, side="right")) + 1
        for at, total in asked.items()
    }
    return above, len(counts)


def _near(
    cursor: duckdb.DuckDBPyConnection,
    query: str,
    keys: list[Key],
    *,
    labels: list[int] | None = None,
) -> dict[int, Neighbours]:
    """Return id -> other registered domains among the names that *query* finds."""
    bounded = f"""SELECT id, list(DISTINCT name ORDER BY name)[:{MOST_LOOKED_AT}],
                         count(DISTINCT name) FROM ({query}) GROUP BY id"""
    rows = cursor.execute(bounded, {"labels": labels} if labels else {}).fetchall()
    return {at: _neighbours(names, total, keys[at]) for at, names, total in rows}


def _neighbours(names: Iterable[str], total: int, key: Key) -> Neighbours:
    """Return the registered domains of *names*; of more names than were looked at, their number."""
    own = _registered(key[1]) if key[0] is Trigger.NAME else ""
    found = sorted({_registered(name) for name in names} - {own})
    count = total if total > MOST_LOOKED_AT else len(found)
    return Neighbours(count=count, names=tuple(found[:MOST_LISTED]))


def _registered(name: str) -> str:
    return domain_table().split(name)[0]


def _hosts(cursor: duckdb.DuckDBPyConnection) -> dict[int, tuple[str, ...]]:
    rows = cursor.execute("SELECT id, host FROM blast_server ORDER BY id, host").fetchall()
    found: dict[int, list[str]] = defaultdict(list)
    for at, host in rows:
        if len(found[at]) < MOST_LISTED:
            found[at].append(host)
    return {at: tuple(hosts) for at, hosts in found.items()}


def _suffix_neighbours(cursor: duckdb.DuckDBPyConnection, keys: list[Key]) -> dict[int, Neighbours]:
    """Return id -> names of others below the same private suffix."""
    by_suffix: dict[str, list[int]] = defaultdict(list)
    for at, (trigger, subject) in enumerate(keys):
        _, suffix, private = domain_table().split(subject)
        if trigger is Trigger.NAME and private:
            by_suffix[suffix].append(at)
    if not by_suffix:
        return {}
    rows = cursor.execute(
        f"""
        SELECT suffix, list(DISTINCT name ORDER BY name)[:{MOST_LOOKED_AT}],
               count(DISTINCT name)
        FROM (SELECT name, labels, unnest($labels::INTEGER[]) AS n
              FROM (SELECT name, string_split(name, '.') AS labels FROM blast_name))
        JOIN (SELECT unnest($suffixes::VARCHAR[]) AS suffix)
          ON suffix = array_to_string(labels[len(labels) - n + 1:], '.')
        WHERE len(labels) > n GROUP BY suffix
        """,
        {
            "suffixes": sorted(by_suffix),
            "labels": sorted({suffix.count(".") + 1 for suffix in by_suffix}),
        },
    ).fetchall()
    return {
        at: _neighbours(names, total, keys[at])
        for suffix, names, total in rows
        for at in by_suffix[suffix]
    }
