"""The mock broker inside librdkafka: it speaks the protocol, but keeps nothing and never fails.

There is no Kafka for Debian. What this cannot show: durability, rebalancing, leaders that move,
retention by time, access rights.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

confluent_kafka = pytest.importorskip("confluent_kafka")


class MockKafka:
    """One mock broker, which lives as long as its producer; topics come by being produced to."""

    def __init__(self) -> None:
        self._producer = confluent_kafka.Producer({"test.mock.num.brokers": 1, "log_level": 0})
        brokers = self._producer.list_topics(timeout=5).brokers
        self.hosts = ",".join(f"{each.host}:{each.port}" for each in brokers.values())

    @property
    def url(self) -> str:
        """Return where it listens, without the parameters."""
        return f"kafka://{self.hosts}"

    def produce(self, topic: str, payloads: Sequence[bytes], partition: int | None = None) -> None:
        """Append *payloads* to *topic*, to all its partitions in turn or to one."""
        where: dict[str, Any] = {} if partition is None else {"partition": partition}
        for payload in payloads:
            self._producer.produce(topic, payload, **where)
            self._producer.poll(0)
        assert self._producer.flush(10) == 0

    def stop(self) -> None:
        """Let the broker and all that it held go."""
        del self._producer
