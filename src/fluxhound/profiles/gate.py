"""The gate: which names can be anything but ordinary. The TTL never takes part.

First by counts: a name passes when the addresses of a family outnumber its largest answer by two
(its answers changed), or when it showed five addresses in three networks; a registered domain with
several names passes with one of its names, or with eight addresses in four networks. Then by a
screen of the detector: whether, knowing where these addresses lie, any behaviour at all could still
make it flux. The wide gate, for looking at everything, is the literature's: three addresses, or an
answer that changed (section 5.1, S0).

Names and addresses are compared by 64-bit hashes: a collision among ten million values has a
chance of 3e-6 (birthday bound), and would at worst promote one name too many.
"""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fluxhound.profiles.sightings import Facts

#: A table with one row per candidate (see ``_STATIC``) -> which of them could be flux.
Screen = Callable[[pa.Table], NDArray[np.bool_]]

#: Candidates screened at a time, to bound memory.
_PORTION = 200_000

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
SELECT name, answers, hash(name) AS owner_key, hash(answers) AS text_key
FROM (SELECT DISTINCT name, answers FROM seen WHERE type <> 'NS')
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
    SELECT DISTINCT answers, text_key, rtrim(part, '.') AS owner
    FROM (SELECT answers, text_key, unnest(chain) AS part FROM text WHERE chain IS NOT NULL)
    WHERE rtrim(part, '.') <> '')
"""

_OWNERS = """
CREATE OR REPLACE TEMP TABLE owner AS
SELECT name, hash(name) AS owner FROM (
    SELECT DISTINCT name FROM pair UNION SELECT owner FROM chain_owner
    UNION SELECT name FROM seen WHERE type = 'NS')
"""

#: Which owner showed which text: through its own name or as a part of a chain.
_SHOWS = """
CREATE OR REPLACE TEMP TABLE shows AS
SELECT owner_key AS owner, text_key FROM pair UNION SELECT owner_key, text_key FROM chain_owner
"""

_SHOWN = """
CREATE OR REPLACE TEMP TABLE shown AS
WITH parts AS (
    SELECT text_key, size, contains(part, ':') AS ipv6, hash(part) AS address,
           hash(CASE WHEN contains(part, ':')
                THEN split_part(part, ':', 1) || ':' || split_part(part, ':', 2)
                ELSE split_part(part, '.', 1) || '.' || split_part(part, '.', 2) END) AS network
    FROM (SELECT text_key, size, unnest(addresses) AS part FROM text))
SELECT owner, ipv6, address, network, max(size) AS size
FROM shows JOIN parts USING (text_key) GROUP BY ALL
"""

_COUNTED = """
CREATE OR REPLACE TEMP TABLE counted AS
WITH families AS (
    SELECT owner, count(*) AS addresses, max(size) AS largest FROM shown GROUP BY owner, ipv6),
networks AS (
    SELECT owner, count(*) AS networks FROM (SELECT DISTINCT owner, network FROM shown)
    GROUP BY owner)
SELECT owner, max(addresses - largest) >= 2 OR (sum(addresses) >= 5 AND any_value(networks) >= 3)
         AS strict
FROM families JOIN networks USING (owner) GROUP BY owner
HAVING strict OR ({wide} AND (sum(addresses) >= 3 OR max(addresses - largest) >= 1))
"""

_COUNTED_DOMAINS = """
CREATE OR REPLACE TEMP TABLE counted_domain AS
WITH several AS (
    SELECT registered_domain FROM domain GROUP BY registered_domain HAVING count(*) >= 2),
named AS (
    SELECT registered_domain, bool_or(strict) AS strict
    FROM counted JOIN owner USING (owner) JOIN domain USING (name) GROUP BY registered_domain),
spread AS (
    SELECT registered_domain FROM (
        SELECT DISTINCT registered_domain, network, address
        FROM shown JOIN owner USING (owner) JOIN domain USING (name)
        JOIN several USING (registered_domain))
    GROUP BY registered_domain
    HAVING count(DISTINCT address) >= 8 AND count(DISTINCT network) >= 4)
SELECT registered_domain, bool_or(strict) AS strict FROM (
    SELECT * FROM named UNION ALL SELECT registered_domain, true FROM spread)
JOIN several USING (registered_domain) GROUP BY registered_domain
"""

#: Both kinds of candidates under one key: a hash of the name, or of the domain with a mark.
_CANDIDATES = """
CREATE OR REPLACE TEMP TABLE candidate AS
SELECT owner AS key, owner, false AS is_domain FROM counted WHERE strict
UNION ALL
SELECT hash('=' || registered_domain), owner.owner, true
FROM counted_domain JOIN domain USING (registered_domain) JOIN owner USING (name) WHERE strict
"""

_PLACES = """
CREATE OR REPLACE TEMP TABLE place (address UBIGINT, unit VARCHAR, prefix VARCHAR, asn BIGINT,
    operator BIGINT, kind VARCHAR, routable BOOLEAN)
"""

_PLACE_TEXTS = """
SELECT DISTINCT part FROM (
    SELECT unnest(addresses) AS part FROM text
    SEMI JOIN (SELECT text_key FROM shows SEMI JOIN candidate USING (owner)) USING (text_key))
"""

_PLACE_ROWS = """
INSERT INTO place
SELECT hash(part), CASE WHEN family = 6 THEN subnet ELSE address END, prefix, asn, operator, kind,
       routable
FROM placed WHERE address IS NOT NULL
"""

#: Texts whose addresses belong to several operators.
_MIXED = """
CREATE OR REPLACE TEMP TABLE mixed_text AS
SELECT text_key FROM (
    SELECT text_key, hash(part) AS address FROM (
        SELECT text_key, unnest(addresses) AS part FROM text WHERE size >= 2))
JOIN place USING (address) GROUP BY text_key HAVING min(operator) <> max(operator)
"""

#: What is known of a candidate without its history.
_STATIC = """
CREATE OR REPLACE TEMP TABLE static_measure AS
WITH units AS (
    SELECT key, is_domain, unit, any_value(prefix) AS prefix, any_value(asn) AS asn,
           any_value(operator) AS operator, any_value(kind) AS kind,
           bool_and(routable) AS routable
    FROM candidate JOIN shown USING (owner) JOIN place USING (address)
    GROUP BY key, is_domain, unit),
shares AS (
    SELECT key, is_domain, count(*) AS units,
           avg(CAST(kind IN ('access', 'mobile') AS INTEGER)) FILTER (routable) AS eyeball_share,
           avg(CAST(kind IN ('hosting', 'cloud', 'cdn') AS INTEGER)) FILTER (routable)
               AS hosted_share,
           avg(CAST(asn > 0 AS INTEGER)) FILTER (routable) AS asn_coverage
    FROM units GROUP BY key, is_domain),
operators AS (
    SELECT key, count(*) AS operators FROM (SELECT DISTINCT key, operator FROM units WHERE asn > 0)
    GROUP BY key),
prefixes AS (
    SELECT key, count(*) AS prefixes FROM (SELECT DISTINCT key, prefix FROM units) GROUP BY key),
joined AS (
    SELECT DISTINCT key, true AS mixed
    FROM mixed_text JOIN shows USING (text_key) JOIN candidate USING (owner)),
served AS (
    SELECT hash('=' || registered_domain) AS key FROM zone
    UNION SELECT owner FROM zone JOIN domain USING (registered_domain) JOIN owner USING (name)),
circumstances AS (
    SELECT count(DISTINCT sensor) > 1 AS several_sensors,
           floor(max(last) / 86400) > floor(min(first) / 86400) AS several_days FROM seen)
SELECT *, coalesce(mixed, false) AS any_mixed, key IN (SELECT key FROM served) AS served
FROM shares LEFT JOIN operators USING (key) LEFT JOIN prefixes USING (key)
LEFT JOIN joined USING (key), circumstances
"""

_ZONES = """
CREATE OR REPLACE TEMP TABLE zone AS
SELECT DISTINCT registered_domain FROM (SELECT DISTINCT name FROM seen WHERE type = 'NS')
JOIN domain USING (name)
"""

_PASSED = """
CREATE OR REPLACE TEMP TABLE passed AS
SELECT owner, coalesce(strict AND screened.key IS NOT NULL, false) AS strict
FROM counted LEFT JOIN screened ON screened.key = owner
WHERE {wide} OR screened.key IS NOT NULL
"""

_PASSED_DOMAINS = """
CREATE OR REPLACE TEMP TABLE passed_domain AS
SELECT registered_domain, coalesce(strict AND screened.key IS NOT NULL, false) AS strict
FROM counted_domain LEFT JOIN screened ON screened.key = hash('=' || registered_domain)
WHERE {wide} OR screened.key IS NOT NULL
"""


def list_owners(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill ``pair``, ``text``, ``chain_owner`` and ``owner`` from the view ``seen``."""
    for statement in (_PAIRS, _TEXTS, _CHAIN_OWNERS, _OWNERS, _SHOWS):
        connection.execute(statement)


def apply_gate(
    connection: duckdb.DuckDBPyConnection, facts: Facts, screen: Screen, *, wide: bool
) -> None:
    """Fill ``passed`` (owner) and ``passed_domain``; needs ``domain`` (name to domain).

    ``strict`` is true of what passed counts and screen, however wide the gate.
    """
    gap = str(wide).lower()
    connection.execute(_SHOWN)
    connection.execute(_COUNTED.format(wide=gap))
    connection.execute(_COUNTED_DOMAINS)
    connection.execute(_CANDIDATES)
    _place(connection, facts)
    for statement in (_MIXED, _ZONES, _STATIC):
        connection.execute(statement)
    _screen(connection, screen)
    connection.execute(_PASSED.format(wide=gap))
    connection.execute(_PASSED_DOMAINS.format(wide=gap))


def _place(connection: duckdb.DuckDBPyConnection, facts: Facts) -> None:
    connection.execute(_PLACES)
    parts = connection.sql(_PLACE_TEXTS).to_arrow_table().column(0)
    for start in range(0, len(parts), _PORTION):
        portion = parts.slice(start, _PORTION).combine_chunks()
        connection.register("placed", facts(portion).append_column("part", portion))
        connection.execute(_PLACE_ROWS)
        connection.unregister("placed")


def _screen(connection: duckdb.DuckDBPyConnection, screen: Screen) -> None:
    connection.execute("CREATE OR REPLACE TEMP TABLE screened (key UBIGINT)")
    measures = connection.sql("SELECT * FROM static_measure").to_arrow_table()
    for start in range(0, measures.num_rows, _PORTION):
        portion = measures.slice(start, _PORTION)
        connection.register("screening", portion.select(["key"]).filter(pa.array(screen(portion))))
        connection.execute("INSERT INTO screened SELECT key FROM screening")
        connection.unregister("screening")
