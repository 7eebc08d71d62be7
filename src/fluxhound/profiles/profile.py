"""Profiles: one row for each candidate entity, with every measure the detector may use.

A measure is a number with a unit, or null: not observable from what was read.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fluxhound.profiles.candidates import Domains, promote
from fluxhound.profiles.context import take_units
from fluxhound.profiles.dispersion import measure_dispersion
from fluxhound.profiles.membership import measure_networks
from fluxhound.profiles.narrowing import Reach, choose, narrow
from fluxhound.profiles.openness import measure_openness
from fluxhound.profiles.refreshes import measure_refreshes
from fluxhound.profiles.screening import Screen
from fluxhound.profiles.servers import measure_servers
from fluxhound.profiles.sharing import measure_sharing
from fluxhound.profiles.sightings import Facts, gather

#: Shorter than this, a change interval says more about the log than about the name.
_HOUR_S = 3600

_BASICS = """
CREATE OR REPLACE TEMP TABLE basics AS
SELECT entity, min(first) AS first_seen, max(last) AS last_seen,
       CAST(sum(count) AS BIGINT) AS answers, max(ttl_max) AS ttl_max, min(ttl_min) AS ttl_min
FROM sighting GROUP BY entity
"""

#: Measures that need distinct sets to have been seen in order are null for aggregates.
_PROFILES = f"""
SELECT e.entity, e.kind, e.name, e.registered_domain, d.private AS shared_suffix,
       first_seen, last_seen, (last_seen - first_seen) / {_HOUR_S} AS hours,
       answers, ttl_max, addresses, ipv4, ipv6, units, routable AS public_units,
       distinct_prefix AS prefixes, distinct_subnet AS subnets,
       distinct_asn AS asns, distinct_operator AS operators, distinct_country AS countries,
       CASE WHEN units >= 2 THEN entropy_prefix / log2(units) END AS prefix_spread,
       entropy_prefix,
       CASE WHEN units >= 2 THEN entropy_asn / log2(units) END AS asn_spread,
       CASE WHEN distinct_operator > 0 THEN pow(2, entropy_operator) END AS effective_operators,
       distinct_asn / units AS asns_per_address,
       eyeball_share, hosting_share, cdn_share, education_share, unknown_share, unroutable_share,
       asn_coverage, residence_s,
       CASE WHEN NOT aggregated THEN refreshes END AS refreshes,
       CASE WHEN NOT aggregated THEN most_changes END AS most_changes,
       CASE WHEN NOT aggregated THEN interleaved END AS interleaved,
       CASE WHEN NOT aggregated THEN new_rate END AS new_rate,
       CASE WHEN NOT aggregated THEN new_rate_late END AS new_rate_late,
       CASE WHEN NOT aggregated THEN heaps END AS heaps,
       units / set_size AS fluxiness, set_size, set_largest, set_operators, mixed_sets,
       units / answers AS growth,
       CASE WHEN NOT aggregated THEN change_interval_s END AS change_interval_s,
       CASE WHEN NOT aggregated AND ttl_max > 0
            THEN change_interval_s / ttl_max END AS change_ratio,
       epochs, sensors, aggregated,
       CASE WHEN NOT aggregated THEN return_rate END AS return_rate,
       retention_1d, retention_3d, retention_7d, pool_estimate, agreement,
       domains_per_address, CASE WHEN e.kind <> 'network' THEN pool_domains END AS pool_domains,
       names, fixed_names, name_life_s, reused_share,
       asked_names, chained_share,
       clients, ns_hosts, ns_addresses, ns_operators, ns_prefixes, ns_new_per_day,
       ns_eyeball_share, ns_refreshes, ns_set_changes, ns_self_hosted, ns_ttl, ns_address_ttl,
       ns_hours, network, network_domains, network_share, network_support, network_units
FROM entity e JOIN basics USING (entity) JOIN dispersion USING (entity)
JOIN family USING (entity) JOIN spread USING (entity)
JOIN churn USING (entity) JOIN change USING (entity)
LEFT JOIN interleaving USING (entity)
LEFT JOIN new_rates USING (entity) LEFT JOIN growth_slope USING (entity)
LEFT JOIN returning_unit USING (entity) LEFT JOIN retention USING (entity)
LEFT JOIN pool_size USING (entity) LEFT JOIN agreement USING (entity)
LEFT JOIN sharing USING (entity) LEFT JOIN naming USING (entity)
LEFT JOIN asker USING (entity) LEFT JOIN chaining USING (entity)
LEFT JOIN serving s ON s.registered_domain = e.registered_domain
LEFT JOIN network_measure USING (entity)
LEFT JOIN domain d ON d.name = e.name
ORDER BY e.entity
"""

_ALL = "CREATE OR REPLACE TEMP VIEW profiled AS SELECT owner, entity FROM belongs"

_SEEN = """
CREATE OR REPLACE TEMP VIEW seen AS SELECT * FROM history WHERE {window}
"""


def window(since: datetime | None, until: datetime | None) -> str:
    """Return the SQL condition for history rows that begin in [since, until)."""
    parts = ["true"]
    if since:
        parts.append(f"first >= {since.timestamp()!r}")
    if until:
        parts.append(f"first < {until.timestamp()!r}")
    return " AND ".join(parts)


def build_profiles(
    connection: duckdb.DuckDBPyConnection,
    *,
    domains: Domains,
    facts: Facts,
    screen: Screen,
    since: datetime | None = None,
    until: datetime | None = None,
    wide: bool = False,
    wanted: Sequence[str] = (),
    reach: Reach | None = None,
) -> pa.Table:
    """Return one row per candidate entity, ordered by its number; see ``docs/detection.md``.

    *domains* and *facts* are column functions of the enrichment, *screen* one of the detector. With
    *reach*, another of the detector, only those are profiled that could be findings; not so when
    all is asked for with *wide*. The temporary tables that are built stay on the connection, for
    time lines.
    """
    connection.execute(_SEEN.format(window=window(since, until)))
    promote(connection, domains, facts, screen, wide=wide, wanted=wanted)
    if reach is None or wide:
        connection.execute(_ALL)
        gather(connection, facts)
        return _profiled(connection, facts, narrowed=False)
    narrow(connection, facts, reach, wanted=wanted)
    gather(connection, facts, source="candidate_row")
    return _profiled(connection, facts, narrowed=True)


def profile_again(
    connection: duckdb.DuckDBPyConnection, entities: NDArray[np.int64], *, facts: Facts
) -> pa.Table:
    """Return the profiles of these *entities* and their networks, after ``build_profiles``."""
    choose(connection, entities)
    gather(connection, facts)
    return _profiled(connection, facts, narrowed=True)


def _profiled(connection: duckdb.DuckDBPyConnection, facts: Facts, *, narrowed: bool) -> pa.Table:
    """Measure what was gathered; of what was *narrowed* down, the company is known already."""
    connection.execute(_BASICS)
    measure_refreshes(connection)
    measure_dispersion(connection)
    measure_openness(connection)
    if not narrowed:
        take_units(connection)
    measure_sharing(connection)
    if not narrowed:
        measure_networks(connection)
    measure_servers(connection, facts)
    return connection.sql(_PROFILES).to_arrow_table()


_NEIGHBOURS = """
SELECT DISTINCT o.entity FROM shown_unit e SEMI JOIN chosen USING (entity)
JOIN shown_unit o USING (unit) JOIN entity k ON k.entity = o.entity
WHERE k.kind = $kind AND k.strict
UNION SELECT entity FROM chosen
"""


def neighbours(
    connection: duckdb.DuckDBPyConnection, entities: pa.Array, kind: str
) -> NDArray[np.int32]:
    """Return *entities* and those of the same kind that share an address with one of them."""
    connection.register("chosen", pa.table({"entity": entities.cast(pa.int32())}))
    found = connection.execute(_NEIGHBOURS, {"kind": kind}).fetchnumpy()["entity"]
    connection.unregister("chosen")
    result: NDArray[np.int32] = np.asarray(found, dtype=np.int32)
    return result
