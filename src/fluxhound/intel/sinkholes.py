"""Addresses that are somebody's sinkhole: an answer with one means "clean the host", not flux.

The table is as old as its source: an address may have been given to somebody else since. So a name
is sinkholed where all that it is answered with now is known, not where some of it is.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Iterator
from importlib import resources

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from fluxhound.enrichment.addresses import Text, canonical, canonical_column
from fluxhound.records import EntityKind, Evidence, Finding, LookAlike, Severity, VerdictKind

_TABLE = "sinkholes.tsv"

#: Log-odds of malice: somebody took the name over because it was hostile. Chosen, not measured.
SINKHOLED_POINTS = 4.0
EVIDENCE = "sinkholed"

#: The entities that were answered with sinkholes and nothing else since one of their names first
#: was, from the tables of the profiles: of each name and type the answer that was seen last.
_SINKHOLED = """
WITH touched AS (SELECT DISTINCT answer_set FROM set_address SEMI JOIN sinkhole USING (address)),
sets AS (
  SELECT answer_set, bool_and(operator IS NOT NULL) AS whole,
         list(DISTINCT operator) FILTER (operator IS NOT NULL) AS operators
  FROM set_address SEMI JOIN touched USING (answer_set) LEFT JOIN sinkhole USING (address)
  GROUP BY answer_set
), concerned AS (SELECT DISTINCT entity FROM sighting SEMI JOIN touched USING (answer_set)),
latest AS (
  SELECT entity, arg_max(answer_set, (last, first, answer_set)) AS answer_set,
         arg_max(first, (last, first, answer_set)) AS first, max(last) AS last
  FROM sighting SEMI JOIN concerned USING (entity) GROUP BY entity, track, type
), present AS (
  SELECT *, min(first) FILTER (whole) OVER (PARTITION BY entity) AS since
  FROM latest LEFT JOIN sets USING (answer_set)
)
SELECT entity, list_sort(list_distinct(flatten(list(operators)))) AS operators
FROM present WHERE last >= since
GROUP BY entity HAVING bool_and(coalesce(whole, false)) ORDER BY entity
"""


def known_sinkhole(address: str) -> str | None:
    """Return who runs the sinkhole at *address*, or what it took over; ``None`` for all else.

    >>> known_sinkhole("192.0.2.1") is None
    True
    """
    text = canonical(address)
    return None if text is None else _addresses().get(text)


def known_sinkholes(addresses: Text) -> pa.Array:
    """Return the same for a column of addresses as text: a string column, null for all else."""
    known = pa.array(list(_addresses()), pa.string())
    operators = pa.array(list(_addresses().values()), pa.string())
    places = pc.index_in(canonical_column(addresses), value_set=known, skip_nulls=True)
    return operators.take(places)


def known_sinkhole_name(name: str) -> str | None:
    """Return who runs the sinkhole whose name server or host *name* is (lower case, no dot)."""
    return _names().get(name)


def sinkholed_entities(connection: duckdb.DuckDBPyConnection) -> dict[int, tuple[str, ...]]:
    """Return number of an entity -> whose sinkholes it is answered with now, and nothing else.

    The numbers are those of the profiles that were built on *connection*.
    """
    known = _addresses()
    connection.register(
        "sinkhole", pa.table({"address": list(known), "operator": list(known.values())})
    )
    try:
        found = connection.execute(_SINKHOLED).fetchall()
    finally:
        connection.unregister("sinkhole")
    return {entity: tuple(operators) for entity, operators in found}


def taken_over(finding: Finding, operators: tuple[str, ...]) -> Finding:
    """Return *finding* as that of a name which is answered with the sinkholes of *operators*.

    It is no flux any more, whatever it was: whoever asks for it is to be cleaned up. A network is
    left as it is, its members are told one by one.
    """
    if not operators or finding.entity is EntityKind.NETWORK:
        return finding
    whose = ", ".join(operators)
    reason = (
        f"all that it answers now are known sinkholes ({whose}): it was taken over, and whoever "
        "asks for it is infected. Clean the host"
    )
    odds = math.log(max(finding.malice, 1e-6) / max(1 - finding.malice, 1e-6)) + SINKHOLED_POINTS
    return dataclasses.replace(
        finding,
        verdict=VerdictKind.SINKHOLED,
        finding=False,
        severity=Severity.INFO,
        malice=1 / (1 + math.exp(-odds)),
        evidence=(
            *finding.evidence,
            Evidence(
                id=EVIDENCE,
                points=SINKHOLED_POINTS,
                text=reason,
                value=None,
                unit="",
                normal="no known sinkhole",
                score="malice",
            ),
        ),
        look_alikes=(
            LookAlike(verdict=VerdictKind.SINKHOLED, fit=1.0, reason=reason),
            *(each for each in finding.look_alikes if each.verdict != VerdictKind.SINKHOLED),
        ),
    )


@functools.cache
def _addresses() -> dict[str, str]:
    return {address: operator for operator, addresses, _ in _rows() for address in addresses}


@functools.cache
def _names() -> dict[str, str]:
    return {name: operator for operator, _, names in _rows() for name in names}


def _rows() -> Iterator[tuple[str, list[str], list[str]]]:
    text = resources.files(__package__).joinpath(_TABLE).read_text(encoding="utf-8")
    for line in text.splitlines():
        if not line.startswith("#"):
            operator, addresses, names = line.split("\t")
            yield operator, addresses.split(), names.split()
