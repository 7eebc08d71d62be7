"""Posts that are sent again: the same key and the same body get the same answer, counted once.

The answer is committed together with the rows, in the table of positions under a name made from
the key, so that it exists exactly if the rows do, whenever the service was killed.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

import duckdb
import orjson

from fluxhound.service.web.backend import HTTP_INPUT
from fluxhound.service.web.problems import Problem

LONGEST_KEY = 255
#: Seconds for which a key is remembered.
REMEMBERED_S = 24 * 3600.0
#: Keys that are remembered; beyond it the oldest go earlier. About 50 MB. Chosen, not measured.
MOST_KEYS = 100_000


def position_name(key: str) -> str:
    """Return the name under which the answer to a key is committed.

    Raises:
        Problem: 400 if the key is not 1 to 255 visible ASCII characters.
    """
    if not (1 <= len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise Problem(400, f"Idempotency-Key: 1 to {LONGEST_KEY} visible ASCII characters.")
    return f"{HTTP_INPUT}:{hashlib.sha256(key.encode()).hexdigest()[:32]}"


def remembered(answer: Mapping[str, object], *, digest: str, now: float) -> str:
    """Return the text that holds an answer."""
    return orjson.dumps({"time": now, "body": digest, "answer": answer}).decode()


def earlier(text: str | None, *, digest: str, now: float) -> Mapping[str, object] | None:
    """Return the answer in a text; ``None`` where there is none, or it is too old.

    Raises:
        Problem: 422 if the key was used with another body.
    """
    found: dict[str, Any] = orjson.loads(text) if text else {}
    if not found or not 0 <= now - found["time"] < REMEMBERED_S:
        return None
    if not hmac.compare_digest(found["body"], digest):
        raise Problem(422, "This Idempotency-Key came with another body; take a new key.")
    answer: Mapping[str, object] = found["answer"]
    return answer


def forget(connection: duckdb.DuckDBPyConnection, *, now: float) -> None:
    """Delete what need not be remembered any more; call it now and then, in a transaction."""
    connection.execute(_FORGET, [now - REMEMBERED_S])


_FORGET = f"""
DELETE FROM position WHERE starts_with(input, '{HTTP_INPUT}:') AND (
    updated < ? OR input IN (
        SELECT input FROM position WHERE starts_with(input, '{HTTP_INPUT}:')
        ORDER BY updated DESC OFFSET {MOST_KEYS}))
"""


class InFlight:
    """Keys whose posts are not settled: the same key at the same time must wait.

    A key stays held when its request was answered early, until its rows are committed or refused.
    Used by the event loop's thread only.
    """

    def __init__(self) -> None:
        self._keys: set[str] = set()

    def hold(self, name: str) -> None:
        """Hold the name of a key.

        Raises:
            Problem: 409 if it is held already.
        """
        if name in self._keys:
            raise Problem(
                409, "A post with this key is being served.", headers={"Retry-After": "1"}
            )
        self._keys.add(name)

    def release(self, name: str) -> None:
        """Let go of a name."""
        self._keys.discard(name)
