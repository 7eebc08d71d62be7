"""Messages of a NATS JetStream stream, read from the sequence number that our history remembers.

Each connection makes a consumer of its own that begins after that number and forgets itself; it
acknowledges nothing, since acknowledgements would be a second memory of what was read. So nothing
is delivered twice, and what is lost on the way (a number of the consumer's that is left out) is
asked for again by a new consumer.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fluxhound.errors import MissingExtraError
from fluxhound.sources.brokers import BrokerUrl, Credentials
from fluxhound.sources.feed import (
    START_BEGINNING,
    WAIT,
    Delivery,
    Interruption,
    Stride,
    position_fields,
    written,
)
from fluxhound.sources.natssession import NatsSession, Stand, StoppedError

#: Seconds without messages after which the stream is asked whether it is still the same. Chosen.
IDLE_SECONDS = 2.0
#: Messages that are asked for at once. Chosen.
MOST = 2048

MADE_ANEW = "the stream was made anew; what the old one still held unread is lost."
CUT_SHORT = (
    "the stream ends before what was read of it: its server lost the end, or it was restored from "
    "an older copy. What was read stays, and what comes now is read."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where we are: the stream (by the time it was made) and the last sequence number read."""

    created: str
    sequence: int


class JetStreamFeed:
    """The messages of one stream, of all subjects or of those that match one."""

    def __init__(
        self, url: BrokerUrl, credentials: Credentials, *, start: str, most: int = MOST
    ) -> None:
        self._url = url
        self._credentials = credentials
        self._start = start
        self._most = most
        self._stream = url.parameters["stream"]
        self._subject = url.parameters.get("subject", "")

    def deliveries(
        self, position: str | None, stop: threading.Event
    ) -> Generator[Delivery, None, None]:
        """Yield the messages after *position*.

        Raises:
            Interruption: the server cannot be reached, or refuses.
            MissingExtraError: the client library is not installed.
        """
        library = _library()
        place = self._stored(position)
        with asyncio.Runner() as runner:
            session = NatsSession(self._url, self._credentials, runner, stop)
            try:
                session.open()
                yield from self._messages(session, place, stop)
            except StoppedError:
                return
            except (library.errors.Error, TimeoutError, OSError) as error:
                raise Interruption(self._told(library, error, session)) from error
            finally:
                session.close()

    def _stored(self, position: str | None) -> Place | None:
        if position is None:
            return None
        fields = position_fields(position, stream=str, created=str, sequence=int)
        if fields["stream"] != self._stream:
            return None
        return Place(created=fields["created"], sequence=fields["sequence"])

    def _messages(
        self, session: NatsSession, stored: Place | None, stop: threading.Event
    ) -> Generator[Delivery, None, None]:
        stand = session.stand(self._stream)
        place, lost, remark = reckoned(stored, stand, self._start, whole=not self._subject)
        session.subscribe(self._stream, self._subject, place.sequence + 1)
        yield self._delivery(place, lost=lost, remark=remark)
        stride = Stride(self._most)
        idle = 0.0
        while not stop.is_set():
            asked = stride.count
            messages = session.fetch(asked)
            numbers = [session.followed(message) for message in messages]
            payloads = [message.data for message in messages]
            if numbers:
                gone = max(0, numbers[-1] - place.sequence - len(numbers))
                lost = 0 if self._subject else gone
                place = replace(place, sequence=numbers[-1])
                yield self._delivery(place, payloads, lost=lost)
            else:
                yield self._delivery(place)
            stride.learn(sum(map(len, payloads)), asked)
            idle = 0.0 if messages else idle + WAIT
            if idle >= IDLE_SECONDS:
                idle = 0.0
                place, lost = self._looked_after(session, place)
                yield self._delivery(place, lost=lost)

    def _looked_after(self, session: NatsSession, place: Place) -> tuple[Place, int]:
        """Ask whether stream and consumer are still there, and whether messages were removed."""
        session.consumer()
        stand = session.stand(self._stream)
        if stand.created != place.created or stand.last < place.sequence:
            raise Interruption(f"The stream {self._stream} is not the same any more.")
        moved, gone = passed(place, stand)
        return moved, 0 if self._subject else gone

    def _delivery(
        self, place: Place, payloads: Sequence[bytes] = (), *, lost: int = 0, remark: str = ""
    ) -> Delivery:
        position = written(stream=self._stream, created=place.created, sequence=place.sequence)
        return Delivery(position=position, payloads=payloads, lost=lost, remark=remark)

    def _told(self, library: Any, error: BaseException, session: NatsSession) -> str:
        text = session.redaction.clean(session.refusal or error) or type(error).__name__
        if isinstance(error, library.js.errors.NotFoundError):
            return (
                f"NATS at {self._url.text} has no stream {self._stream!r}, or it was removed. Make "
                f"it: nats stream add {self._stream}"
            )
        if isinstance(error, library.js.errors.ServiceUnavailableError):
            return f"NATS at {self._url.text} runs without JetStream; start it with -js."
        if "authorization violation" in text.lower():
            return f"NATS at {self._url.text} refuses the user or the password."
        return f"NATS at {self._url.text}: {text}"


def reckoned(
    stored: Place | None, stand: Stand, start: str, *, whole: bool
) -> tuple[Place, int, str]:
    """Hold the stored place against the stream: where to go on, what was lost, a remark.

    *whole* tells that all its subjects are read; otherwise what is gone may have been of others.
    """
    if stored is None:
        sequence = stand.first - 1 if start == START_BEGINNING else stand.last
        return Place(created=stand.created, sequence=max(0, sequence)), 0, ""
    if stored.created != stand.created:
        return Place(created=stand.created, sequence=max(0, stand.first - 1)), 0, MADE_ANEW
    if stand.last < stored.sequence:
        return replace(stored, sequence=stand.last), 0, CUT_SHORT
    place, gone = passed(stored, stand)
    if gone and not whole:
        return place, 0, f"up to {gone} messages were removed before they were read."
    return place, gone, ""


def passed(place: Place, stand: Stand) -> tuple[Place, int]:
    """Return where to go on, and how many numbers after our place are gone from the stream."""
    gone = max(0, stand.first - 1 - place.sequence)
    return replace(place, sequence=place.sequence + gone), gone


def _library() -> Any:
    try:
        import nats  # noqa: PLC0415 - optional
        import nats.errors  # noqa: PLC0415 - optional
        import nats.js.errors  # noqa: PLC0415 - optional
    except ImportError as error:
        raise MissingExtraError(
            "NATS is read with a client library that is not installed: "
            "pip install 'fluxhound[nats]'."
        ) from error
    return nats
