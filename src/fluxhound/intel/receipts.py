"""Who was sent, or fetched, a URL of a name: lists of URLs joined with the names asked about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from fluxhound.history.names import canonical_name
from fluxhound.sources.urls.link import LINK

#: Rows that are kept, URLs of each row and rows that are told at most. Chosen, not measured.
MOST_KEPT, MOST_URLS, MOST_RECEIPTS = 1_000_000, 5, 100_000

_TABLE = """
CREATE OR REPLACE TEMP TABLE received
(name VARCHAR, party VARCHAR, recipient BOOLEAN, time DOUBLE, url VARCHAR)
"""
_ADD = """
INSERT INTO received
SELECT host.name, coalesce(links.recipient, links.client), links.recipient IS NOT NULL,
       links.time, links.url
FROM links JOIN host USING (host) WHERE coalesce(links.recipient, links.client) IS NOT NULL
LIMIT {room}
"""
_RECEIPTS = f"""
SELECT name, party, recipient, count(*), min(time), max(time),
       list_sort(list(DISTINCT url))[:{MOST_URLS}]
FROM received GROUP BY ALL ORDER BY count(*) DESC, name, party LIMIT {MOST_RECEIPTS + 1}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """URLs of one name that one recipient was sent, or one client fetched."""

    name: str
    party: str  # a mail address or an address; whoever shows it decides about pseudonyms
    recipient: bool
    count: int
    first: float | None
    last: float | None
    urls: tuple[str, ...]


class Receipts:
    """Takes lists of URLs, and tells in the end who received what."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, names: Sequence[str]) -> None:
        """Look for *names* (as the history writes them) and what is below them."""
        self._cursor = connection.cursor()
        self._names = frozenset(names)
        self._kept = 0
        self._cursor.execute(_TABLE)

    def take(self, batch: pa.RecordBatch) -> None:
        """Take one batch of URLs (schema LINK)."""
        hosts = pc.unique(batch.column("host")).to_pylist()
        found = {host: name for host in hosts if (name := self._covering(host))}
        if not found or self._kept >= MOST_KEPT:
            return
        host = pa.table({"host": list(found), "name": list(found.values())})
        wanted = pa.array(list(found), pa.string())
        rows = batch.filter(pc.is_in(batch.column("host"), value_set=wanted))
        links = pa.Table.from_batches([rows], LINK)
        self._cursor.register("host", host)
        self._cursor.register("links", links)
        self._cursor.execute(_ADD.format(room=MOST_KEPT - self._kept))
        self._cursor.unregister("host")
        self._cursor.unregister("links")
        self._kept += rows.num_rows

    def take_all(self, batches: Iterable[pa.RecordBatch]) -> None:
        """Take *batches*."""
        for batch in batches:
            self.take(batch)

    def _covering(self, host: str) -> str | None:
        """Return the longest of our names that *host* is, or is below."""
        labels = canonical_name(host).split(".")
        ends = (".".join(labels[at:]) for at in range(len(labels)))
        return next((end for end in ends if end in self._names), None)

    def finish(self) -> tuple[Receipt, ...]:
        """Return who received what, the most first."""
        rows = self._cursor.execute(_RECEIPTS).fetchall()
        self._cursor.close()
        return tuple(
            Receipt(
                name=name, party=party, recipient=recipient, count=count, first=first, last=last,
                urls=tuple(urls),
            )
            for name, party, recipient, count, first, last, urls in rows[:MOST_RECEIPTS]
        )  # fmt: skip
