"""One connection to a NATS server with one consumer of its own, driven from outside asyncio.

The event loop runs only while something is waited for. A server that gets no answer to its
questions in the meantime closes the connection, which is then made again.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from fluxhound.errors import ConfigurationError
from fluxhound.sources.brokers import BrokerUrl, Credentials, Redaction, authority
from fluxhound.sources.feed import WAIT, Interruption
from fluxhound.sources.natspull import Pull, numbers

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.js.client import JetStreamContext

#: Seconds to connect in, and for an answer. Chosen.
CONNECT_SECONDS = 5
ANSWER_SECONDS = 5.0
CLOSE_SECONDS = 0.5
#: Seconds that the server keeps a consumer that asks for nothing: longer than we wait for the
#: history. Chosen; if it is gone, another is made.
FORGET_SECONDS = 300.0
#: How often a stop is looked for while the server does not answer.
STOP_SECONDS = 0.2

T = TypeVar("T")


class StoppedError(Exception):
    """Stop was asked for while the server was waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """What a stream says of itself at one moment."""

    created: str
    first: int
    last: int


class NatsSession:
    """One connection with its consumer, driven from outside the event loop."""

    def __init__(
        self,
        url: BrokerUrl,
        credentials: Credentials,
        runner: asyncio.Runner,
        stop: threading.Event,
    ) -> None:
        self._url = url
        self._credentials = credentials
        self._runner = runner
        self._stop = stop
        self._client: Client | None = None
        self._context: JetStreamContext | None = None
        self._pull: Pull | None = None
        self._consumer = ("", "")
        self._delivered = 0
        self._last_error: BaseException | None = None
        self.redaction = Redaction()

    def open(self) -> None:
        """Connect.

        Raises:
            Interruption: the password cannot be read, or no server could be reached.
        """
        from nats.aio.client import Client  # noqa: PLC0415 - optional

        try:
            password = self._credentials.password()
            tls = self._credentials.context()
        except ConfigurationError as error:
            raise Interruption(str(error)) from error
        self.redaction = Redaction(tuple(filter(None, [password])))
        scheme = "tls" if self._url.tls else "nats"
        user = self._credentials.user
        signing: dict[str, Any] = {}
        if password and user:
            signing = {"user": user, "password": password}
        elif password:
            signing = {"token": password}
        if tls:
            signing["tls"] = tls
        self._client = Client()
        self._await(
            self._client.connect(
                servers=[f"{scheme}://{authority(*place)}" for place in self._url.hosts],
                error_cb=self._on_error,
                name="fluxhound",
                allow_reconnect=False,
                max_reconnect_attempts=1,
                reconnect_time_wait=0,
                connect_timeout=CONNECT_SECONDS,
                **signing,
            )
        )
        self._context = self._client.jetstream(timeout=ANSWER_SECONDS)

    def stand(self, stream: str) -> Stand:
        """Ask the stream for its bounds.

        Raises:
            Interruption: the stream gives its messages away only once.
        """
        assert self._context  # noqa: S101 - opened
        told = self._await(self._context.stream_info(stream))
        if told.config.retention not in (None, "limits"):
            raise Interruption(
                f"The stream {stream!r} removes messages as they are read (retention "
                f"{told.config.retention}), so that they could not be read again after a stop. "
                "Let it keep them by limits."
            )
        return Stand(
            created=str(told.created), first=told.state.first_seq, last=told.state.last_seq
        )

    def subscribe(self, stream: str, subject: str, sequence: int) -> None:
        """Make a consumer that begins at *sequence*."""
        from nats.js import api  # noqa: PLC0415 - optional

        assert self._context  # noqa: S101 - opened
        config = api.ConsumerConfig(
            deliver_policy=api.DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=sequence,
            ack_policy=api.AckPolicy.NONE,
            inactive_threshold=FORGET_SECONDS,
            mem_storage=True,
            num_replicas=1,
        )
        if subject:
            config.filter_subject = subject
        self._delivered = 0
        made = self._await(self._context.add_consumer(stream, config=config))
        self._consumer = (stream, made.name)
        self._pull = Pull(self._connected(), *self._consumer)
        self._await(self._pull.open())

    def fetch(self, count: int) -> Sequence[Any]:
        """Return up to *count* messages, or none when none came for a moment."""
        assert self._pull  # noqa: S101 - subscribed
        self._connected()
        return self._await(self._pull.fetch(count, WAIT))

    def followed(self, message: Any) -> int:
        """Return a message's sequence number.

        Raises:
            Interruption: one of those before it was delivered but did not arrive.
        """
        try:
            sequence, delivered = numbers(message.reply)
        except ValueError as error:
            raise Interruption("A message came that is none of the stream's.") from error
        self._delivered += 1
        if delivered != self._delivered:
            raise Interruption("Messages were lost on the way; asking for them again.")
        return sequence

    def consumer(self) -> None:
        """Ask for our consumer: an error if it is gone."""
        assert self._context  # noqa: S101 - opened
        self._connected()
        self._await(self._context.consumer_info(*self._consumer))

    def close(self) -> None:
        """Close the connection; one that never came about may not answer to that."""
        if self._client is not None and not self._client.is_closed:
            with contextlib.suppress(TimeoutError):
                self._runner.run(asyncio.wait_for(self._client.close(), CLOSE_SECONDS))

    @property
    def refusal(self) -> str:
        """Return what the server said that we may not do; without an answer this is the reason."""
        text = str(self._last_error or "")
        return text if "permissions violation" in text.lower() else ""

    def _connected(self) -> Client:
        if self._client is None or not self._client.is_connected:
            raise self._last_error or ConnectionError("the connection was lost")
        return self._client

    async def _on_error(self, error: BaseException) -> None:
        self._last_error = error

    def _await(self, awaitable: Awaitable[T]) -> T:
        return self._runner.run(self._or_stop(awaitable))

    async def _or_stop(self, awaitable: Awaitable[T]) -> T:
        task = asyncio.ensure_future(awaitable)
        while not (await asyncio.wait({task}, timeout=STOP_SECONDS))[0]:
            if self._stop.is_set():
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                raise StoppedError
        return task.result()
