"""What a name answered, as passive DNS tells it: RRsets, when each was seen, and how often.

Neither who asked nor where it was seen is part of it: above a resolver, a vantage point is the
address of the asker.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import duckdb

from fluxhound.history.answers import canonical_address

#: Answer sets that are looked at for one name, the newest. Chosen: flux shows some hundred a day.
MOST_SETS = 10_000
#: Answers of one set that are looked at; a message of 64 KiB holds some 4,000. Chosen.
MOST_ANSWERS = 4_000

_BELOW = "(name = $name OR ends_with(name, '.' || $name))"
_SETS = """
SELECT name, type, answers, min(first), max(last), CAST(sum(count) AS BIGINT)
FROM {table} WHERE {which} GROUP BY name, type, answers
ORDER BY max(last) DESC, name, type, answers LIMIT $most
"""
_NAMES = {"A", "AAAA"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RRset:
    """One RRset: owner, type, and its rdata in order; times in seconds since 1970-01-01 UTC."""

    name: str
    type: str  # A, AAAA, NS or CNAME
    rdata: tuple[str, ...]
    first: float
    last: float
    count: int


def rrsets(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    *,
    below: bool = False,
    table: str = "history",
    most: int = MOST_SETS,
) -> tuple[RRset, ...]:
    """Return what *name* answered (with *below* also the names under it), the newest first.

    *table* is one of ours with the columns of the history. The steps of a CNAME chain are RRsets
    of their own, also those of other owners.
    """
    query = _SETS.format(table=table, which=_BELOW if below else "name = $name")
    rows = connection.execute(query, {"name": name, "most": most}).fetchall()
    return merged(each for row in rows for each in unchained(*row))


def unchained(
    name: str,
    kind: str,
    answers: str,
    first: float,
    last: float,
    count: int,
) -> Iterator[RRset]:
    """Yield the RRsets of one answer: the steps of its chain, and what stands at its end."""
    values = [value.rstrip(".") for value in answers.split(",", MOST_ANSWERS)[:MOST_ANSWERS]]
    told = [(value, canonical_address(value)) for value in values if value]
    if kind not in _NAMES:
        yield _rrset(name, kind, (value for value, _ in told), first, last, count)
        return
    owner = name
    for value, address in told:
        if address is None:
            yield _rrset(owner, "CNAME", (value,), first, last, count)
            owner = value
    addresses = [address for _, address in told if address is not None]
    if addresses:
        yield _rrset(owner, kind, addresses, first, last, count)


def _rrset(
    name: str,
    kind: str,
    rdata: Iterable[str],
    first: float,
    last: float,
    count: int,
) -> RRset:
    ordered = tuple(sorted(set(rdata)))
    return RRset(name=name, type=kind, rdata=ordered, first=first, last=last, count=count)


def merged(found: Iterable[RRset]) -> tuple[RRset, ...]:
    """Return each RRset once: first and last sighting of all, counts added; the newest first."""
    whole: dict[tuple[str, str, tuple[str, ...]], RRset] = {}
    for each in found:
        key = (each.name, each.type, each.rdata)
        known = whole.get(key)
        whole[key] = each if known is None else _together(known, each)
    return tuple(sorted(whole.values(), key=lambda r: (-r.last, r.name, r.type, r.rdata)))


def _together(one: RRset, other: RRset) -> RRset:
    return RRset(
        name=one.name,
        type=one.type,
        rdata=one.rdata,
        first=min(one.first, other.first),
        last=max(one.last, other.last),
        count=one.count + other.count,
    )
