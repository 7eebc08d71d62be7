"""Which clients really connected to the answers of a name: flows joined with the history.

A look-up says that a client asked; a flow says that it went there. Millions of flows stream
through: only those to addresses of the names asked about are kept, and only while the answer could
be in use (``watched``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from fluxhound.errors import StoreError
from fluxhound.history.answers import canonical_address
from fluxhound.history.clients import canonical_client
from fluxhound.intel.watched import shared_addresses, watch
from fluxhound.sources.flows.flow import FLOW, State

#: A client that reaches so many addresses of one name within so many seconds goes through a pool,
#: as bots do when their proxies are dead. A browser opens connections to one or two addresses of a
#: name (RFC 8305). Chosen, not measured: there is no traffic with flows to measure it on.
SPREAD_ADDRESSES, SPREAD_S = 5, 600
#: Flows that are joined together, and that are kept at most.
PORTION_ROWS = 500_000
MOST_KEPT = 5_000_000
#: Contacts that are told at most, the largest first.
MOST_CONTACTS = 100_000

_TABLE = """
CREATE OR REPLACE TEMP TABLE contact_flow
(name VARCHAR, client VARCHAR, address VARCHAR, time DOUBLE, last DOUBLE, octets BIGINT,
 state VARCHAR)
"""
_JOIN = """
INSERT INTO contact_flow
SELECT span.name, portion.client, portion.address, portion.time, portion.time_last, octets, state
FROM portion JOIN watched_span AS span
  ON span.address = portion.address AND portion.time BETWEEN span.first AND span.until
LIMIT {room}
"""
_CONTACTS = f"""
WITH spread AS (
  SELECT *, count(DISTINCT address) OVER (PARTITION BY name, client ORDER BY time
            RANGE BETWEEN {SPREAD_S} PRECEDING AND CURRENT ROW) AS within
  FROM contact_flow
)
SELECT name, client, min(time), max(last), count(*),
       count(*) FILTER (state = '{State.ESTABLISHED}'),
       count(*) FILTER (state IS NOT NULL),
       CAST(sum(octets) AS BIGINT), list_sort(list(DISTINCT address)), max(within)
FROM spread GROUP BY name, client
ORDER BY sum(octets) DESC NULLS LAST, name, client LIMIT {MOST_CONTACTS + 1}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """What one client had to do with the answers of one name. Times in seconds since 1970."""

    name: str
    client: str  # an address; whoever shows it decides about pseudonyms
    first: float
    last: float
    connections: int
    #: Connections in which both sides spoke; ``None`` if the source does not tell of any.
    established: int | None
    octets: int | None
    addresses: tuple[str, ...]
    #: Addresses among them that also served names that have nothing to do with this one.
    shared: int
    #: Most addresses of the name that were reached within ``SPREAD_S`` seconds.
    within: int

    @property
    def spread(self) -> bool:
        """Tell whether the client went through the pool."""
        return self.within >= SPREAD_ADDRESSES

    @property
    def weak(self) -> bool:
        """Tell whether it may have meant something else: all shared, or nothing ever came back."""
        return self.shared == len(self.addresses) or self.established == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts:
    """The contacts of some names, the largest first."""

    contacts: tuple[Contact, ...]
    watched: int  # addresses that were looked for
    flows: int  # flows that were looked at
    capped: bool  # there was more than is kept or told


class Correlation:
    """Takes flows, and tells the contacts in the end."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, names: Sequence[str]) -> None:
        """Look for the answers of *names* and what is below them in the store of *connection*."""
        self._cursor = connection.cursor()
        self._names = tuple(names)
        self._watched = watch(self._cursor, names)
        self._cursor.execute(_TABLE)
        self._waiting: list[pa.RecordBatch] = []
        self._held = self._flows = self._kept = 0

    def take(self, batch: pa.RecordBatch) -> None:
        """Take one batch of flows (schema FLOW).

        Raises:
            StoreError: the memory was too little for the flows that are kept.
        """
        self._flows += batch.num_rows
        self._waiting.append(batch)
        self._held += batch.num_rows
        if self._held >= PORTION_ROWS:
            self._join()

    def take_all(self, batches: Iterable[pa.RecordBatch]) -> None:
        """Take *batches*."""
        for batch in batches:
            self.take(batch)

    def _join(self) -> None:
        table = pa.Table.from_batches(self._waiting, FLOW)
        self._waiting, self._held = [], 0
        at = table.column_names.index("address")
        table = table.set_column(at, "address", _canonical(table.column("address")))
        self._cursor.register("portion", table)
        with _within_memory():
            self._cursor.execute(_JOIN.format(room=max(0, MOST_KEPT - self._kept)))
        self._cursor.unregister("portion")
        self._kept = int(self._cursor.execute("SELECT count(*) FROM contact_flow").fetchall()[0][0])

    def finish(self) -> Contacts:
        """Return the contacts, and let go of the flows.

        Raises:
            StoreError: the memory was too little for the flows that were kept.
        """
        self._join()
        with _within_memory():
            rows = self._cursor.execute(_CONTACTS).fetchall()
        touched = sorted({address for row in rows for address in row[8]})
        shared = shared_addresses(self._cursor, touched, self._names) if touched else frozenset()
        self._cursor.close()
        return Contacts(
            contacts=tuple(_contact(row, shared) for row in rows[:MOST_CONTACTS]),
            watched=self._watched,
            flows=self._flows,
            capped=len(rows) > MOST_CONTACTS or self._kept >= MOST_KEPT,
        )


@contextmanager
def _within_memory() -> Iterator[None]:
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise StoreError(
            "The memory limit was too small for these flows. Give more with --memory, or fewer "
            "flows or names at once."
        ) from error


def _contact(row: tuple, shared: frozenset[str]) -> Contact:  # type: ignore[type-arg]
    name, client, first, last, connections, established, told, octets, addresses, within = row
    return Contact(
        name=name,
        client=canonical_client(client),
        first=first,
        last=last,
        connections=connections,
        established=established if told else None,
        octets=octets,
        addresses=tuple(addresses),
        shared=sum(address in shared for address in addresses),
        within=within,
    )


def _canonical(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return addresses in their one form; of IPv4 there is only one."""
    if not pc.any(pc.match_substring(column, ":")).as_py():
        return column
    encoded = column.dictionary_encode().combine_chunks()
    whole = encoded if isinstance(encoded, pa.DictionaryArray) else pa.concat_arrays(encoded.chunks)
    texts = [canonical_address(text) or text for text in whole.dictionary.to_pylist()]
    return pa.chunked_array([pa.array(texts, pa.string()).take(whole.indices)])
