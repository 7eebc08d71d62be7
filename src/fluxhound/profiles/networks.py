"""Networks: registered domains on one pool of hosts, and new names that appear on it.

Formed before anything is judged, from what passed the gate, and from what networks of earlier days
showed. A name that showed too little for the gate belongs to a network when all its addresses are
known from *other* domains of it: so a new name on a known pool is judged at its first answer.
"""

from __future__ import annotations

import duckdb
import pyarrow as pa

from fluxhound.profiles.identities import list_known, name_groups
from fluxhound.profiles.links import (
    COMMON_HALF,
    COMMON_UNITS,
    HUB_DOMAINS,
    Groups,
    link_domains,
    list_showing,
)
from fluxhound.profiles.screening import place_addresses
from fluxhound.profiles.sightings import Facts

#: Other domains of a network that must have shown the one address of a thin name.
SUPPORTERS = 2
#: Thin names that get a profile: of one network, and of one registered domain. Chosen by hash.
MOST_THIN = 200
DOMAIN_THIN = 4
#: A unit of many more strangers than is usual in its network is a shared host: no name is promoted
#: by it. Chosen, not measured.
STRANGERS = 3
STRANGERS_RATIO = 4
#: IPv6 texts that are looked up to find their /64.
MOST_IPV6 = 200_000

#: What a network's domains showed, now and before.
_POOL = f"""
CREATE OR REPLACE TEMP TABLE pool AS
SELECT network, unit, domain_key FROM (
    SELECT network, unit, domain_key FROM core JOIN showing USING (domain_key)
    UNION
    SELECT heir.name, unit, domain_key FROM known_unit JOIN heir USING (id))
ANTI JOIN (SELECT unit FROM unit_load WHERE domains > {HUB_DOMAINS}) USING (unit)
"""

#: Candidates of no network that share enough with one: they join the one they share most with.
_ATTACHED = f"""
INSERT INTO core
WITH lone AS (SELECT * FROM showing ANTI JOIN core USING (domain_key)),
sizes AS (SELECT domain_key, count(*) AS units FROM lone GROUP BY domain_key),
common AS (
    SELECT lone.domain_key, network, count(*) AS common
    FROM lone JOIN (
        SELECT network, unit, count(*) AS domains, any_value(domain_key) AS shower
        FROM pool GROUP BY ALL) p USING (unit)
    WHERE domains >= 2 OR shower <> lone.domain_key
    GROUP BY ALL)
SELECT domain_key, network FROM common JOIN sizes USING (domain_key)
WHERE common >= {COMMON_UNITS} OR (common >= {COMMON_HALF} AND 2 * common >= units)
QUALIFY row_number() OVER (PARTITION BY domain_key ORDER BY common DESC, network) = 1
"""

_SUPPORT = f"""
CREATE OR REPLACE TEMP TABLE support AS
WITH counted AS (
    SELECT network, unit, count(*) AS domains, greatest(any_value(l.domains) - count(*), 0)
           AS strangers
    FROM pool LEFT JOIN unit_load l USING (unit) GROUP BY network, unit)
SELECT network, unit, domains FROM counted
QUALIFY coalesce(strangers, 0)
        <= {STRANGERS} + {STRANGERS_RATIO} * median(strangers) OVER (PARTITION BY network)
"""

#: The /32 of IPv6 units, so that only addresses near one of them are looked up.
_IPV6_TEXTS = """
WITH near AS (
    SELECT DISTINCT network FROM part JOIN place USING (address)
    WHERE ipv6 AND unit IN (SELECT unit FROM support)
    UNION
    SELECT hash(split_part(text, ':', 1) || ':' || split_part(text, ':', 2)) FROM known_unit
    WHERE contains(text, ':'))
SELECT any_value(part) AS part FROM part SEMI JOIN near USING (network) ANTI JOIN place
USING (address) WHERE ipv6 GROUP BY address ORDER BY address
"""

#: The hash of an IPv4 address is its unit; of IPv6 addresses those have one that were looked up.
_REACH = """
CREATE OR REPLACE TEMP TABLE reach AS
SELECT DISTINCT address, unit FROM (
    SELECT unit AS address, unit FROM support
    UNION ALL
    SELECT address, unit FROM place WHERE address <> unit AND unit IN (SELECT unit FROM support))
"""

#: Names all of whose addresses are known; ``total`` counts them as often as texts held them. Names
#: of a member domain need no profile of their own: the domain has one.
_NEAR = """
CREATE OR REPLACE TEMP TABLE near_owner AS
WITH known AS (
    SELECT text_key, count(*) AS size FROM part SEMI JOIN reach USING (address) GROUP BY text_key),
inside AS (SELECT owner, sum(size) AS inside FROM shows JOIN known USING (text_key) GROUP BY owner)
SELECT owner, domain_key FROM inside JOIN promising USING (owner) JOIN owner_domain USING (owner)
ANTI JOIN core USING (domain_key) ANTI JOIN (SELECT owner FROM passed WHERE strict) USING (owner)
WHERE inside = total
"""

_ASSIGNED = f"""
CREATE OR REPLACE TEMP TABLE assigned AS
WITH units AS (
    SELECT DISTINCT owner, domain_key, unit FROM near_owner JOIN shows USING (owner)
    JOIN part USING (text_key) JOIN reach USING (address)),
totals AS (SELECT owner, count(*) AS units FROM units GROUP BY owner),
supported AS (
    SELECT owner, units.domain_key, s.network, count(*) AS units,
           max(s.domains - CAST(p.unit IS NOT NULL AS INTEGER)) AS others
    FROM units JOIN support s USING (unit) LEFT JOIN pool p
      ON p.network = s.network AND p.unit = units.unit AND p.domain_key = units.domain_key
    WHERE s.domains > CAST(p.unit IS NOT NULL AS INTEGER)
    GROUP BY ALL)
SELECT owner, domain_key, network FROM supported JOIN totals USING (owner)
WHERE supported.units = totals.units AND (totals.units >= 2 OR others >= {SUPPORTERS})
QUALIFY row_number() OVER (PARTITION BY owner ORDER BY others DESC, network) = 1
"""

_THIN = f"""
CREATE OR REPLACE TEMP TABLE thin AS
SELECT owner, network FROM (
    SELECT owner, network FROM assigned
    QUALIFY row_number() OVER (PARTITION BY domain_key ORDER BY owner) <= {DOMAIN_THIN})
QUALIFY row_number() OVER (PARTITION BY network ORDER BY owner) <= {MOST_THIN}
"""

#: The names whose histories make up a network; ``turn`` deals them out evenly among the domains.
_NAMES = """
CREATE OR REPLACE TEMP TABLE network_name AS
WITH whole AS (SELECT domain_key FROM passed_domain WHERE strict),
owners AS (
    SELECT owner, network FROM core SEMI JOIN whole USING (domain_key)
    JOIN owner_domain USING (domain_key)
    UNION
    SELECT owner, network FROM core JOIN owner_domain USING (domain_key)
    SEMI JOIN (SELECT owner FROM passed WHERE strict) USING (owner)
    UNION SELECT owner, network FROM thin)
SELECT network, name, row_number() OVER (
           PARTITION BY network, domain_key ORDER BY hash(name), name) AS turn
FROM owners JOIN owner USING (owner) JOIN owner_domain USING (owner)
"""

#: The tables of an analysis without networks.
_TABLES = {
    "core": "domain_key UBIGINT, network VARCHAR",
    "assigned": "owner UBIGINT, domain_key UBIGINT, network VARCHAR",
    "thin": "owner UBIGINT, network VARCHAR",
    "network_name": "network VARCHAR, name VARCHAR, turn BIGINT",
    "pool": "network VARCHAR, unit UBIGINT, domain_key UBIGINT",
    "heir": "id VARCHAR, name VARCHAR",
}


def form_networks(connection: duckdb.DuckDBPyConnection, facts: Facts) -> None:
    """Fill ``core`` (domain_key), ``assigned`` and ``thin`` (owner), each with their network.

    ``network_name`` holds the names whose histories are the network's. Needs what the gate and the
    screen left.
    """
    for table, columns in _TABLES.items():
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} ({columns})")
    known = list_known(connection)
    if list_showing(connection) < 2 and not known:  # noqa: PLR2004 - one alone is no network
        return
    groups = link_domains(connection, facts)
    if not (len(groups.domains) or known):
        return
    _name(connection, groups)
    connection.execute(_POOL)
    connection.execute(_ATTACHED)
    connection.execute(_POOL)
    connection.execute(_SUPPORT)
    place_addresses(connection, facts, f"{_IPV6_TEXTS} LIMIT {MOST_IPV6}")
    for statement in (_REACH, _NEAR, _ASSIGNED, _THIN, _NAMES):
        connection.execute(statement)


def _name(connection: duckdb.DuckDBPyConnection, groups: Groups) -> None:
    table = pa.table({"domain_key": groups.domains, "grp": groups.group})
    connection.register("in_group", table)
    names = name_groups(connection)
    numbers = pa.array(list(names), pa.int64())
    connection.register("names", pa.table({"grp": numbers, "network": list(names.values())}))
    connection.execute(
        "INSERT INTO core SELECT domain_key, network FROM in_group JOIN names USING (grp)"
    )
    connection.unregister("names")
    connection.unregister("in_group")
