"""Which network is which: names that last from one day to the next, kept in the store.

A network takes the name of the stored one that it overlaps with; where it overlaps with several,
they have grown together and the oldest name stays. A new name is a pure function of the members.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

#: "network-" and eight hexadecimal digits.
PREFIX = "network-"
_DIGITS = 8

#: Overlap coefficient (common units over those of the smaller one) from which two networks of
#: different days are one, and the units that they must share. Chosen, not measured.
OVERLAP = 0.2
COMMON_UNITS = 3
#: Hosts change and names stay: also where half of the smaller one's domains are the same, and two.
SAME_DOMAINS = 0.5
COMMON_DOMAINS = 2
#: What a network showed is forgotten after so long (by the newest that any showed, so that one
#: record with a false time forgets nothing); of the rest so much is kept, the newest.
KEPT_S = 30 * 86_400
KEPT_ROWS = 8192
KEPT_NETWORKS = 2000
#: Domains that are kept for each unit: whoever showed it, somebody else did, too.
UNIT_DOMAINS = 3

_KNOWN = f"""
CREATE OR REPLACE TEMP TABLE known_unit AS
SELECT id, hash(unit) AS unit, unit AS text, domain, hash('=' || domain) AS domain_key
FROM network_unit
WHERE last >= (SELECT coalesce(max(last), 0) FROM seen) - {KEPT_S}
"""

_COMMON_UNITS = """
WITH ours AS (SELECT DISTINCT grp, unit FROM in_group JOIN showing USING (domain_key)),
theirs AS (SELECT DISTINCT id, unit FROM known_unit),
our_size AS (SELECT grp, count(*) AS size FROM ours GROUP BY grp),
their_size AS (SELECT id, count(*) AS size FROM theirs GROUP BY id)
SELECT grp, id, count(*) AS common, count(*) / least(any_value(o.size), any_value(t.size)) AS share
FROM ours JOIN theirs USING (unit) JOIN our_size o USING (grp) JOIN their_size t USING (id)
GROUP BY grp, id
"""

_COMMON_DOMAINS = """
WITH theirs AS (SELECT DISTINCT id, domain_key FROM known_unit),
our_size AS (SELECT grp, count(*) AS size FROM in_group GROUP BY grp),
their_size AS (SELECT id, count(*) AS size FROM theirs GROUP BY id)
SELECT grp, id, count(*) AS common, count(*) / least(any_value(o.size), any_value(t.size)) AS share
FROM in_group JOIN theirs USING (domain_key) JOIN our_size o USING (grp)
JOIN their_size t USING (id) GROUP BY grp, id
"""

_AGES = "SELECT id, first_seen FROM network"

#: The domains of each group, in the order of their texts.
_DOMAINS = """
SELECT grp, registered_domain FROM (
    SELECT DISTINCT grp, registered_domain
    FROM in_group JOIN owner_domain USING (domain_key) JOIN owner USING (owner)
    JOIN domain USING (name))
ORDER BY grp, registered_domain
"""

#: What the domains of each network showed, and when.
_DATED = """
CREATE OR REPLACE TEMP TABLE network_dated AS
SELECT network, registered_domain, unit, min(u.first) AS first, max(u.last) AS last
FROM dated_unit u JOIN membership USING (entity) JOIN entity USING (entity)
WHERE counted AND routable GROUP BY ALL
"""

#: ``today`` holds the number, name and span of networks, and what their domains showed.
_REMEMBERED = f"""
CREATE OR REPLACE TEMP TABLE remembered AS
WITH today AS (
    SELECT name[{len(PREFIX) + 1}:] AS id, text AS unit, s.registered_domain AS domain, s.last
    FROM network_dated s JOIN entity e ON e.entity = s.network JOIN unit_text USING (unit)),
before AS (
    SELECT coalesce(heir.name[{len(PREFIX) + 1}:], id) AS id, unit, domain, last
    FROM network_unit LEFT JOIN heir USING (id)),
joined AS (
    SELECT id, unit, domain, max(last) AS last
    FROM (SELECT * FROM today UNION ALL SELECT * FROM before) GROUP BY id, unit, domain),
fresh AS (
    SELECT * FROM joined
    WHERE last >= (SELECT max(last) FROM joined) - {KEPT_S}
      AND id IN (SELECT id FROM joined GROUP BY id ORDER BY max(last) DESC, id
                 LIMIT {KEPT_NETWORKS})
    QUALIFY row_number() OVER (PARTITION BY id, unit ORDER BY last DESC, hash(domain), domain)
            <= {UNIT_DOMAINS})
SELECT * FROM fresh
QUALIFY row_number() OVER (PARTITION BY id ORDER BY last DESC, hash(unit), unit, domain)
        <= {KEPT_ROWS}
"""

_SPANS = f"""
CREATE OR REPLACE TEMP TABLE remembered_span AS
SELECT id, min(first_seen) AS first_seen, max(last_seen) AS last_seen FROM (
    SELECT name[{len(PREFIX) + 1}:] AS id, min(first) AS first_seen, max(last) AS last_seen
    FROM network_dated s JOIN entity e ON e.entity = s.network GROUP BY ALL
    UNION ALL
    SELECT coalesce(heir.name[{len(PREFIX) + 1}:], id), first_seen, last_seen
    FROM network LEFT JOIN heir USING (id))
GROUP BY id HAVING id IN (SELECT id FROM remembered)
"""

_WRITES = (
    "DELETE FROM network_unit",
    "INSERT INTO network_unit SELECT id, unit, domain, last FROM remembered ORDER BY ALL",
    "DELETE FROM network",
    "INSERT INTO network SELECT id, first_seen, last_seen FROM remembered_span ORDER BY ALL",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """What a group of today has in common with a stored network."""

    group: int
    id: str
    units: int
    domains: int
    first_seen: float


def list_known(connection: duckdb.DuckDBPyConnection) -> int:
    """Fill ``known_unit`` with what stored networks showed lately; return its rows."""
    connection.execute(_KNOWN)
    return int(connection.execute("SELECT count(*) FROM known_unit").fetchall()[0][0])


def name_groups(connection: duckdb.DuckDBPyConnection) -> dict[int, str]:
    """Return group -> name of its network from ``in_group`` (domain_key, grp).

    Fill ``heir`` (id, name): which network a stored one is today, itself where it met none.
    """
    members: dict[int, list[str]] = {}
    for group, domain in connection.execute(_DOMAINS).fetchall():
        members.setdefault(int(group), []).append(str(domain))
    ages = {str(i): float(first) for i, first in connection.execute(_AGES).fetchall()}
    heirs = inherited(_overlaps(connection, ages), members)
    names = named(members, heirs)
    rows = [(i, PREFIX + i) for i in ages if i not in heirs]
    rows += [(i, names[group]) for i, group in heirs.items()]
    heir = pa.table({
        "id": pa.array([i for i, _ in rows], pa.string()),
        "name": pa.array([name for _, name in rows], pa.string()),
    })  # fmt: skip
    connection.register("heirs", heir)
    connection.execute("CREATE OR REPLACE TEMP TABLE heir AS SELECT * FROM heirs")
    connection.unregister("heirs")
    return names


def _overlaps(connection: duckdb.DuckDBPyConnection, ages: Mapping[str, float]) -> list[Overlap]:
    units = connection.execute(_COMMON_UNITS).fetchall()
    domains = connection.execute(_COMMON_DOMAINS).fetchall()
    by_units = {(g, i): n for g, i, n, share in units if n >= COMMON_UNITS and share >= OVERLAP}
    by_domains = {
        (g, i): n for g, i, n, share in domains if n >= COMMON_DOMAINS and share >= SAME_DOMAINS
    }
    return [
        Overlap(
            group=int(group),
            id=str(i),
            units=by_units.get((group, i), 0),
            domains=by_domains.get((group, i), 0),
            first_seen=ages[i],
        )
        for group, i in by_units.keys() | by_domains.keys()
    ]


def inherited(overlaps: Sequence[Overlap], members: Mapping[int, Sequence[str]]) -> dict[str, int]:
    """Return for each stored network that lives on the group that it is part of today."""
    ordered = sorted(overlaps, key=lambda o: (-o.units, -o.domains, members[o.group], o.id))
    best: dict[str, Overlap] = {}
    for overlap in ordered:
        best.setdefault(overlap.id, overlap)
    oldest = sorted(best.values(), key=lambda o: (o.first_seen, o.id))
    return {overlap.id: overlap.group for overlap in oldest}


def named(members: Mapping[int, Sequence[str]], heirs: Mapping[str, int]) -> dict[int, str]:
    """Return the name of each group: of its oldest stored network, or a new one.

    *heirs* has the oldest network first.
    """
    names: dict[int, str] = {}
    for known, group in heirs.items():
        names.setdefault(group, PREFIX + known)
    taken = set(names.values()) | {PREFIX + known for known in heirs}
    for group, domains in sorted(members.items(), key=lambda item: list(item[1])):
        if group not in names:
            names[group] = next(n for n in _candidates(domains) if n not in taken)
            taken.add(names[group])
    return names


def _candidates(domains: Sequence[str]) -> Sequence[str]:
    """Return names for a network: by the member with the smallest hash, which seldom changes."""
    first = min(domains, key=lambda domain: (_digest(domain), domain))
    return [PREFIX + _digest(f"{first} {i}")[:_DIGITS] for i in range(64)]


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), person=b"network").hexdigest()


def remember_networks(connection: duckdb.DuckDBPyConnection) -> None:
    """Write the networks of the last profiles into the store; call it in a transaction."""
    for statement in (_DATED, _REMEMBERED, _SPANS, *_WRITES):
        connection.execute(statement)
