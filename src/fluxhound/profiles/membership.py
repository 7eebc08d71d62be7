"""What a network says of its members: how much of what they show, others of it showed, too.

A name never supports itself: only units that *other* registered domains of the network showed
count, today or, for a network that the store knows, on earlier days.
"""

from __future__ import annotations

import duckdb

#: Domains that are listed as members of a network.
MOST_MEMBERS = 200

_MEMBERSHIP = """
CREATE OR REPLACE TEMP TABLE membership AS
SELECT e.entity, n.entity AS network, e.strict OR t.owner IS NOT NULL AS counted,
       hash('=' || e.registered_domain) AS domain_key
FROM entity e
LEFT JOIN core c ON c.domain_key = hash('=' || e.registered_domain)
LEFT JOIN assigned a ON a.owner = hash(e.name) AND e.kind <> 'registered-domain'
LEFT JOIN thin t ON t.owner = hash(e.name) AND e.kind <> 'registered-domain'
JOIN entity n ON n.kind = 'network' AND n.name = coalesce(c.network, a.network)
WHERE e.kind <> 'network'
"""

#: What the domains of each network showed in what was read.
_SHOWN = """
CREATE OR REPLACE TEMP TABLE network_shown AS
SELECT network, domain_key, unit FROM shown_unit JOIN membership USING (entity)
WHERE counted AND routable GROUP BY ALL
"""

#: ``network_share`` and ``network_support`` are over the units of the entity: the share of them
#: that other domains showed, and how many did (mean). Of a network itself: the share that two
#: domains showed, and how many did.
_MEMBERS = """
CREATE OR REPLACE TEMP TABLE network_measure AS
WITH shown AS (
    SELECT network, domain_key, unit FROM network_shown
    UNION SELECT e.entity, domain_key, unit FROM pool JOIN entity e
    ON e.kind = 'network' AND e.name = pool.network),
support AS (SELECT network, unit, count(*) AS domains FROM shown GROUP BY network, unit),
size AS (SELECT network, count(*) AS units FROM support GROUP BY network),
domains AS (SELECT network, count(DISTINCT domain_key) AS domains FROM shown GROUP BY network),
alone AS (
    SELECT network, domain_key, count(*) FILTER (domains = 1) AS alone
    FROM shown JOIN support USING (network, unit) GROUP BY network, domain_key),
others AS (
    SELECT m.entity, coalesce(s.domains, 0) - CAST(o.unit IS NOT NULL AS INTEGER) AS others
    FROM membership m JOIN shown_unit u ON u.entity = m.entity AND u.routable
    LEFT JOIN support s ON s.network = m.network AND s.unit = u.unit
    LEFT JOIN shown o ON o.network = m.network AND o.unit = u.unit AND o.domain_key = m.domain_key),
backed AS (
    SELECT entity, avg(CAST(others > 0 AS INTEGER)) AS share, avg(others) AS support
    FROM others GROUP BY entity)
SELECT entity, network, domains - CAST(alone IS NOT NULL AS INTEGER) AS network_domains,
       share AS network_share, size.units - coalesce(alone, 0) AS network_units,
       support AS network_support
FROM membership JOIN backed USING (entity) JOIN size USING (network) JOIN domains USING (network)
LEFT JOIN alone USING (network, domain_key)
UNION ALL
SELECT network, NULL, any_value(d.domains), avg(CAST(s.domains >= 2 AS INTEGER)), count(*),
       avg(s.domains)
FROM support s JOIN domains d USING (network) GROUP BY network
"""

_LISTED = """
SELECT network, list(registered_domain ORDER BY registered_domain)[:$most] AS domains
FROM (SELECT DISTINCT m.network, e.registered_domain
      FROM (SELECT DISTINCT network, domain_key FROM network_shown) s
      JOIN membership m ON m.network = s.network AND m.domain_key = s.domain_key AND m.counted
      JOIN entity e ON e.entity = m.entity)
GROUP BY network
"""


def measure_networks(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill ``membership`` and ``network_measure`` from ``shown_unit`` and what was formed."""
    for statement in (_MEMBERSHIP, _SHOWN, _MEMBERS):
        connection.execute(statement)


def network_members(connection: duckdb.DuckDBPyConnection) -> dict[int, tuple[str, ...]]:
    """Return the number of each network and its registered domains, in order, a bounded list."""
    found = connection.execute(_LISTED, {"most": MOST_MEMBERS}).fetchall()
    return {int(network): tuple(domains) for network, domains in found}
