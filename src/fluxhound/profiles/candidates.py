"""Entities: the names, registered domains, name servers and networks that get a profile."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import duckdb
import pyarrow as pa

from fluxhound.profiles.gate import count_addresses, list_owners
from fluxhound.profiles.networks import form_networks
from fluxhound.profiles.screening import Screen, apply_screen
from fluxhound.profiles.sightings import Facts

#: names -> a table with (name, registered_domain, private_suffix), one row for each name.
Domains = Callable[[pa.Array], pa.Table]

#: Names whose domains are looked up at a time, to bound memory.
_PORTION = 200_000

_SERVER_HOSTS = """
CREATE OR REPLACE TEMP TABLE server_host AS
SELECT DISTINCT rtrim(unnest(string_split(answers, ',')[:64]), '.') AS host
FROM seen WHERE type = 'NS'
"""

#: ``strict`` tells what passed the strict gate: only those are compared with each other, so that
#: looking at more entities does not change the judgement of any. Thin names of a network and the
#: networks themselves are looked at and not compared with.
_ENTITIES = """
CREATE OR REPLACE TEMP TABLE entity AS
WITH named AS (
    SELECT name, registered_domain, coalesce(strict, false) AS strict
    FROM owner JOIN domain USING (name) LEFT JOIN passed USING (owner)
    WHERE passed.owner IS NOT NULL OR name IN (SELECT name FROM wanted)
       OR owner.owner IN (SELECT owner FROM thin)),
domains AS (
    SELECT registered_domain AS name, coalesce(strict, false) AS strict
    FROM (SELECT registered_domain FROM domain GROUP BY registered_domain HAVING count(*) >= 2)
    LEFT JOIN passed_domain ON domain_key = hash('=' || registered_domain)
    WHERE domain_key IS NOT NULL
       OR registered_domain IN (SELECT name FROM wanted))
SELECT CAST(row_number() OVER (ORDER BY kind, name) - 1 AS INTEGER) AS entity, * FROM (
    SELECT CASE WHEN host IS NULL THEN 'name' ELSE 'name-server' END AS kind, name,
           registered_domain, strict
    FROM named LEFT JOIN server_host ON host = name
    UNION ALL
    SELECT 'registered-domain', name, name, strict FROM domains
    UNION ALL
    SELECT DISTINCT 'network', network, '', false FROM network_name)
"""

#: Of a domain with more names than this a sample is profiled, chosen by the hash of the name: it
#: does not depend on order or popularity, and what is measured are shares and rates. Bounds what a
#: CDN's or a cloud's domain costs. Chosen, not measured.
MOST_NAMES = 2000
#: The same for a network, whose members have profiles of their own.
MOST_OF_NETWORK = 500

_BELONGS = f"""
CREATE OR REPLACE TEMP TABLE belongs AS
SELECT name AS owner, entity FROM entity WHERE kind IN ('name', 'name-server')
UNION ALL
SELECT owner, entity FROM (
    SELECT d.name AS owner, entity,
           row_number() OVER (PARTITION BY entity ORDER BY hash(d.name), d.name) AS place
    FROM domain d JOIN entity e ON e.name = d.registered_domain AND e.kind = 'registered-domain')
WHERE place <= {MOST_NAMES}
UNION ALL
SELECT owner, entity FROM (
    SELECT n.name AS owner, entity,
           row_number() OVER (PARTITION BY entity ORDER BY turn, hash(n.name), n.name) AS place
    FROM network_name n JOIN entity e ON e.name = n.network AND e.kind = 'network')
WHERE place <= {MOST_OF_NETWORK}
"""


def promote(
    connection: duckdb.DuckDBPyConnection,
    domains: Domains,
    facts: Facts,
    screen: Screen,
    *,
    wide: bool = False,
    wanted: Sequence[str] = (),
) -> int:
    """Fill ``entity`` and ``belongs`` from the view ``seen``; return the number of entities.

    *screen* tells what could be flux by where its addresses lie. *wide* opens the gate to all that
    showed three addresses; *wanted* names pass in any case.
    """
    list_owners(connection)
    connection.execute(_SERVER_HOSTS)
    _look_up_domains(connection, domains)
    count_addresses(connection, wide=wide)
    apply_screen(connection, facts, screen, wide=wide)
    form_networks(connection, facts)
    connection.register("wanted", pa.table({"name": pa.array(list(wanted), pa.string())}))
    connection.execute(_ENTITIES)
    connection.unregister("wanted")
    connection.execute(_BELONGS)
    return int(connection.execute("SELECT count(*) FROM entity").fetchall()[0][0])


def _look_up_domains(connection: duckdb.DuckDBPyConnection, domains: Domains) -> None:
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE domain"
        " (name VARCHAR, registered_domain VARCHAR, private BOOLEAN)"
    )
    names = connection.sql("SELECT name FROM owner").to_arrow_table().column("name")
    for start in range(0, len(names), _PORTION):
        found = domains(names.slice(start, _PORTION).combine_chunks()).select(
            ["name", "registered_domain", "private_suffix"]
        )
        connection.register("found_domains", found)
        connection.execute("INSERT INTO domain SELECT * FROM found_domains")
        connection.unregister("found_domains")
