"""Clients and mail recipients under the pseudonyms of a store, and whether a client asked.

Clients of files are hashed with the store's own key, those of the live service with the
operator's. With the operator's key both are recognised; what is told is then its pseudonym.
"""

from __future__ import annotations

import duckdb

from fluxhound.history.clients import canonical_client, pseudonym_text
from fluxhound.history.functions import client_pseudonym

_ASKED = """
SELECT DISTINCT client FROM {table} WHERE name = $name OR ends_with(name, '.' || $name)
"""
_KNOWN = "SELECT EXISTS (SELECT 1 FROM asked) OR EXISTS (SELECT 1 FROM asking WHERE $live)"


class Pseudonyms:
    """Turns clients into pseudonyms."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, key: bytes | None = None) -> None:
        """Use the store behind *connection*, and the operator's *key* if there is one."""
        self._connection = connection
        rows = connection.execute("SELECT value FROM meta WHERE key = 'client_key'").fetchall()
        self._own = bytes.fromhex(rows[0][0])
        self._key = key
        live = {"live": key is not None}
        self._known = bool(connection.execute(_KNOWN, live).fetchall()[0][0])
        self._askers: dict[str, tuple[frozenset[int], frozenset[int]]] = {}

    def of(self, client: str) -> str:
        """Return the pseudonym of *client* (an address, or any text) as it is shown."""
        return pseudonym_text(_hashed(canonical_client(client), self._key or self._own))

    def every(self, client: str) -> frozenset[str]:
        """Return all pseudonyms that *client* may have in the store."""
        keys = [key for key in (self._own, self._key) if key is not None]
        texts = (client, canonical_client(client))
        return frozenset(pseudonym_text(_hashed(text, key)) for key in keys for text in texts)

    def asked(self, name: str, client: str) -> bool | None:
        """Tell whether *client* asked for *name* or below it; ``None`` if nobody's asking is known.

        *name* is as the history writes it.
        """
        if not self._known:
            return None
        if name not in self._askers:
            self._askers[name] = (self._from("asked", name), self._from("asking", name))
        asked, asking = self._askers[name]
        text = canonical_client(client)
        # Clients of files are hashed as the source wrote them.
        if {_hashed(text, self._own), _hashed(client, self._own)} & asked:
            return True
        return self._key is not None and _hashed(text, self._key) in asking

    def _from(self, table: str, name: str) -> frozenset[int]:
        rows = self._connection.execute(_ASKED.format(table=table), {"name": name}).fetchall()
        return frozenset(int(client) for (client,) in rows)


def _hashed(text: str, key: bytes) -> int:
    return client_pseudonym(text, key) or 1
