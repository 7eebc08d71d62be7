"""Redis streams, with a real server: nothing lost, nothing twice, and what Redis lost is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.errors import StoreError
from fluxhound.sources.brokerinput import broker_input
from fluxhound.sources.brokers import Credentials, parse_url
from fluxhound.sources.feed import PORTION_MESSAGES, written
from fluxhound.sources.messages import LOST
from fluxhound.sources.redisstream import (
    MADE_ANEW,
    OLDER_COPY,
    Place,
    RedisFeed,
    Stand,
    reckoned,
)
from fluxhound.sources.subscription import Subscription
from tests.servers.redis import RedisServer, needs_redis
from tests.subscribing import impatient, line, payload_numbers, read_through, running

redis = pytest.importorskip("redis")
pytestmark = needs_redis
__all__ = ["impatient"]  # a fixture
MESSAGES = 400


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    started = RedisServer(tmp_path_factory.mktemp("redis") / "state").start()
    yield started
    started.stop()


@pytest.fixture
def key(server: RedisServer, request: pytest.FixtureRequest) -> Iterator[str]:
    """A key of the test's own, removed before and after."""
    name = str(request.node.name)
    with client(server) as connection:
        connection.delete(name)
        yield name
        connection.delete(name)


def client(server: RedisServer) -> Any:
    return redis.Redis(port=server.port, protocol=2)


def add(
    server: RedisServer, key: str, numbers: Sequence[int], trim: Mapping[str, int] | None = None
) -> None:
    with client(server) as connection, connection.pipeline(transaction=False) as pipe:
        for number in numbers:
            pipe.xadd(key, {"line": line(number)}, **(trim or {}))
        pipe.execute()


def source(server: RedisServer, key: str, start: str = "beginning", **more: Any) -> Subscription:
    return broker_input(f"{server.url}?stream={key}", name="dns", start=start, **more)


def feed(server: RedisServer, key: str, most: int = PORTION_MESSAGES) -> RedisFeed:
    url = parse_url(f"{server.url}?stream={key}")
    return RedisFeed(url, Credentials(), start="beginning", most=most)


def test_everything_arrives_once_and_in_order(server: RedisServer, key: str) -> None:
    add(server, key, range(MESSAGES))
    with running(source(server, key)) as outlet:
        outlet.wait_for_rows(MESSAGES)
        add(server, key, range(MESSAGES, MESSAGES + 50))
        outlet.wait_for_rows(MESSAGES + 50)
    assert sorted(outlet.numbers()) == list(range(MESSAGES + 50))
    with running(source(server, key), outlet.position) as again:
        add(server, key, [7777])
        again.wait_for_rows(1)
    assert again.numbers() == [7777]


@pytest.fixture(scope="module")
def filled(server: RedisServer) -> str:
    add(server, "filled", range(MESSAGES))
    return "filled"


CUTS = st.lists(st.tuples(st.integers(1, 12), st.integers(0, 12)), max_size=6)


@settings(max_examples=25)
@given(cuts=CUTS)
def test_killed_anywhere_nothing_is_lost_or_twice(
    server: RedisServer, filled: str, cuts: list[tuple[int, int]]
) -> None:
    read = read_through(feed(server, filled, most=16), MESSAGES, cuts)
    assert payload_numbers(read) == list(range(MESSAGES))


def test_the_end_is_kept_before_anything_came(server: RedisServer, key: str) -> None:
    add(server, key, range(5))
    with running(source(server, key, start="end")) as outlet:
        outlet.wait(lambda: bool(outlet.portions))
    assert outlet.numbers() == []
    add(server, key, range(5, 9))  # while nothing reads
    with running(source(server, key, start="end"), outlet.position) as again:
        again.wait_for_rows(4)
    assert sorted(again.numbers()) == [5, 6, 7, 8]


def test_a_stream_that_is_not_there_yet_is_waited_for(server: RedisServer, key: str) -> None:
    with running(source(server, key, start="end")) as outlet:
        outlet.wait(lambda: bool(outlet.portions))
        add(server, key, range(3))
        outlet.wait_for_rows(3)


def test_a_restarted_server_is_connected_to_again(tmp_path: Path) -> None:
    server = RedisServer(tmp_path / "state").start()
    try:
        add(server, "dns", range(10))
        watched = source(server, "dns")
        with running(watched) as outlet:
            outlet.wait_for_rows(10)
            server.stop()
            outlet.wait(lambda: watched.health.state == "failing")
            assert f"127.0.0.1:{server.port}" in watched.health.error
            server.start()
            add(server, "dns", range(10, 20))
            outlet.wait_for_rows(20)
            outlet.wait(lambda: watched.health.state == "running")
        assert sorted(outlet.numbers()) == list(range(20))
    finally:
        server.stop()


def test_entries_trimmed_unread_are_counted(server: RedisServer, key: str) -> None:
    add(server, key, range(10))
    with running(source(server, key)) as outlet:
        outlet.wait_for_rows(10)
    add(server, key, range(10, 40), {"maxlen": 12, "approximate": 0})  # 10 to 27 are gone
    with running(source(server, key), outlet.position) as again:
        again.wait_for_rows(12)
        assert sorted(again.numbers()) == list(range(28, 40))
        assert again.bad() == {LOST: 18}
        add(server, key, [40])
        again.wait_for_rows(13)
    assert again.bad() == {LOST: 18}


def test_a_trim_of_what_was_read_is_no_loss(server: RedisServer, key: str) -> None:
    add(server, key, range(10))
    with running(source(server, key)) as outlet:
        outlet.wait_for_rows(10)
        with client(server) as connection:
            connection.xtrim(key, maxlen=0, approximate=False)
        add(server, key, [10])
        outlet.wait_for_rows(11)
    with running(source(server, key), outlet.position) as again:
        add(server, key, [11])
        again.wait_for_rows(1)
    assert outlet.bad() == again.bad() == {}


def test_a_stream_made_anew_is_read_from_its_first_entry(
    server: RedisServer, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    add(server, key, range(10))
    with running(source(server, key)) as outlet:
        outlet.wait_for_rows(10)
    with client(server) as connection:
        connection.delete(key)
    add(server, key, range(100, 104))
    with running(source(server, key), outlet.position) as again:
        again.wait_for_rows(4)
    assert sorted(again.numbers()) == [100, 101, 102, 103]
    assert MADE_ANEW in caplog.text


def test_an_older_copy_is_not_read_twice(
    server: RedisServer, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    add(server, key, range(10))
    with client(server) as connection:
        copy = connection.dump(key)
        add(server, key, range(10, 15))
        with running(source(server, key)) as outlet:
            outlet.wait_for_rows(15)
        connection.delete(key)
        connection.restore(key, 0, copy)
    with running(source(server, key), outlet.position) as again:
        again.wait(lambda: OLDER_COPY in caplog.text)
        add(server, key, [15])
        again.wait_for_rows(1)
    assert again.numbers() == [15]


@pytest.mark.parametrize(
    ("parameters", "fields"),
    [
        ("", {"eve": line(1)}),  # as Suricata writes it
        ("", {"anything": line(1)}),
        ("", {"host": "a", "message": line(1)}),
        ("&field=raw", {"message": "no", "raw": line(1)}),
        ("", {"time": "1700000001", "name": "n1.example.test", "answers": "192.0.2.1"}),
    ],
)
def test_the_field_that_holds_the_message(
    server: RedisServer, key: str, parameters: str, fields: dict[str, Any]
) -> None:
    with client(server) as connection:
        connection.delete("fields")
        connection.xadd("fields", fields)
    watched = broker_input(f"{server.url}?stream=fields{parameters}", name="dns", start="beginning")
    with running(watched) as outlet:
        outlet.wait_for_rows(1)
    assert outlet.numbers() == [1]


def test_a_missing_field_is_bad(server: RedisServer, key: str) -> None:
    with client(server) as connection:
        connection.xadd(key, {"a": line(1), "b": "2"})
    watched = broker_input(f"{server.url}?stream={key}&field=c", name="dns", start="beginning")
    with running(watched) as outlet:
        outlet.wait(lambda: bool(outlet.bad()))
    assert outlet.bad() == {"empty message": 1}


def test_a_list_is_told_and_heals(server: RedisServer, key: str) -> None:
    with client(server) as connection:
        connection.lpush(key, "x")
        watched = source(server, key)
        with running(watched) as outlet:
            outlet.wait(lambda: watched.health.state == "failing")
            assert "XADD" in watched.health.error
            connection.delete(key)
            add(server, key, [1])
            outlet.wait_for_rows(1)


def test_the_password_is_used_and_never_shown(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    secret = tmp_path / "password"
    secret.write_text("wrong horse\n")
    server = RedisServer(tmp_path / "state", "--requirepass", "right horse").start()
    try:
        watched = source(server, "dns", password_file=secret)
        with running(watched) as outlet:
            outlet.wait(lambda: watched.health.state == "failing")
            assert "password" in watched.health.error
            secret.write_text("right horse\n")
            outlet.wait(lambda: watched.health.state == "running")
        assert "horse" not in caplog.text + watched.health.error + repr(vars(watched))
    finally:
        server.stop()


def test_it_stops_at_once_while_nobody_listens(tmp_path: Path) -> None:
    watched = source(RedisServer(tmp_path), "dns")
    with running(watched) as outlet:
        outlet.wait(lambda: watched.health.state == "failing")


def test_a_position_of_another_stream_is_not_used(server: RedisServer, key: str) -> None:
    add(server, key, range(3))
    elsewhere = written(stream="another", id="9999999999999-0", read=5)
    with running(source(server, key), elsewhere) as outlet:
        outlet.wait_for_rows(3)


@pytest.mark.parametrize("position", ["", "{", "[1]", '{"id":"1-1"}', '{"stream":"s","id":7}'])
def test_a_position_that_is_none_is_told(server: RedisServer, position: str) -> None:
    with pytest.raises(StoreError, match="position"), running(source(server, "s"), position):
        pass


def test_an_id_that_is_none_is_told(server: RedisServer) -> None:
    wrong = written(stream="s", id="last", read=1)
    with pytest.raises(StoreError, match="no id"), running(source(server, "s"), wrong):
        pass


TEN = Place(last=(10, 0), read=10)


@pytest.mark.parametrize(
    ("stand", "read", "lost", "remark"),
    [
        (Stand(length=10, first=(1, 0), last=(10, 0), added=10), 10, 0, ""),
        (Stand(length=15, first=(1, 0), last=(15, 0), added=15), 10, 0, ""),
        (Stand(length=5, first=(11, 0), last=(15, 0), added=15), 10, 0, ""),
        (Stand(length=3, first=(13, 0), last=(15, 0), added=15), 12, 2, ""),
        (Stand(length=0, last=(15, 0), added=15), 15, 5, ""),
        (Stand(length=1, first=(10, 0), last=(10, 0), added=14), 14, 4, ""),  # seen later
        (Stand(), 0, 0, MADE_ANEW),
        (Stand(length=2, first=(20, 0), last=(21, 0), added=2), 0, 0, MADE_ANEW),
        (Stand(length=12, first=(20, 0), last=(40, 0), added=12), 0, 0, MADE_ANEW),
        (Stand(length=4, first=(1, 0), last=(4, 0), added=4), 4, 0, OLDER_COPY),
    ],
)
def test_what_the_stream_says_is_held_against_our_place(
    stand: Stand, read: int, lost: int, remark: str
) -> None:
    assert reckoned(TEN, stand) == (Place(last=(10, 0), read=read), lost, remark)


def test_before_redis_7_a_loss_shows_without_its_size() -> None:
    old = Stand(length=3, first=(13, 0), last=(15, 0), added=None)
    place, lost, remark = reckoned(TEN, old)
    assert (place.last, lost) == ((12, 2**64 - 1), 0)
    assert "may be lost" in remark
    assert reckoned(place, old) == (place, 0, "")


@given(
    trims=st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20), st.booleans()), max_size=20)
)
def test_the_count_of_losses_is_exact_whatever_is_trimmed(
    trims: list[tuple[int, int, bool]],
) -> None:
    place, added, first, lost, read = Place(last=(0, 0), read=0), 0, 1, 0, 0
    for more, trimmed, reads in [*trims, (0, 0, True), (0, 0, True)]:
        added += more
        first = min(added + 1, first + trimmed)
        held = range(first, added + 1)
        stand = Stand(
            length=len(held),
            first=(held[0], 0) if held else (0, 0),
            last=(added, 0),
            added=added,
        )
        place, now_lost, remark = reckoned(place, stand)
        lost += now_lost
        assert remark == ""
        if reads and (fresh := [number for number in held if (number, 0) > place.last]):
            read += len(fresh)
            place = Place(last=(fresh[-1], 0), read=place.read + len(fresh))
    assert read + lost == added
