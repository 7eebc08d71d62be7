"""Answers that do not all belong to the asked name's chain, sorted record by record.

Suricata gives every answer its owner. Where each owner is the asked name or the target of a CNAME,
columns are enough; odd and hostile answers come here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

#: A record of an EVE event: ``rrname``, ``rrtype``, ``ttl``, ``rdata``.
Answer = Mapping[str, Any]


def rrsets(asked: str, answers: Iterable[Answer]) -> Iterator[tuple[str, str, list[str], Any]]:
    """Yield (owner, type, chain names then rdata, largest TTL) for each RRset we use.

    The chain is followed from *asked*, whatever the order of the records and the case of the names
    (0x20); RRsets of owners outside it keep their own owner.
    """
    records = list(answers)
    chain = _chain(asked, records)
    reached = {asked.lower(), *(name.lower() for name in chain)}
    sets: dict[tuple[str, str], tuple[str, list[str], list[float]]] = {}
    for record in records:
        kind, owner = record["rrtype"], record["rrname"] or asked
        if kind not in ("A", "AAAA", "NS"):
            continue
        inside = owner.lower() in reached
        key = ("" if inside else owner.lower(), kind)
        name, values, ttls = sets.setdefault(key, (asked if inside else owner, [], []))
        values.append(record["rdata"])
        if record["ttl"] is not None:
            ttls.append(record["ttl"])
    for (outside, kind), (name, values, ttls) in sets.items():
        names = [] if outside or kind == "NS" else chain
        yield name, kind, [*names, *values], max(ttls, default=None)


def _chain(asked: str, records: list[Answer]) -> list[str]:
    """Return the names that *asked* leads to, each once, so that loops end."""
    targets: dict[str, str] = {}
    for record in records:
        if record["rrtype"] == "CNAME":
            targets.setdefault((record["rrname"] or asked).lower(), record["rdata"])
    chain: list[str] = []
    seen = {asked.lower()}
    at = asked.lower()
    while (target := targets.get(at)) and target.lower() not in seen:
        chain.append(target)
        at = target.lower()
        seen.add(at)
    return chain
