"""Messages of a Redis stream (XREAD), read from the id that our own history remembers.

No consumer group: its pending list would be a second memory of what was read, beside the one that
is committed with the history, and the two cannot be changed together. An id is all it takes.

What was trimmed away unread is counted by the stream's own count of entries ever added
(``entries-added``, Redis 7.0 and later): it must grow by what we read.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import orjson

from fluxhound.errors import ConfigurationError, MissingExtraError, StoreError
from fluxhound.sources.brokers import BrokerUrl, Credentials, Redaction
from fluxhound.sources.feed import (
    PORTION_MESSAGES,
    START_BEGINNING,
    WAIT,
    Delivery,
    Interruption,
    Stride,
    position_fields,
    written,
)

if TYPE_CHECKING:
    import redis

#: Fields of an entry that hold a message, in order of preference; ``eve`` is Suricata's.
USUAL_FIELDS = (b"line", b"message", b"eve", b"event", b"payload", b"value")
#: Seconds to connect in, and for an answer beyond the wait that was asked for. Chosen.
CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 5.0
#: Seconds that entries are let gather when few come, so that not each one is a question.
BREATH = 0.02
_NO_STREAM = "no such key"

MADE_ANEW = "the stream was made anew; what the old one still held unread is lost."
OLDER_COPY = (
    "the stream ends before what was read of it: it was restored from an older copy. What was read "
    "stays, and is not read again."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where we are in the stream: the last entry read, and the entries ever added up to it."""

    last: tuple[int, int]
    read: int

    @property
    def id(self) -> str:
        """Return the entry's id as Redis writes it."""
        return f"{self.last[0]}-{self.last[1]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """What the stream says of itself at one moment."""

    length: int = 0
    first: tuple[int, int] = (0, 0)
    last: tuple[int, int] = (0, 0)
    added: int | None = 0  # ``None`` before Redis 7.0


class RedisFeed:
    """The entries of one stream."""

    def __init__(
        self,
        url: BrokerUrl,
        credentials: Credentials,
        *,
        start: str,
        most: int = PORTION_MESSAGES,
    ) -> None:
        self._url = url
        self._credentials = credentials
        self._start = start
        self._stream = url.parameters["stream"]
        self._field = url.parameters.get("field", "").encode()
        self._most = most

    def deliveries(
        self, position: str | None, stop: threading.Event
    ) -> Generator[Delivery, None, None]:
        """Yield the entries after *position*.

        Raises:
            Interruption: the server cannot be reached, or refuses.
            MissingExtraError: the client library is not installed.
        """
        library = _library()
        redaction = Redaction(tuple(filter(None, [_password(self._credentials)])))
        client = self._client(library)
        try:
            yield from self._entries(client, position, stop)
        except library.RedisError as error:
            raise Interruption(self._told(library, error, redaction)) from error
        finally:
            client.close()

    def _client(self, library: Any) -> redis.Redis:
        (host, port), *_ = self._url.hosts
        secure = {
            "ssl": True,
            "ssl_cert_reqs": "required",
            "ssl_check_hostname": True,
            "ssl_min_version": ssl.TLSVersion.TLSv1_2,
            "ssl_ca_certs": self._credentials.ca_file and str(self._credentials.ca_file),
        }
        client: redis.Redis = library.Redis(
            host=host,
            port=port,
            db=self._url.database,
            username=self._credentials.user or None,
            password=_password(self._credentials),
            socket_connect_timeout=CONNECT_SECONDS,
            socket_timeout=ANSWER_SECONDS,
            retry=library.retry.Retry(library.backoff.NoBackoff(), 0),
            protocol=2,
            client_name="fluxhound",
            **(secure if self._url.tls else {}),
        )
        return client

    def _entries(
        self, client: redis.Redis, position: str | None, stop: threading.Event
    ) -> Generator[Delivery, None, None]:
        place = self._place(position, _stand(client, self._stream))
        stride = Stride(self._most)
        yield self._delivery(place)
        while not stop.is_set():
            stand = _stand(client, self._stream)
            place, lost, remark = reckoned(place, stand)
            if lost or remark:
                yield self._delivery(place, lost=lost, remark=remark)
            asked = stride.count
            entries = _read(client, self._stream, place.id, asked)
            payloads = [self._payload(fields) for _, fields in entries]
            if entries:
                place = Place(last=_id(entries[-1][0]), read=place.read + len(entries))
            yield self._delivery(place, payloads)
            stride.learn(sum(map(len, payloads)), asked)
            if 0 < len(entries) < asked // 2:
                stop.wait(BREATH)

    def _place(self, position: str | None, stand: Stand) -> Place:
        if position is not None:
            fields = position_fields(position, stream=str, id=str, read=int)
            if fields["stream"] == self._stream:
                return Place(last=_stored_id(fields["id"]), read=fields["read"])
        if self._start == START_BEGINNING:
            return Place(last=(0, 0), read=(stand.added or 0) - stand.length)
        return Place(last=stand.last, read=stand.added or 0)

    def _delivery(
        self, place: Place, payloads: Sequence[bytes] = (), *, lost: int = 0, remark: str = ""
    ) -> Delivery:
        position = written(stream=self._stream, id=place.id, read=place.read)
        return Delivery(position=position, payloads=payloads, lost=lost, remark=remark)

    def _payload(self, fields: Mapping[bytes, bytes]) -> bytes:
        """Return the message that an entry holds; an entry may also be a record by itself."""
        if self._field:
            return fields.get(self._field, b"")
        if len(fields) == 1:
            return next(iter(fields.values()))
        for usual in USUAL_FIELDS:
            if usual in fields:
                return fields[usual]
        return orjson.dumps(
            {
                key.decode("utf-8", "replace"): v.decode("utf-8", "replace")
                for key, v in fields.items()
            }
        )

    def _told(self, library: Any, error: Exception, redaction: Redaction) -> str:
        text = redaction.clean(error)
        if text.startswith("WRONGTYPE"):
            return (
                f"The Redis key {self._stream!r} is no stream: only streams can be read again "
                "after a stop. Let the sender use XADD (Suricata 8: mode stream)."
            )
        if isinstance(error, library.AuthenticationError):
            return f"Redis at {self._url.text} refuses the user or the password ({text})."
        return f"Redis at {self._url.text}: {text}"


def reckoned(place: Place, stand: Stand) -> tuple[Place, int, str]:
    """Hold our place against what the stream says: where to go on, what was lost, a remark.

    Entries are trimmed from the oldest on. If the first one left comes after our place, all that is
    left is unread; if the last one is ours, nothing is. In between nothing can be told, and the
    difference shows later.
    """
    if stand.added is None:
        return _reckoned_by_ids(place, stand)
    if not stand.length or stand.first > place.last:  # all that is there is unread
        lost = stand.added - place.read - stand.length
        if lost < 0:
            return replace(place, read=stand.added - stand.length), 0, MADE_ANEW
    elif stand.added < place.read:
        return replace(place, read=stand.added), 0, OLDER_COPY
    else:
        lost = stand.added - place.read if stand.last == place.last else 0
    return replace(place, read=place.read + lost), lost, ""


def _reckoned_by_ids(place: Place, stand: Stand) -> tuple[Place, int, str]:
    """Before Redis 7.0 a trimmed stream shows by its ids alone, and how much is lost does not."""
    if stand.length and place.last > (0, 0) and _before(stand.first) > place.last:
        remark = (
            f"the stream now begins after {place.id}, which was read last: entries between may be "
            "lost, and this Redis (before 7.0) does not tell how many."
        )
        return replace(place, last=_before(stand.first)), 0, remark
    return place, 0, ""


def _before(entry: tuple[int, int]) -> tuple[int, int]:
    """Return the id just before *entry*."""
    return (entry[0], entry[1] - 1) if entry[1] else (entry[0] - 1, 2**64 - 1)


def _library() -> Any:
    try:
        import redis  # noqa: PLC0415 - optional
        import redis.backoff  # noqa: PLC0415 - optional
        import redis.retry  # noqa: PLC0415 - optional
    except ImportError as error:
        raise MissingExtraError(
            "Redis is read with a client library that is not installed: "
            "pip install 'fluxhound[redis]'."
        ) from error
    return redis


def _password(credentials: Credentials) -> str | None:
    try:
        return credentials.password()
    except ConfigurationError as error:
        raise Interruption(str(error)) from error


def _stand(client: redis.Redis, stream: str) -> Stand:
    """Ask the stream for its first and last entry and its counts; no stream is an empty one."""
    from redis.exceptions import ResponseError  # noqa: PLC0415 - optional

    try:
        told: Any = client.xinfo_stream(stream)
    except ResponseError as error:
        if _NO_STREAM in str(error):
            return Stand()
        raise
    first = told["first-entry"]
    return Stand(
        length=told["length"],
        first=_id(first[0]) if first else (0, 0),
        last=_id(told["last-generated-id"]),
        added=told.get("entries-added"),
    )


def _read(
    client: redis.Redis, stream: str, after: str, count: int
) -> Sequence[tuple[bytes, Mapping[bytes, bytes]]]:
    answer: Any = client.xread({stream: after}, count=count, block=int(WAIT * 1000))
    return answer[0][1] if answer else ()


def _id(text: bytes | str) -> tuple[int, int]:
    plain = text.decode() if isinstance(text, bytes) else text
    time, _, sequence = plain.partition("-")
    return int(time), int(sequence or 0)


def _stored_id(text: str) -> tuple[int, int]:
    try:
        return _id(text)
    except ValueError as error:
        raise StoreError("The stored position holds no id of a Redis stream.") from error
