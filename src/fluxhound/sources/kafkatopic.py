"""Messages of a Kafka topic, read from the offsets that our history remembers.

All partitions are assigned by hand, and offsets are never committed to the broker: a consumer
group's offsets would be a second memory of what was read. One topic is read by one input.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING, Any

from fluxhound.errors import ConfigurationError, MissingExtraError, StoreError
from fluxhound.sources.brokers import BrokerUrl, Credentials, Redaction
from fluxhound.sources.feed import (
    PORTION_MESSAGES,
    START_BEGINNING,
    WAIT,
    Delivery,
    Interruption,
    position_fields,
    written,
)

if TYPE_CHECKING:
    import confluent_kafka

#: Seconds that one question waits, and how often it is asked before we connect anew. Chosen: a
#: stop is looked for in between.
ANSWER_SECONDS = 0.8
ANSWERS = 6
#: Seconds between two looks for new partitions. Chosen.
PARTITIONS_SECONDS = 15.0
#: Librdkafka's own bound on what it fetches ahead, in KiB.
FETCHED_AHEAD = 16384
SASL = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")

Offsets = dict[int, int]


class KafkaFeed:
    """The messages of all partitions of one topic."""

    def __init__(
        self,
        url: BrokerUrl,
        credentials: Credentials,
        *,
        start: str,
        most: int = PORTION_MESSAGES,
        partitions_every: float = PARTITIONS_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url
        self._credentials = credentials
        self._start = start
        self._most = most
        self._topic = url.parameters["topic"]
        self._sasl = url.parameters.get("sasl", SASL[0]).upper()
        if self._sasl not in SASL:
            raise ConfigurationError(f"Kafka: 'sasl' is one of {', '.join(SASL)}.")
        self._partitions_every = partitions_every
        self._clock = clock

    def deliveries(
        self, position: str | None, stop: threading.Event
    ) -> Generator[Delivery, None, None]:
        """Yield the messages after *position*.

        Raises:
            Interruption: no broker can be reached, or the topic is not there.
            MissingExtraError: the client library is not installed.
        """
        library = _library()
        stored = self._stored(position)
        troubles = _Troubles(library)
        redaction = Redaction(tuple(filter(None, [self._password()])))
        try:
            consumer = library.Consumer(self._settings(troubles.take))
        except library.KafkaException as error:
            raise Interruption(f"Kafka: {redaction.clean(error)}") from error
        reading = _Reading(library, consumer, self._topic, troubles, stop)
        try:
            yield from self._messages(reading, stored, stop)
        except library.KafkaException as error:
            told = redaction.clean(troubles.text or error.args[0].str())
            raise Interruption(f"Kafka at {self._url.text}: {told}") from error
        finally:
            consumer.close()

    def _settings(self, on_error: Callable[[Any], None]) -> dict[str, Any]:
        settings: dict[str, Any] = {
            "bootstrap.servers": self._url.text,
            "client.id": "fluxhound",
            "group.id": "fluxhound",  # asked for by the library; nothing is stored under it
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "auto.offset.reset": "error",  # an offset out of range is told, not passed over
            "allow.auto.create.topics": False,
            "queued.max.messages.kbytes": FETCHED_AHEAD,
            "reconnect.backoff.max.ms": 1000,
            "error_cb": on_error,
            "log_level": 0,
            "security.protocol": "SSL" if self._url.tls else "PLAINTEXT",
        }
        if self._credentials.ca_file:
            settings["ssl.ca.location"] = str(self._credentials.ca_file)
        if self._credentials.user:
            settings |= {
                "security.protocol": "SASL_SSL" if self._url.tls else "SASL_PLAINTEXT",
                "sasl.mechanisms": self._sasl,
                "sasl.username": self._credentials.user,
                "sasl.password": self._password(),
            }
        return settings

    def _password(self) -> str | None:
        try:
            return self._credentials.password()
        except ConfigurationError as error:
            raise Interruption(str(error)) from error

    def _stored(self, position: str | None) -> Offsets | None:
        if position is None:
            return None
        fields = position_fields(position, topic=str, offsets=dict)
        if fields["topic"] != self._topic:
            return None
        try:
            return {int(partition): int(offset) for partition, offset in fields["offsets"].items()}
        except (TypeError, ValueError) as error:
            raise StoreError("The stored position holds no offsets of a Kafka topic.") from error

    def _messages(
        self, reading: _Reading, stored: Offsets | None, stop: threading.Event
    ) -> Generator[Delivery, None, None]:
        from_end = stored is None and self._start != START_BEGINNING
        offsets = dict(stored or {})
        reading.add(offsets, from_end=from_end)
        yield self._delivery(offsets)
        looked = self._clock()
        while not stop.is_set():
            payloads, beyond = reading.consume(offsets, self._most)
            yield self._delivery(offsets, payloads)
            for partition in beyond:
                lost, remark = reading.restart(offsets, partition)
                yield self._delivery(offsets, lost=lost, remark=remark)
            if self._clock() - looked >= self._partitions_every:
                reading.add(offsets, from_end=False)  # all that a new partition holds is new
                looked = self._clock()

    def _delivery(
        self, offsets: Offsets, payloads: Sequence[bytes] = (), *, lost: int = 0, remark: str = ""
    ) -> Delivery:
        named = {str(partition): offset for partition, offset in sorted(offsets.items())}
        position = written(topic=self._topic, offsets=named)
        return Delivery(position=position, payloads=payloads, lost=lost, remark=remark)


class _Troubles:
    """What the library reports in passing. That one broker of several is down mends itself."""

    def __init__(self, library: Any) -> None:
        errors = library.KafkaError
        self._final = {errors._ALL_BROKERS_DOWN, errors._AUTHENTICATION, errors._SSL}  # noqa: SLF001 - the library's public names
        self.text = ""
        self.hopeless: Any = None

    def take(self, error: Any) -> None:
        """Take in an error that the library reports."""
        if error.code() in self._final or error.fatal():
            self.hopeless = error
        else:
            self.text = error.str()

    def over(self) -> None:
        """Forget what was reported: there was an answer."""
        self.text, self.hopeless = "", None


class _Reading:
    """One consumer with its assigned partitions. *offsets* are of the next message to read."""

    def __init__(
        self,
        library: Any,
        consumer: confluent_kafka.Consumer,
        topic: str,
        troubles: _Troubles,
        stop: threading.Event,
    ) -> None:
        self._library = library
        self._consumer = consumer
        self._topic = topic
        self._troubles = troubles
        self._stop = stop
        self._assigned: set[int] = set()

    def add(self, offsets: Offsets, *, from_end: bool) -> None:
        """Begin to read the partitions that are not read yet, and put them into *offsets*."""
        new = [each for each in self._partitions() if each not in self._assigned]
        for partition in new:
            if partition not in offsets:
                low, high = self._bounds(partition)
                offsets[partition] = high if from_end else low
        if new:
            self._consumer.incremental_assign(
                [self._library.TopicPartition(self._topic, each, offsets[each]) for each in new]
            )
            self._assigned.update(new)

    def consume(self, offsets: Offsets, most: int) -> tuple[list[bytes], list[int]]:
        """Return payloads, with *offsets* moved, and the partitions whose offset is out of range.

        Raises:
            Interruption: something that only a new connection can mend.
        """
        error_of = self._library.KafkaError
        payloads: list[bytes] = []
        beyond: list[int] = []
        for message in self._consumer.consume(most, WAIT):
            error = message.error()
            partition, offset = int(message.partition() or 0), int(message.offset() or 0)
            if error is None:
                if offset >= offsets[partition]:
                    payloads.append(message.value() or b"")
                    offsets[partition] = offset + 1
            elif error.code() in (error_of._AUTO_OFFSET_RESET, error_of.OFFSET_OUT_OF_RANGE):  # noqa: SLF001 - the library's public name
                beyond.append(partition)
            elif error.code() != error_of._PARTITION_EOF:  # noqa: SLF001 - the library's public name
                raise self._library.KafkaException(error)
        if payloads:
            self._troubles.over()
        elif self._troubles.hopeless is not None:
            raise self._library.KafkaException(self._troubles.hopeless)
        return payloads, beyond

    def restart(self, offsets: Offsets, partition: int) -> tuple[int, str]:
        """Go on at the first message that is left; return how many are lost, and a remark."""
        low, high = self._bounds(partition)
        expected = offsets[partition]
        offsets[partition] = low
        again = [self._library.TopicPartition(self._topic, partition, low)]
        self._consumer.incremental_unassign(again)
        self._consumer.incremental_assign(again)
        if expected > high:
            return 0, (
                f"partition {partition} ends at {high}, but was read to {expected}: the topic was "
                "made anew, or its brokers lost the end. It is read from its beginning."
            )
        return max(0, low - expected), ""

    def _partitions(self) -> Sequence[int]:
        topics = self._asked(
            lambda: self._consumer.list_topics(self._topic, timeout=ANSWER_SECONDS)
        ).topics
        told = topics[self._topic]
        if told.error is not None or not told.partitions:
            raise Interruption(
                f"Kafka has no topic {self._topic!r}, or we may not read it "
                f"({told.error.str() if told.error else 'it has no partitions'})."
            )
        return sorted(told.partitions)

    def _bounds(self, partition: int) -> tuple[int, int]:
        where = self._library.TopicPartition(self._topic, partition)
        found: tuple[int, int] | None = self._asked(
            lambda: self._consumer.get_watermark_offsets(where, timeout=ANSWER_SECONDS)
        )
        if found is None:
            raise Interruption(f"Kafka does not tell the bounds of partition {partition}.")
        return found

    def _asked(self, question: Callable[[], Any]) -> Any:
        """Ask until there is an answer, a few times, and not once we are to stop."""
        for attempt in range(1, ANSWERS + 1):
            try:
                answer = question()
            except self._library.KafkaException:
                if not self._assigned:  # lets the library report; later it would take a message
                    self._consumer.poll(0)
                hopeless = self._troubles.hopeless is not None
                if attempt == ANSWERS or hopeless or self._stop.is_set():
                    raise
            else:
                self._troubles.over()
                return answer
        return None


def _library() -> Any:
    try:
        import confluent_kafka  # noqa: PLC0415 - optional
    except ImportError as error:
        raise MissingExtraError(
            "Kafka is read with a client library that is not installed: "
            "pip install 'fluxhound[kafka]'."
        ) from error
    return confluent_kafka
