"""What names answered in the Passive DNS Common Output Format (COF).

The format is that of draft-dulaunoy-dnsop-passive-dns-cof.

It has no vantage point (``sensor_id``): above a resolver that would be the address of who asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import orjson

from fluxhound.history.recall import RRset
from fluxhound.sharing.document import Document
from fluxhound.sharing.outbound import is_host, outside
from fluxhound.sharing.past import ADDRESS_TYPES, Record


def cof_lines(
    rrsets: Iterable[RRset], *, origin: str = "", single: bool = False
) -> Iterator[bytes]:
    """Yield one line for each RRset that may leave, or with *single* one for each of its values."""
    for each in rrsets:
        values = [value for value in each.rdata if _may_leave(each.type, value)]
        if not values or not is_host(each.name):
            continue
        for told in [*values] if single else [values if len(values) > 1 else values[0]]:
            yield _line(each.name, each.type, told, each.first, each.last, each.count, origin)


def record_lines(records: Iterable[Record], *, origin: str = "") -> Iterator[bytes]:
    """Yield one line for each record, where no more than single values are known."""
    for each in records:
        first, last = each.first.timestamp(), each.last.timestamp()
        yield _line(each.name, each.type, each.value, first, last, each.count, origin)


def _may_leave(kind: str, value: str) -> bool:
    return outside(value) if kind in ADDRESS_TYPES else is_host(value)


def _line(
    name: str, kind: str, told: str | list[str], first: float, last: float, count: int, origin: str
) -> bytes:
    document: Document = {
        "rrname": name,
        "rrtype": kind,
        "rdata": told,
        "time_first": int(first),
        "time_last": int(last),
        "count": count,
    }
    if origin:
        document["origin"] = origin
    return orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE)
