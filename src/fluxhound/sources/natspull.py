"""Messages of one JetStream consumer: asked for in bulk, one request at a time.

The client library's own ``fetch`` waits for each message on its own, which costs several times
what reading it does. The request is JetStream's documented one (``CONSUMER.MSG.NEXT``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import orjson

from fluxhound.sources.feed import Interruption

if TYPE_CHECKING:
    from nats.aio.client import Client

#: Seconds after which the server forgets a request, and we make another.
EXPIRES = 30.0
#: Seconds without another message after which what came is handed over. Chosen.
BREATH = 0.005
#: How a request ends without fault: it expired, nothing is there, or all were sent.
_ENDED = frozenset({"404", "408"})
_HEARTBEAT = "100"
#: Parts of a message's reply subject: ``$JS.ACK.STREAM.CONSUMER.DELIVERED.SEQUENCE.NUMBER...``,
#: with two more in front of the stream where it has a domain.
_PLAIN, _WITH_DOMAIN = 9, 11


class Pull:
    """Asks for messages, and keeps what comes until it is taken."""

    def __init__(self, client: Client, stream: str, consumer: str) -> None:
        self._client = client
        self._subject = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}"
        self._inbox = client.new_inbox()
        self._kept: list[Any] = []
        self._owed = 0
        self._fault: Interruption | None = None
        self._arrived = asyncio.Event()

    async def open(self) -> None:
        """Listen for messages."""
        await self._client.subscribe(self._inbox, cb=self.take)

    async def fetch(self, count: int, seconds: float) -> Sequence[Any]:
        """Return messages: up to about *count*, or none when none came for *seconds*.

        Raises:
            Interruption: the server ended the consumer.
        """
        if self._fault is not None and not self._kept:
            raise self._fault
        if not self._owed:
            await self._ask(count)
        while self._owed:
            self._arrived.clear()
            try:
                await asyncio.wait_for(self._arrived.wait(), BREATH if self._kept else seconds)
            except TimeoutError:
                break
        taken, self._kept = self._kept, []
        return taken

    async def _ask(self, count: int) -> None:
        self._owed = count
        request = {"batch": count, "expires": int(EXPIRES * 1e9)}
        await self._client.publish(self._subject, orjson.dumps(request), reply=self._inbox)

    async def take(self, message: Any) -> None:
        """Take in a message, or what the server says of our request."""
        if message.reply:
            self._kept.append(message)
            self._owed = max(0, self._owed - 1)
        else:
            self._settle(message.headers or {})
        self._arrived.set()

    def _settle(self, headers: Any) -> None:
        status = headers.get("Status", "")
        if status == _HEARTBEAT:
            return
        self._owed = 0
        if status not in _ENDED:
            told = headers.get("Description", "") or "no such consumer"
            self._fault = Interruption(f"The server ended our consumer ({status}: {told[:100]}).")


def numbers(reply: str) -> tuple[int, int]:
    """Return a message's number in the stream, and among those delivered to the consumer.

    Raises:
        ValueError: it is no reply subject of a JetStream message.
    """
    parts = reply.split(".")
    if not reply.startswith("$JS.ACK.") or (len(parts) != _PLAIN and len(parts) < _WITH_DOMAIN):
        raise ValueError(reply)
    at = 5 if len(parts) == _PLAIN else 7
    return int(parts[at]), int(parts[at + 1])
