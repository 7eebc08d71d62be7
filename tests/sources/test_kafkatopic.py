"""Kafka topics, with the client library's mock broker: what it can show."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.errors import ConfigurationError, StoreError
from fluxhound.sources.brokerinput import broker_input
from fluxhound.sources.brokers import Credentials, parse_url
from fluxhound.sources.feed import written
from fluxhound.sources.kafkatopic import KafkaFeed
from fluxhound.sources.messages import LOST
from fluxhound.sources.subscription import Subscription
from tests.servers.kafka import MockKafka
from tests.servers.redis import free_port
from tests.subscribing import (
    deliveries,
    impatient,
    line,
    payload_numbers,
    payloads,
    read_through,
    running,
)

__all__ = ["impatient"]  # a fixture
MESSAGES = 300


@pytest.fixture(scope="module")
def kafka() -> MockKafka:
    return MockKafka()


@pytest.fixture
def topic(request: pytest.FixtureRequest) -> str:
    return str(request.node.name).partition("[")[0]


def source(kafka: MockKafka, topic: str, start: str = "beginning") -> Subscription:
    return broker_input(f"{kafka.url}?topic={topic}", name="dns", start=start)


def lines(numbers: range) -> list[bytes]:
    return [line(each) for each in numbers]


def test_everything_arrives_once(kafka: MockKafka, topic: str) -> None:
    kafka.produce(topic, lines(range(MESSAGES)))
    with running(source(kafka, topic)) as outlet:
        outlet.wait_for_rows(MESSAGES)
        kafka.produce(topic, lines(range(MESSAGES, MESSAGES + 50)))
        outlet.wait_for_rows(MESSAGES + 50)
    assert sorted(outlet.numbers()) == list(range(MESSAGES + 50))
    assert outlet.bad() == {}
    with running(source(kafka, topic), outlet.position) as again:
        kafka.produce(topic, [line(7777)])
        again.wait_for_rows(1)
    assert again.numbers() == [7777]


@pytest.fixture(scope="module")
def filled(kafka: MockKafka) -> str:
    kafka.produce("filled", lines(range(MESSAGES)))
    return "filled"


@settings(max_examples=8)
@given(cuts=st.lists(st.tuples(st.integers(1, 12), st.integers(0, 12)), max_size=3))
def test_killed_anywhere_nothing_is_lost_or_twice(
    kafka: MockKafka, filled: str, cuts: list[tuple[int, int]]
) -> None:
    url = parse_url(f"{kafka.url}?topic={filled}")
    feed = KafkaFeed(url, Credentials(), start="beginning", most=16)
    read = read_through(feed, MESSAGES, cuts)
    assert sorted(payload_numbers(read)) == list(range(MESSAGES))


def test_the_end_is_kept_before_anything_came(kafka: MockKafka, topic: str) -> None:
    kafka.produce(topic, lines(range(5)))
    with running(source(kafka, topic, start="end")) as outlet:
        outlet.wait(lambda: bool(outlet.portions))
    kafka.produce(topic, lines(range(5, 9)))  # while nothing reads
    with running(source(kafka, topic, start="end"), outlet.position) as again:
        again.wait_for_rows(4)
    assert sorted(again.numbers()) == [5, 6, 7, 8]


def test_a_new_partition_is_read_from_its_beginning(kafka: MockKafka, topic: str) -> None:
    kafka.produce(topic, lines(range(10)), partition=0)
    kafka.produce(topic, lines(range(10, 20)), partition=1)
    before = written(topic=topic, offsets={"0": 4})  # partition 1 was not there then
    with running(source(kafka, topic, start="end"), before) as outlet:
        outlet.wait_for_rows(16)
    assert sorted(outlet.numbers()) == list(range(4, 20))
    assert outlet.position is not None
    assert orjson.loads(outlet.position)["offsets"] == {"0": 10, "1": 10, "2": 0, "3": 0}


def test_what_was_removed_before_it_was_read_is_counted(kafka: MockKafka, topic: str) -> None:
    """The mock broker keeps about five MiB of a partition."""
    large = b"#" * 500_000
    kafka.produce(topic, [*[large] * 16, line(1)], partition=0)
    stale = written(topic=topic, offsets={"0": 2})
    with running(source(kafka, topic), stale) as outlet:
        outlet.wait_for_rows(1)
    assert outlet.numbers() == [1]
    assert outlet.bad()[LOST] > 0
    assert sum(outlet.bad().values()) == 14  # the others are no records


def test_an_offset_beyond_the_end_begins_anew(
    kafka: MockKafka, topic: str, caplog: pytest.LogCaptureFixture
) -> None:
    kafka.produce(topic, lines(range(6)), partition=0)
    beyond = written(topic=topic, offsets={"0": 5000})
    with running(source(kafka, topic), beyond) as outlet:
        outlet.wait_for_rows(6)
    assert sorted(outlet.numbers()) == list(range(6))
    assert outlet.bad() == {}
    assert "ends at 6, but was read to 5000" in caplog.text


def test_new_partitions_are_looked_for(kafka: MockKafka, topic: str) -> None:
    """The mock broker never adds any; that the looking does no harm can be shown."""
    kafka.produce(topic, lines(range(20)))
    url = parse_url(f"{kafka.url}?topic={topic}")
    feed = KafkaFeed(url, Credentials(), start="beginning", most=4, partitions_every=0.0)
    taken = deliveries(feed, None, lambda so_far: len(payloads(so_far)) >= 20)
    assert sorted(payload_numbers(payloads(taken))) == list(range(20))


def test_a_broker_that_is_not_there_is_told() -> None:
    url = f"kafka://127.0.0.1:{free_port()}?topic=dns"
    watched = broker_input(url, name="dns")
    with running(watched) as outlet:
        outlet.wait(lambda: watched.health.state == "failing")
        assert "Kafka at 127.0.0.1" in watched.health.error


def test_a_broker_that_went_away_is_told() -> None:
    kafka = MockKafka()
    kafka.produce("dns", lines(range(5)))
    watched = source(kafka, "dns")
    with running(watched) as outlet:
        outlet.wait_for_rows(5)
        kafka.stop()
        outlet.wait(lambda: watched.health.state == "failing")


@pytest.mark.parametrize(
    "position", ["", "[]", '{"topic":"s"}', '{"topic":"s","offsets":{"x":"y"}}']
)
def test_a_position_that_is_none_is_told(kafka: MockKafka, position: str) -> None:
    with pytest.raises(StoreError, match="position"), running(source(kafka, "s"), position):
        pass


def test_an_unknown_way_to_sign_in_is_told() -> None:
    with pytest.raises(ConfigurationError, match="SCRAM-SHA-512"):
        broker_input("kafka://h?topic=t&sasl=GSSAPI", name="dns")
