"""What is brought back beside the candidates, so that the embedded engine judges them the same.

The gate, the screen and the networks look beyond a candidate: at who else shows its addresses, at
who else is served by its name servers, and at whether there were several sensors and days. All of
it is told by distinct answers (pairs), not by hours:

1. every answer of a name in a domain that passes the gate, its name servers' own included, and
   whatever chain (CNAME) led to it;
2. every answer that holds an address (IPv6: a /64) that those showed. Of addresses that more than
   ``HUB_DOMAINS`` domains showed, which link nothing, only so many domains as show that;
3. of every other name that came along, the addresses of the rest of its answers, without chains:
   a name of which a part is known would seem to change where it does not;
4. the zones of those domains, and of each server so many others as tell whether it serves many;
5. two rows of a name that cannot exist, with the bounds of sensors and of time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fluxhound.profiles.links import HUB_DOMAINS, SERVED_DOMAINS
from fluxhound.service.spark.views import keep_all

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: RFC 6761 section 6.4: no name below ``invalid`` exists.
WITNESS = "bounds.fluxhound.invalid"

COLUMNS = "hour, sensor, name, type, answers, first, last, count, ttl_max, ttl_min"

#: The groups of an IPv6 address with its zeros written out; what stands before an IPv4 address in
#: its dotted form is ignored, and that address counts as well.
_LEFT = "filter(split(substring_index(address, '::', 1), ':'), g -> g <> '')"
_RIGHT = "filter(split(substring_index(address, '::', -1), ':'), g -> g <> '')"
_GROUPS = f"""
if(contains(address, '::'),
   concat({_LEFT}, array_repeat('0', greatest(8 - size({_LEFT}) - size({_RIGHT})
          - if(contains(address, '.'), 1, 0), 0)), {_RIGHT}),
   split(address, ':'))
"""
_SUBNET = f"""
concat_ws(':', transform(slice({_GROUPS}, 1, 4), g -> lower(ltrim('0', g))))
"""
#: What counts as one address, as ``profiles.sightings`` has it.
_UNITS = f"""
if(ipv6, if(contains(address, '.'), array({_SUBNET}, substring_index(address, ':', -1)),
            array({_SUBNET})), array(address))
"""

_SERVERS = """
SELECT DISTINCT host FROM zone_host JOIN owner_domain ON owner = name
LEFT SEMI JOIN mattering USING (domain)
"""

#: Owners all of whose answers are brought back as they are.
_WHOLE = """
SELECT owner FROM owner_domain LEFT SEMI JOIN mattering USING (domain)
UNION SELECT host FROM server
"""

#: How many domains of the whole population are on each address that matters.
_LOADS = """
SELECT address, ipv6, count(*) AS domains FROM (
    SELECT DISTINCT address, ipv6, domain FROM shown JOIN owner_domain USING (owner)
    LEFT SEMI JOIN (SELECT address FROM shown JOIN owner_domain USING (owner)
                    LEFT SEMI JOIN mattering USING (domain)) USING (address))
GROUP BY address, ipv6
"""

_NEAR_UNITS = f"""
SELECT unit FROM (SELECT explode({_UNITS}) AS unit, domains FROM address_load)
GROUP BY unit HAVING max(domains) <= {HUB_DOMAINS}
"""

#: Owners that stand for the domains on a hub, one for each.
_HUB_OWNERS = f"""
SELECT DISTINCT owner FROM (
    SELECT owner, row_number() OVER (PARTITION BY address ORDER BY domain) AS place FROM (
        SELECT address, domain, min(owner) AS owner FROM shown JOIN owner_domain USING (owner)
        LEFT SEMI JOIN (SELECT address FROM address_load WHERE domains > {HUB_DOMAINS})
        USING (address) GROUP BY address, domain))
WHERE place <= {HUB_DOMAINS + 1}
"""

_PAIR_UNITS = f"""
SELECT name, type, answers, owners, unit FROM (
    SELECT name, type, answers, owners, address, contains(address, ':') AS ipv6
    FROM pair LATERAL VIEW explode(addresses) AS address)
LATERAL VIEW explode({_UNITS}) AS unit
"""

_REAL = f"""
SELECT DISTINCT name, type, answers, owners FROM (
    SELECT name, type, answers, owners, owner FROM pair LATERAL VIEW explode(owners) AS owner)
LEFT SEMI JOIN whole_owner USING (owner)
UNION
SELECT name, type, answers, owners FROM ({_PAIR_UNITS})
LEFT SEMI JOIN near_unit USING (unit)
"""

_SHORT = f"""
SELECT {COLUMNS} FROM (
    SELECT min(hour) AS hour, min(sensor) AS sensor, owner AS name, type,
           concat_ws(',', addresses) AS answers, min(first) AS first, max(last) AS last,
           sum(count) AS count, max(ttl_max) AS ttl_max, min(ttl_min) AS ttl_min
    FROM (SELECT *, explode(owners) AS owner FROM pair)
    LEFT SEMI JOIN {{partial}} USING (owner)
    LEFT ANTI JOIN {{real}} USING (name, type, answers)
    WHERE size(addresses) > 0
    GROUP BY owner, type, concat_ws(',', addresses))
"""

#: Zones of other domains on a server, up to one more than makes it a provider's.
_OTHER_ZONES = f"""
SELECT DISTINCT name, answers FROM (
    SELECT name, answers, row_number() OVER (PARTITION BY host ORDER BY domain) AS place FROM (
        SELECT host, domain, min_by(name, struct(name, answers)) AS name,
               min_by(answers, struct(name, answers)) AS answers
        FROM zone_host JOIN owner_domain ON owner = name
        LEFT SEMI JOIN (SELECT host FROM server UNION SELECT explode(owners) AS host FROM real)
        USING (host) GROUP BY host, domain))
WHERE place <= {SERVED_DOMAINS + 1}
UNION
SELECT name, answers FROM zone_host JOIN owner_domain ON owner = name
LEFT SEMI JOIN mattering USING (domain)
"""

_NAME_SERVERS = """
SELECT min(hour) AS hour, min(sensor) AS sensor, name, type, answers, min(first) AS first,
       max(last) AS last, sum(count) AS count, max(ttl_max) AS ttl_max, min(ttl_min) AS ttl_min
FROM history LEFT SEMI JOIN other_zone USING (name, answers) WHERE type = 'NS'
GROUP BY name, type, answers
"""

_BOUNDS = f"""
SELECT hour, explode(array(least_sensor, greatest_sensor)) AS sensor, '{WITNESS}' AS name,
       'NS' AS type, '' AS answers, first, last, 0L AS count,
       CAST(NULL AS BIGINT) AS ttl_max, CAST(NULL AS BIGINT) AS ttl_min
FROM (SELECT min(hour) AS hour, min(sensor) AS least_sensor, max(sensor) AS greatest_sensor,
             min(first) AS first, max(last) AS last FROM history)
WHERE hour IS NOT NULL
"""


def partial_owners(*, real: str, known: str) -> str:
    """Return SQL for owners of which the pairs in *real* are a part, and that are not *known*."""
    return f"""
    SELECT DISTINCT owner FROM (SELECT explode(owners) AS owner FROM {real})
    LEFT ANTI JOIN {known} USING (owner)"""


def short_rows(*, partial: str, real: str) -> str:
    """Return SQL for the addresses of the owners in *partial*, but for the pairs in *real*."""
    return _SHORT.format(partial=partial, real=real)


def find_context(spark: SparkSession) -> None:
    """Make the view ``brought``: history rows without their hours, for gate and networks."""
    partial = partial_owners(real="real", known="whole_owner")
    steps = {
        "server": _SERVERS,
        "whole_owner": _WHOLE,
        "address_load": _LOADS,
        "near_unit": _NEAR_UNITS,
        "hub_owner": _HUB_OWNERS,
        "real": _REAL,
        "partial_owner": f"{partial} UNION (SELECT owner FROM hub_owner"
        " LEFT ANTI JOIN whole_owner USING (owner))",
        "other_zone": _OTHER_ZONES,
        "brought": f"""
            SELECT {COLUMNS} FROM pair LEFT SEMI JOIN real USING (name, type, answers)
            UNION ALL {short_rows(partial="partial_owner", real="real")}
            UNION ALL {_NAME_SERVERS} UNION ALL {_BOUNDS}""",
    }
    keep_all(spark, steps)
