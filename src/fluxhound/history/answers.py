"""Answer texts to chains and answer sets: stage two, done once for each text of a candidate."""

from __future__ import annotations

import socket

import duckdb

#: Bound on the records of one answer; a message of 64 KiB holds about 4,000 addresses.
MAX_ANSWERS = 4096

_OCTET = "(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
#: An IPv4 address in dotted form. What is neither this nor holds a colon is taken for a name.
IPV4_PATTERN = rf"{_OCTET}\.{_OCTET}\.{_OCTET}\.{_OCTET}"

#: A single IPv4 address, the commonest text by far, is taken as it is.
_SPLIT = f"""
CREATE OR REPLACE TEMP TABLE answer_text AS
WITH texts AS (
    SELECT answers, hosts,
           NOT hosts AND regexp_full_match(answers, '{IPV4_PATTERN}') AS single
    FROM {{source}} WHERE hosts OR NOT contains(answers, ':')),
parted AS (
    SELECT answers, hosts, list_filter(list_transform(
               string_split(answers, ',')[:{MAX_ANSWERS}], lambda p: rtrim(p, '.')),
               lambda p: p <> '' AND NOT contains(p, ' ')) AS parts
    FROM texts WHERE NOT single)
SELECT answers, hosts, '' AS chain, answers AS clean FROM texts WHERE single
UNION ALL
SELECT answers, hosts,
       array_to_string(list_filter(parts,
           lambda p: NOT regexp_full_match(p, '{IPV4_PATTERN}')), ','),
       array_to_string(list_sort(list_distinct(list_filter(parts,
           lambda p: regexp_full_match(p, '{IPV4_PATTERN}')))), ',')
FROM parted WHERE NOT hosts
UNION ALL
SELECT answers, hosts, '', array_to_string(list_sort(list_distinct(parts)), ',')
FROM parted WHERE hosts
"""

_SPLIT_IPV6 = """
INSERT INTO answer_text
SELECT answers, false, substr(parted, strpos(parted, '|') + 1), split_part(parted, '|', 1)
FROM (SELECT answers, split_answer_text(answers) AS parted
      FROM {source} WHERE NOT hosts AND contains(answers, ':'))
"""


def split_answers(connection: duckdb.DuckDBPyConnection, source: str) -> None:
    """Fill the temporary table ``answer_text`` (answers, hosts, chain, clean).

    *source* is a table of distinct (answers, hosts); ``hosts`` tells texts that list name servers.
    """
    connection.execute(_SPLIT.format(source=source))
    connection.execute(_SPLIT_IPV6.format(source=source))


def split(answers: str) -> tuple[str, str]:
    """Return (chain, answer set) of one answer text that may hold IPv6 addresses.

    >>> split("Edge.example.,2001:db8:0:0::1,192.0.2.1")
    ('edge.example', '192.0.2.1,2001:db8::1')
    """
    chain: list[str] = []
    addresses: set[str] = set()
    for part in answers.lower().split(",")[:MAX_ANSWERS]:
        address = canonical_address(part)
        if address:
            addresses.add(address)
        elif part.rstrip(".") and ":" not in part and " " not in part:
            chain.append(part.rstrip("."))
    return ",".join(chain), ",".join(sorted(addresses))


def canonical_address(text: str) -> str | None:
    """Return an address in its one canonical form (RFC 5952 for IPv6), or ``None``.

    IPv4-mapped IPv6 addresses (RFC 4291 section 2.5.5.2) become the IPv4 address they hold.
    """
    family = socket.AF_INET6 if ":" in text else socket.AF_INET
    try:
        packed = socket.inet_pton(family, text)
    except (OSError, ValueError):
        return None
    if len(packed) == 16 and packed.startswith(b"\0" * 10 + b"\xff\xff"):  # noqa: PLR2004
        return socket.inet_ntop(socket.AF_INET, packed[12:])
    return socket.inet_ntop(family, packed)
