"""Rows of the history as they arrive, as 64-bit keys: what is asked of each row, and of new ones.

Texts are taken apart only where a name shows an answer for the first time: some few of a thousand
rows once the service has been running for a while.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fluxhound.service.novelty import mixed

Keys = NDArray[np.uint64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

#: As in the gate (profiles/gate.py): bounds of one text, and what counts as an address in it.
MOST_PARTS = 4096
MOST_CHAIN = 64
_IS_ADDRESS = (
    "contains(part, ':') OR (part[1] BETWEEN '0' AND '9' AND part[-1] BETWEEN '0' AND '9'"
    " AND length(part) <= 15 AND contains(part, '.'))"
)

#: Servers answer with the same addresses in turning order, so the parts are sorted first.
_KEYS = """
SELECT hash($salt || name) AS name, type = 'NS' AS servers,
       CASE WHEN contains(answers, ',')
            THEN hash($salt || array_to_string(list_sort(string_split(answers, ',')), ','))
            ELSE hash($salt || answers) END AS text
FROM arriving
"""

_PARTS = f"""
CREATE OR REPLACE TEMP TABLE piece AS
SELECT place, part, {_IS_ADDRESS} AS is_address FROM (
    SELECT place, unnest(string_split(answers, ',')[:{MOST_PARTS}]) AS part
    FROM unseen WHERE type <> 'NS')
"""

_ADDRESSES = """
SELECT place, part, contains(part, ':') AS ipv6, hash(part) AS address,
       hash(CASE WHEN contains(part, ':')
            THEN split_part(part, ':', 1) || ':' || split_part(part, ':', 2)
            ELSE split_part(part, '.', 1) || '.' || split_part(part, '.', 2) END) AS network
FROM piece WHERE is_address
"""

_CHAINS = f"""
SELECT DISTINCT place, rtrim(part, '.') AS owner, hash($salt || rtrim(part, '.')) AS name
FROM (SELECT *, row_number() OVER (PARTITION BY place) AS link FROM piece
      WHERE NOT is_address AND NOT contains(part, ' '))
WHERE link <= {MOST_CHAIN} AND rtrim(part, '.') <> ''
"""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Arrived:
    """The keys of rows; one element for each row."""

    name: Keys
    text: Keys  # of the answers, whatever their order
    servers: Mask  # rows that list name servers

    @property
    def pair(self) -> Keys:
        """Return the key of (name, answers)."""
        return mixed(self.name, self.text)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pieces:
    """New rows taken apart: the addresses and the names of chains, each with its row's place."""

    address_row: Ints
    address_text: pa.Array
    ipv6: Mask
    address: Keys  # hash(text), as in the gate
    network: Keys  # of the first two octets, or groups
    chain_row: Ints
    chain_name: Keys
    chain_text: pa.Array


class Reader:
    """Makes keys of rows, with a salt of its own so that nobody can choose what collides."""

    def __init__(self, *, salt: str | None = None) -> None:
        """Use *salt*, or a random one."""
        self.salt = secrets.token_hex(8) if salt is None else salt
        self._connection = duckdb.connect(
            config={
                "threads": 1,
                "memory_limit": "256MiB",
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            }
        )

    def keys(self, rows: pa.Table) -> Arrived:
        """Return the keys of *rows* (columns name, type and answers)."""
        self._connection.register("arriving", rows.select(["name", "type", "answers"]))
        found = self._connection.execute(_KEYS, {"salt": self.salt}).fetchnumpy()
        self._connection.unregister("arriving")
        return Arrived(
            name=np.asarray(found["name"], np.uint64),
            text=np.asarray(found["text"], np.uint64),
            servers=np.asarray(found["servers"], np.bool_),
        )

    def pieces(self, rows: pa.Table) -> Pieces:
        """Return the addresses and chains of *rows*, which were never seen before."""
        places = pa.array(np.arange(rows.num_rows))
        unseen = rows.select(["type", "answers"]).append_column("place", places)
        self._connection.register("unseen", unseen)
        self._connection.execute(_PARTS)
        self._connection.unregister("unseen")
        shown = self._connection.sql(_ADDRESSES).to_arrow_table()
        chains = self._connection.sql(_CHAINS, params={"salt": self.salt}).to_arrow_table()
        return Pieces(
            address_row=_numbers(shown, "place").astype(np.int64),
            address_text=shown.column("part").combine_chunks(),
            ipv6=_numbers(shown, "ipv6").astype(np.bool_),
            address=_numbers(shown, "address"),
            network=_numbers(shown, "network"),
            chain_row=_numbers(chains, "place").astype(np.int64),
            chain_name=_numbers(chains, "name"),
            chain_text=chains.column("owner").combine_chunks(),
        )

    def domain_keys(self, domains: pa.Array) -> Keys:
        """Return the keys of registered domains: those that the gate knows them by."""
        self._connection.register("domains", pa.table({"domain": domains}))
        found = self._connection.execute("SELECT hash('=' || domain) AS key FROM domains")
        keys = np.asarray(found.fetchnumpy()["key"], np.uint64)
        self._connection.unregister("domains")
        return keys

    def close(self) -> None:
        """Close the engine."""
        self._connection.close()


def _numbers(table: pa.Table, column: str) -> Keys:
    numbers: Keys = table.column(column).to_numpy()
    return numbers
