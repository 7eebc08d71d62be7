"""The gate on the cluster: which registered domains can be anything but ordinary.

It asks what ``profiles.gate`` asks, of the whole population, and may let more pass, never less:
the embedded gate, the screen and the detector judge what is brought back as they judge everything.
Every count is by key and partly counted before rows move, so that no name or domain is too large
for one worker: an owner's addresses are counted by (owner, address), a domain's likewise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fluxhound.profiles.gate import ANSWER_LIMIT, CHAIN_LIMIT
from fluxhound.service.spark.parsing import look_up_domains
from fluxhound.service.spark.views import keep, keep_all

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: As ``profiles.gate`` tells an address from a name.
_IS_ADDRESS = (
    "(contains(p, ':') OR (substr(p, 1, 1) BETWEEN '0' AND '9' AND substr(p, -1, 1) BETWEEN '0'"
    " AND '9' AND length(p) <= 15 AND contains(p, '.')))"
)

#: Distinct answers of each name, without the hours: what gate and screen look at.
_PAIRS = f"""
WITH merged AS (
    SELECT name, type, answers, min(hour) AS hour, min(sensor) AS sensor, min(first) AS first,
           max(last) AS last, sum(count) AS count, max(ttl_max) AS ttl_max,
           min(ttl_min) AS ttl_min
    FROM history WHERE type <> 'NS' GROUP BY name, type, answers),
parted AS (SELECT *, slice(split(answers, ','), 1, {ANSWER_LIMIT}) AS parts FROM merged)
SELECT *, size(addresses) - six AS four FROM (SELECT *, if(contains(answers, ':'),
    size(filter(addresses, a -> contains(a, ':'))), 0) AS six FROM (
SELECT hour, sensor, name, type, answers, first, last, count, ttl_max, ttl_min,
       filter(parts, p -> {_IS_ADDRESS}) AS addresses,
       array_distinct(concat(array(name), filter(transform(
           slice(filter(parts, p -> NOT {_IS_ADDRESS} AND NOT contains(p, ' ')), 1, {CHAIN_LIMIT}),
           p -> rtrim('.', p)), p -> p <> ''))) AS owners
FROM parted))
"""

#: Zones with the hosts that serve them.
_ZONES = """
SELECT name, answers, explode(filter(transform(slice(split(answers, ','), 1, 64),
       p -> rtrim('.', p)), p -> p <> '')) AS host
FROM history WHERE type = 'NS' GROUP BY name, answers
"""

#: ``size`` is the most addresses of its family in one text that held the address.
_SHOWN = """
SELECT owner, address, contains(address, ':') AS ipv6,
       max(if(contains(address, ':'), six, four)) AS size
FROM pair LATERAL VIEW explode(owners) AS owner LATERAL VIEW explode(addresses) AS address
GROUP BY owner, address
"""

_OWNERS = """
SELECT name AS owner FROM pair UNION SELECT explode(owners) FROM pair
UNION SELECT name FROM zone_host UNION SELECT name FROM history WHERE type = 'NS'
"""

#: The first two groups or octets, as ``profiles.gate`` takes them.
_NETWORK = "substring_index(address, if(ipv6, ':', '.'), 2)"

#: A counted name lets its domain pass; so do eight addresses in four networks.
_MATTERING = f"""
WITH counted AS (
    SELECT owner FROM (
        SELECT owner, count_if(NOT ipv6) AS four, max(if(ipv6, 0, size)) AS largest_four,
               count_if(ipv6) AS six, max(if(ipv6, size, 0)) AS largest_six,
               count(DISTINCT {_NETWORK}) AS networks
        FROM shown GROUP BY owner)
    WHERE four - largest_four >= {{gap}} OR six - largest_six >= {{gap}}
       OR (four + six >= 5 AND networks >= 3) OR (four + six >= {{least}})),
spread AS (
    SELECT domain FROM (
        SELECT domain, address, first({_NETWORK}) AS network
        FROM shown JOIN owner_domain USING (owner) GROUP BY domain, address)
    GROUP BY domain HAVING count(*) >= 8 AND count(DISTINCT network) >= 4)
SELECT domain FROM counted JOIN owner_domain USING (owner) UNION SELECT domain FROM spread
"""

#: No name shows so many.
_NEVER = 1 << 60


def reduce_history(spark: SparkSession, *, wide: bool) -> None:
    """Make the views ``pair``, ``shown``, ``zone_host``, ``owner_domain`` and ``mattering``.

    ``mattering`` has the domains that pass the gate, a *wide* one like ``profiles.gate``'s.
    """
    keep_all(spark, {"pair": _PAIRS, "zone_host": _ZONES, "shown": _SHOWN})
    owners = spark.sql(_OWNERS).mapInArrow(look_up_domains, "owner string, domain string")
    keep(owners, "owner_domain")
    gap, least = (1, 3) if wide else (2, _NEVER)
    keep(spark.sql(_MATTERING.format(gap=gap, least=least)), "mattering")
