"""Which registered domains are linked: by addresses that they share, or by those of their servers.

Only what passed the gate strictly takes part, and only public units. A unit of very many domains (a
CDN's edge, shared hosting) links nothing. All bounds are chosen, not measured.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fluxhound.profiles.screening import place_addresses
from fluxhound.profiles.sightings import Facts

Keys = NDArray[np.uint64]
Ints = NDArray[np.int64]

#: A unit that more domains of the whole log showed is a hub. Rented pools serve hundreds of names
#: (300 is usual), edges of a CDN and shared hosting thousands.
HUB_DOMAINS = 1000
#: Units that two domains must share; or fewer, where they are half of what one of them showed.
COMMON_UNITS = 3
COMMON_HALF = 2
#: Units of name servers alone link from so many on: more than an ordinary provider has, up to four
#: servers with two addresses each.
COMMON_SERVED = 10
#: Domains that a network needs, and the units that two must share to be one without a third.
FEWEST_DOMAINS = 3
COUPLE_UNITS = 5
#: Units of one domain that are compared, by their hashes, so that of two domains the same ones are.
MOST_UNITS = 4096
#: Each domain on a unit is compared with so many that come next in the order of all domains. The
#: order is the same for every unit, so near ones are compared on every unit that they share: a
#: pool's domains hang together through them, and the work is linear where all pairs are quadratic.
NEAREST = 16
#: Links that are looked at, the strongest first.
MOST_LINKS = 2_000_000
#: A larger network is taken apart by asking for more shared units.
MOST_DOMAINS = 1000
#: A name server of more domains than this is a provider's, and says nothing about whose they are.
SERVED_DOMAINS = 50
#: Addresses of name servers that are looked up for links.
MOST_SERVERS = 200_000

_SHOWING = """
CREATE OR REPLACE TEMP TABLE showing AS
    SELECT key AS domain_key, unit FROM static_unit JOIN passed_domain ON domain_key = key
    WHERE is_domain AND routable AND strict
    UNION
    SELECT domain_key, unit FROM static_unit JOIN passed ON owner = key JOIN owner_domain
    USING (owner) WHERE NOT is_domain AND routable AND strict
"""

_SIZES = """
SELECT count(*), coalesce(max(units), 0)
FROM (SELECT count(*) AS units FROM showing GROUP BY domain_key)
"""

_FEWER = f"""
CREATE OR REPLACE TEMP TABLE showing AS
SELECT domain_key, unit FROM showing
QUALIFY row_number() OVER (PARTITION BY domain_key ORDER BY unit) <= {MOST_UNITS}
"""

#: Registered domains, in the whole log, on each unit that matters.
_LOADS = """
CREATE OR REPLACE TEMP TABLE unit_load AS
WITH wanted_unit AS (SELECT unit FROM showing UNION SELECT unit FROM known_unit),
addresses AS (
    SELECT address, unit FROM place SEMI JOIN wanted_unit USING (unit)
    UNION SELECT unit, unit FROM wanted_unit),
texts AS (SELECT DISTINCT text_key, unit FROM part JOIN addresses USING (address))
SELECT unit, count(*) AS domains FROM (
    SELECT DISTINCT unit, domain_key FROM texts JOIN shows USING (text_key)
    JOIN owner_domain USING (owner))
GROUP BY unit
"""

_NO_SERVED = "CREATE OR REPLACE TEMP TABLE served (domain_key UBIGINT, unit UBIGINT)"

_ZONES = "SELECT count(*) FROM (SELECT domain_key FROM zone SEMI JOIN showing USING (domain_key))"

_ZONE_TEXTS = """
CREATE OR REPLACE TEMP TABLE zone_text AS
SELECT DISTINCT domain_key, answers
FROM (SELECT DISTINCT name, answers FROM seen WHERE type = 'NS')
JOIN owner USING (name) JOIN owner_domain USING (owner)
"""

_ZONE_HOSTS = """
CREATE OR REPLACE TEMP TABLE zone_server AS
WITH hosts AS (
    SELECT answers, hash(rtrim(unnest(string_split(answers, ',')[:64]), '.')) AS host
    FROM (SELECT DISTINCT answers FROM zone_text)),
ours AS (
    SELECT DISTINCT host FROM hosts JOIN zone_text USING (answers)
    SEMI JOIN showing USING (domain_key)),
all_zones AS (
    SELECT DISTINCT domain_key, host FROM hosts SEMI JOIN ours USING (host)
    JOIN zone_text USING (answers))
SELECT domain_key, host, count(*) OVER (PARTITION BY host) <= SERVED_DOMAINS AS few
FROM all_zones QUALIFY domain_key IN (SELECT domain_key FROM showing)
""".replace("SERVED_DOMAINS", str(SERVED_DOMAINS))

_SERVER_PARTS = """
SELECT any_value(part) AS part FROM part SEMI JOIN (
    SELECT DISTINCT text_key FROM shows JOIN zone_server ON host = owner) USING (text_key)
ANTI JOIN place USING (address)
GROUP BY address ORDER BY address
"""

#: Addresses of name servers that serve few, or that lie among the addresses of candidates; not of
#: the server's own domain, which is a candidate when it has many servers.
_SERVED = f"""
CREATE OR REPLACE TEMP TABLE served AS
SELECT domain_key, unit FROM (
    SELECT DISTINCT z.domain_key, unit FROM zone_server z JOIN shows s ON s.owner = host
    JOIN part USING (text_key) JOIN place USING (address) JOIN owner_domain h ON h.owner = host
    LEFT JOIN (SELECT unit, min(domain_key) AS one, max(domain_key) AS other
               FROM showing GROUP BY unit) c USING (unit)
    WHERE routable AND (few OR one <> h.domain_key OR other <> h.domain_key))
QUALIFY row_number() OVER (PARTITION BY domain_key ORDER BY unit) <= {MOST_UNITS}
"""

#: Addresses are compared with addresses, those of name servers with those of name servers: a
#: rented server that serves one domain may well be the web server of another.
_LINKS = f"""
WITH units AS (
    SELECT domain_key, unit, false AS serves FROM showing
    UNION ALL SELECT domain_key, unit, true FROM served),
ranked AS (
    SELECT domain_key, unit, serves,
           row_number() OVER (PARTITION BY unit, serves ORDER BY domain_key) AS place
    FROM units ANTI JOIN (SELECT unit FROM unit_load WHERE domains > {HUB_DOMAINS}) USING (unit)
    QUALIFY count(*) OVER (PARTITION BY unit, serves) >= 2),
pairs AS (
    SELECT a.domain_key AS one, b.domain_key AS other, count(*) AS common,
           count(*) FILTER (NOT a.serves) AS shown
    FROM (SELECT *, place + unnest(range(1, {NEAREST} + 1)) AS next FROM ranked) a
    JOIN ranked b ON b.unit = a.unit AND b.serves = a.serves AND b.place = a.next
    GROUP BY ALL HAVING count(*) >= {COMMON_HALF}),
sizes AS (SELECT domain_key, count(*) AS units FROM showing GROUP BY domain_key)
SELECT one, other, common
FROM pairs JOIN sizes a ON a.domain_key = one JOIN sizes b ON b.domain_key = other
WHERE shown >= {COMMON_UNITS}
   OR (shown >= {COMMON_HALF} AND 2 * shown >= least(a.units, b.units))
   OR (shown >= {COMMON_HALF} AND common - shown >= {COMMON_UNITS})
   OR common - shown >= {COMMON_SERVED}
ORDER BY common DESC, one, other LIMIT {MOST_LINKS}
"""

_ASKED = """
SELECT DISTINCT domain_key FROM owner_domain SEMI JOIN showing USING (domain_key)
SEMI JOIN (SELECT owner_key AS owner FROM pair) USING (owner)
"""

#: Two domains of which one is an alias of the other (CNAME) are one service.
_ALIASES = """
WITH named AS (
    SELECT domain_key, text_key FROM owner_domain JOIN shows USING (owner)
    WHERE domain_key IN (SELECT one FROM couple UNION SELECT other FROM couple)
      AND text_key IN (SELECT text_key FROM chain_owner))
SELECT DISTINCT one, other FROM couple JOIN named a ON a.domain_key = one
JOIN named b ON b.domain_key = other AND b.text_key = a.text_key
"""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Groups:
    """Linked registered domains: for each domain (by its key) the number of its group."""

    domains: Keys
    group: Ints


def list_showing(connection: duckdb.DuckDBPyConnection) -> int:
    """Fill ``showing`` (domain_key, unit) from what passed the gate; return its domains."""
    connection.execute(_SHOWING)
    count, most = connection.execute(_SIZES).fetchall()[0]
    if most > MOST_UNITS:
        connection.execute(_FEWER)
    return int(count)


def link_domains(connection: duckdb.DuckDBPyConnection, facts: Facts) -> Groups:
    """Return the groups of linked domains, and fill ``unit_load`` and ``served``."""
    connection.execute(_LOADS)
    _list_served(connection, facts)
    links = connection.execute(_LINKS).fetchnumpy()
    one, other = np.asarray(links["one"], np.uint64), np.asarray(links["other"], np.uint64)
    common = np.asarray(links["common"], np.int64)
    domains, places = np.unique(np.concatenate([one, other]), return_inverse=True)
    left, right = np.split(places, 2)
    labels = grouped(len(domains), left, right, common)
    lone = _lone(np.where(labels[left] == labels[right], labels[left], -1))
    aliases = _aliases(connection, one, other, lone)
    asked = np.isin(domains, connection.execute(_ASKED).fetchnumpy()["domain_key"])
    chosen = qualified(labels, left, right, common, aliases=aliases, asked=asked)
    return Groups(domains=domains[chosen], group=labels[chosen])


def _list_served(connection: duckdb.DuckDBPyConnection, facts: Facts) -> None:
    connection.execute(_NO_SERVED)
    if not connection.execute(_ZONES).fetchall()[0][0]:
        return
    connection.execute(_ZONE_TEXTS)
    connection.execute(_ZONE_HOSTS)
    place_addresses(connection, facts, f"{_SERVER_PARTS} LIMIT {MOST_SERVERS}")
    connection.execute(_SERVED)


def _lone(group: Ints) -> Ints:
    """Return the links that are the only one of their group; -1 is no group."""
    _, place, count = np.unique(group, return_inverse=True, return_counts=True)
    return np.flatnonzero((count[place] == 1) & (group >= 0))


def _aliases(
    connection: duckdb.DuckDBPyConnection, one: Keys, other: Keys, lone: Ints
) -> NDArray[np.bool_]:
    """Return which links are between a domain and its alias; asked only of *lone* ones."""
    found = np.zeros(len(one), dtype=bool)
    if not lone.size:
        return found
    connection.register("couple", pa.table({"one": one[lone], "other": other[lone]}))
    aliased = connection.execute(_ALIASES).fetchnumpy()
    connection.unregister("couple")
    known = set(zip(aliased["one"].tolist(), aliased["other"].tolist(), strict=True))
    pairs = zip(one[lone].tolist(), other[lone].tolist(), strict=True)
    found[lone] = [pair in known for pair in pairs]
    return found


def grouped(count: int, left: Ints, right: Ints, common: Ints, most: int = MOST_DOMAINS) -> Ints:
    """Return for each of *count* nodes the smallest node of its group, none larger than *most*.

    A group that is too large is linked anew by the links that share twice as much, and so on; what
    stays too large at the end becomes single nodes.
    """
    labels = connected(count, left, right)
    needed = COMMON_UNITS
    while (large := np.bincount(labels, minlength=count)[labels] > most).any():
        needed *= 2
        within = large[left]
        kept = within & (common >= needed)
        fresh = connected(count, left[kept], right[kept])
        labels = np.where(large, fresh if kept.any() else np.arange(count), labels)
    return labels


def connected(count: int, left: Ints, right: Ints) -> Ints:
    """Return for each of *count* nodes the smallest node that it is connected with.

    Labels are lowered at the roots of both ends and then followed to their ends, until nothing
    changes (Shiloach and Vishkin 1982): the order of the links does not matter.
    """
    labels: Ints = np.arange(count, dtype=np.int64)
    while True:
        ends = labels[left], labels[right]
        low = np.minimum(*ends)
        lowered = labels.copy()
        for end in ends:
            np.minimum.at(lowered, end, low)
        while not np.array_equal(followed := lowered[lowered], lowered):
            lowered = followed
        if np.array_equal(lowered, labels):
            return labels
        labels = lowered


def qualified(
    labels: Ints,
    left: Ints,
    right: Ints,
    common: Ints,
    *,
    aliases: NDArray[np.bool_],
    asked: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Return which nodes are in a group that is a network: three domains, or a close couple.

    Only domains count that were *asked* for: those that merely stand in a chain (CNAME) say the
    same as whoever led to them.
    """
    sizes = np.bincount(labels[asked], minlength=len(labels))
    within = labels[left] == labels[right]
    close = np.zeros(len(labels), dtype=bool)
    close[labels[left[within & (common >= COUPLE_UNITS) & ~aliases]]] = True
    result: NDArray[np.bool_] = (sizes >= FEWEST_DOMAINS) | ((sizes == FEWEST_DOMAINS - 1) & close)
    return result[labels]
