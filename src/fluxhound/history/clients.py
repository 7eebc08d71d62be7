"""Who asked the live inputs: apart from the history, as keyed hashes, merged by hour."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from fluxhound.history.answers import canonical_address
from fluxhound.history.clientkey import bind_key
from fluxhound.history.functions import client_pseudonym
from fluxhound.history.schema import BUCKET_S
from fluxhound.history.store import Store

#: Stands for clients beyond the cap of a name, so no client may have it.
OTHERS = 0

_GROUPED = f"""
CREATE OR REPLACE TEMP TABLE now_asking AS
SELECT CAST(floor(time / {BUCKET_S}) AS INTEGER) AS hour, name, client,
       min(time) AS first, max(time) AS last, CAST(sum(count) AS BIGINT) AS count
FROM portion GROUP BY ALL
"""

_ADD = """
INSERT INTO asking SELECT hour, name, client, first, last, count, CAST(? AS INTEGER) FROM now_asking
"""


class Askers:
    """Adds who asked for what to a live store."""

    def __init__(self, store: Store, *, key: bytes, pseudonymise: bool = True) -> None:
        """Hash clients with *key*; their addresses are stored only without *pseudonymise*.

        Raises:
            StoreError: the clients in *store* were hashed with another key.
        """
        bind_key(store, key)
        self._store = store
        self._key = key
        self._pseudonymise = pseudonymise

    def add(self, asked: pa.Table, *, source: int) -> dict[int, int]:
        """Add the askings of a moment, in the caller's transaction; return the rows for each hour.

        *asked* has the columns name (as the history writes it), client (an address as text), time
        (seconds since 1970) and perhaps count. Rows without a client are left out.
        """
        asked = asked.filter(pc.is_valid(asked.column("client")))
        if not asked.num_rows:
            return {}
        texts = asked.column("client").combine_chunks().dictionary_encode()
        known = [canonical_client(text) for text in texts.dictionary.to_pylist()]
        hashed = pseudonyms(known, self._key)
        counts = asked.column("count") if "count" in asked.column_names else None
        portion = pa.table(  # noqa: F841 - the engine finds it by its name
            {
                "name": asked.column("name"),
                "client": hashed.take(texts.indices),
                "time": asked.column("time").cast(pa.float64()),
                "count": pa.repeat(1, asked.num_rows) if counts is None else counts,
            }
        )
        self._store.connection.execute(_GROUPED)
        self._store.connection.execute(_ADD, [source])
        if not self._pseudonymise:
            self._note_addresses(known, hashed)
        counted = self._store.connection.execute(
            "SELECT hour, count(*) FROM now_asking GROUP BY hour"
        )
        return {int(hour): int(rows) for hour, rows in counted.fetchall()}

    def _note_addresses(self, known: list[str], hashed: pa.Array) -> None:
        addresses = pa.table({"client": hashed, "address": known})  # noqa: F841 - found by its name
        self._store.connection.execute(
            """INSERT OR IGNORE INTO client_address
               SELECT client, any_value(address) FROM addresses
               ANTI JOIN client_address USING (client) GROUP BY client"""
        )


def canonical_client(text: str) -> str:
    """Return an address in its one form, so that it has one pseudonym; other text as it is.

    >>> canonical_client("2001:DB8:0::1"), canonical_client("192.0.2.1")
    ('2001:db8::1', '192.0.2.1')
    """
    return canonical_address(text) or text if ":" in text else text


def pseudonyms(clients: Iterable[str], key: bytes) -> pa.Array:
    """Return the keyed 64-bit pseudonyms of *clients* (unsigned integers, never ``OTHERS``)."""
    return pa.array([client_pseudonym(text, key) or 1 for text in clients], pa.uint64())


def pseudonym_text(client: int) -> str:
    """Return a pseudonym as it is shown: 16 hexadecimal digits.

    >>> pseudonym_text(255)
    '00000000000000ff'
    """
    return f"{client:016x}"


def digest_of(client: int) -> bytes:
    """Return the BLAKE2b digest that a pseudonym was made of."""
    return client.to_bytes(hashlib.blake2b(digest_size=8).digest_size, "little")
