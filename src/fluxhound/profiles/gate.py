"""The gate: which names can be anything but ordinary. The TTL never takes part.

First by counts: a name passes when the addresses of a family outnumber its largest answer by two
(its answers changed), or when it showed five addresses in three networks; a registered domain with
several names passes with one of its names, or with eight addresses in four networks. Then by a
screen of the detector: whether, knowing where these addresses lie, any behaviour at all could still
make it flux. The wide gate, for looking at everything, is the literature's: three addresses, or an
answer that changed (section 5.1, S0).

Names, addresses and answer texts are compared by the engine's 64-bit hashes. They are weaker than
chance on long texts that are nearly alike: six pairs of 930,090 answer texts had one hash (measured
2026-11-24). Two such texts show each other's addresses here, which promotes a name too many; the
measures of what is promoted are of the texts themselves.
"""

from __future__ import annotations

import duckdb

#: Names in a chain beyond this are ignored: resolvers give up after 8 to 16 CNAMEs.
CHAIN_LIMIT = 64
#: Records of one answer text that are looked at; a message of 64 KiB holds about 4,000.
ANSWER_LIMIT = 4096

#: A part with a space is no name (those are escaped): Zeek writes "RRSIG 5 example.com" beside the
#: addresses. An address, for telling it from a name: IPv6 holds a colon, IPv4 begins and ends with
#: a digit (no top-level domain ends with one, RFC 3696 section 2).
_IS_ADDRESS = (
    "contains(part, ':') OR (part[1] BETWEEN '0' AND '9' AND part[-1] BETWEEN '0' AND '9'"
    " AND length(part) <= 15 AND contains(part, '.'))"
)

_IS_NO_NAME = f"{_IS_ADDRESS} OR contains(part, ' ')"

_PAIRS = """
CREATE OR REPLACE TEMP TABLE pair AS
SELECT name, answers, hash(name) AS owner_key, hash(answers) AS text_key, ttl_max
FROM (SELECT name, answers, max(ttl_max) AS ttl_max FROM seen WHERE type <> 'NS'
      GROUP BY name, answers)
"""

_TEXTS = f"""
CREATE OR REPLACE TEMP TABLE text AS
SELECT answers, text_key, len(addresses) AS size, addresses,
       CASE WHEN len(addresses) < len(parts) THEN
            list_filter(parts, lambda part: NOT ({_IS_NO_NAME}))[:{CHAIN_LIMIT}] END AS chain
FROM (SELECT answers, text_key, parts,
             list_filter(parts, lambda part: {_IS_ADDRESS}) AS addresses
      FROM (SELECT answers, text_key, string_split(answers, ',')[:{ANSWER_LIMIT}] AS parts
            FROM (SELECT DISTINCT answers, text_key FROM pair)))
"""

_CHAIN_OWNERS = """
CREATE OR REPLACE TEMP TABLE chain_owner AS
SELECT answers, owner, text_key, hash(owner) AS owner_key FROM (
    SELECT answers, text_key,
           unnest(list_distinct(list_transform(chain, lambda part: rtrim(part, '.')))) AS owner
    FROM text WHERE chain IS NOT NULL)
WHERE owner <> ''
"""

_OWNERS = """
CREATE OR REPLACE TEMP TABLE owner AS
SELECT name, hash(name) AS owner FROM (
    SELECT name FROM pair UNION SELECT owner FROM chain_owner
    UNION SELECT name FROM seen WHERE type = 'NS')
"""

#: Which owner showed which text: through its own name or as a part of a chain.
_SHOWS = """
CREATE OR REPLACE TEMP TABLE shows AS
SELECT owner_key AS owner, text_key FROM pair UNION SELECT owner_key, text_key FROM chain_owner
"""

#: Addresses of each text as numbers; the texts of the addresses are kept once. ``size`` is how many
#: of its family the text has.
_PARTS = """
CREATE OR REPLACE TEMP TABLE part AS
SELECT text_key, part, contains(part, ':') AS ipv6, hash(part) AS address,
       hash(CASE WHEN contains(part, ':')
            THEN split_part(part, ':', 1) || ':' || split_part(part, ':', 2)
            ELSE split_part(part, '.', 1) || '.' || split_part(part, '.', 2) END) AS network,
       CASE WHEN contains(part, ':') THEN wide ELSE size - wide END AS size
FROM (SELECT text_key, size, unnest(addresses) AS part,
             CASE WHEN contains(answers, ':') THEN
                  len(list_filter(addresses, lambda part: contains(part, ':'))) ELSE 0 END AS wide
      FROM text)
"""

_OWNER_DOMAINS = """
CREATE OR REPLACE TEMP TABLE owner_domain AS
SELECT owner, hash('=' || registered_domain) AS domain_key
FROM owner JOIN domain USING (name)
"""

#: By sums alone: texts may repeat addresses, so these are upper bounds of what counts can reach.
_PROMISING = """
CREATE OR REPLACE TEMP TABLE promising AS
WITH sizes AS (SELECT text_key, ipv6, count(*) AS size FROM part GROUP BY text_key, ipv6),
families AS (
    SELECT owner, sum(size) AS total, max(size) AS largest FROM shows JOIN sizes USING (text_key)
    GROUP BY owner, ipv6)
SELECT owner, sum(total) AS total,
       max(total - largest) >= 2 OR sum(total) >= 5
       OR ({wide} AND (sum(total) >= 3 OR max(total - largest) >= 1)) AS passes
FROM families GROUP BY owner
"""

_SHOWN = """
CREATE OR REPLACE TEMP TABLE shown AS
SELECT owner AS key, ipv6, address, network, max(size) AS size
FROM shows SEMI JOIN (SELECT owner FROM promising WHERE passes) USING (owner)
JOIN part USING (text_key) GROUP BY ALL
"""

_COUNTED = """
CREATE OR REPLACE TEMP TABLE counted AS
WITH families AS (
    SELECT key, count(*) AS addresses, max(size) AS largest FROM shown GROUP BY key, ipv6),
networks AS (
    SELECT key, count(*) AS networks FROM (SELECT DISTINCT key, network FROM shown) GROUP BY key)
SELECT key, max(addresses - largest) >= 2 OR (sum(addresses) >= 5 AND any_value(networks) >= 3)
         AS strict
FROM families JOIN networks USING (key) GROUP BY key
HAVING strict OR ({wide} AND (sum(addresses) >= 3 OR max(addresses - largest) >= 1))
"""

_SHOWN_DOMAINS = """
CREATE OR REPLACE TEMP TABLE domain_shown AS
WITH several AS (
    SELECT domain_key FROM owner_domain LEFT JOIN promising USING (owner)
    LEFT JOIN counted ON counted.key = owner_domain.owner
    GROUP BY domain_key
    HAVING count(*) >= 2 AND (sum(total) >= 8 OR count(counted.key) > 0))
SELECT DISTINCT domain_key AS key, address, network
FROM shows JOIN owner_domain USING (owner) SEMI JOIN several USING (domain_key)
JOIN part USING (text_key)
"""

_COUNTED_DOMAINS = """
CREATE OR REPLACE TEMP TABLE counted_domain AS
WITH named AS (
    SELECT domain_key AS key, bool_or(strict) AS strict
    FROM counted JOIN owner_domain ON owner = key GROUP BY domain_key),
networks AS (
    SELECT key, count(*) AS networks FROM (SELECT DISTINCT key, network FROM domain_shown)
    GROUP BY key),
spread AS (
    SELECT key FROM domain_shown JOIN networks USING (key) GROUP BY key
    HAVING count(*) >= 8 AND any_value(networks) >= 4)
SELECT key, bool_or(strict) AS strict
FROM (SELECT * FROM named UNION ALL SELECT key, true FROM spread)
SEMI JOIN domain_shown USING (key) GROUP BY key
"""


def list_owners(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill ``pair``, ``text``, ``chain_owner`` and ``owner`` from the view ``seen``."""
    for statement in (_PAIRS, _TEXTS, _CHAIN_OWNERS, _OWNERS, _SHOWS):
        connection.execute(statement)


def count_addresses(connection: duckdb.DuckDBPyConnection, *, wide: bool) -> None:
    """Fill ``counted`` and ``counted_domain``: the keys that pass by counts, and how strictly.

    Needs ``domain`` (name to registered domain). ``shown`` and ``domain_shown`` hold their
    addresses.
    """
    gap = str(wide).lower()
    for statement in (
        _PARTS,
        _OWNER_DOMAINS,
        _PROMISING.format(wide=gap),
        _SHOWN,
        _COUNTED.format(wide=gap),
        _SHOWN_DOMAINS,
        _COUNTED_DOMAINS,
    ):
        connection.execute(statement)
