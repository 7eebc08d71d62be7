"""JetStream, with a real server: nothing lost, nothing twice, and what the server lost is told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.errors import StoreError
from fluxhound.sources.brokerinput import broker_input
from fluxhound.sources.brokers import Credentials, parse_url
from fluxhound.sources.jetstream import (
    CUT_SHORT,
    MADE_ANEW,
    MOST,
    JetStreamFeed,
    Place,
    passed,
    reckoned,
)
from fluxhound.sources.messages import LOST
from fluxhound.sources.natssession import Stand
from fluxhound.sources.subscription import Subscription
from tests.servers.nats import NatsServer, needs_nats
from tests.subscribing import impatient, line, payload_numbers, read_through, running

nats = pytest.importorskip("nats")
pytestmark = needs_nats
__all__ = ["impatient"]  # a fixture
MESSAGES = 300


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    started = NatsServer(tmp_path_factory.mktemp("nats") / "state").start()
    yield started
    started.stop()


@pytest.fixture
def stream(server: NatsServer, request: pytest.FixtureRequest) -> Iterator[str]:
    """A stream of the test's own, with the subjects NAME.>."""
    name = str(request.node.name).partition("[")[0]
    make(server, name)
    yield name
    told(server, lambda js: js.delete_stream(name), missing=True)


def told(server: NatsServer, ask: Callable[[Any], Awaitable[Any]], *, missing: bool = False) -> Any:
    """Run *ask* with a connection."""

    async def run() -> Any:
        connection = await nats.connect(server.url, **server.sign_in)
        try:
            return await ask(connection.jetstream())
        except nats.js.errors.NotFoundError:
            if not missing:
                raise
        finally:
            await connection.close()

    return asyncio.run(run())


def make(server: NatsServer, name: str, **options: Any) -> None:
    told(server, lambda js: js.add_stream(name=name, subjects=[f"{name}.>"], **options))


def publish(server: NatsServer, stream: str, numbers: Sequence[int], subject: str = "dns") -> None:
    async def run(js: Any) -> None:
        await asyncio.gather(*(js.publish(f"{stream}.{subject}", line(each)) for each in numbers))

    told(server, run)


def source(
    server: NatsServer, stream: str, start: str = "beginning", more: str = "", **options: Any
) -> Subscription:
    url = f"{server.url}?stream={stream}{more}"
    return broker_input(url, name="dns", start=start, **options)


def test_everything_arrives_once(server: NatsServer, stream: str) -> None:
    publish(server, stream, range(MESSAGES))
    with running(source(server, stream)) as outlet:
        outlet.wait_for_rows(MESSAGES)
        publish(server, stream, range(MESSAGES, MESSAGES + 50))
        outlet.wait_for_rows(MESSAGES + 50)
    assert sorted(outlet.numbers()) == list(range(MESSAGES + 50))
    assert outlet.bad() == {}
    with running(source(server, stream), outlet.position) as again:
        publish(server, stream, [7777])
        again.wait_for_rows(1)
    assert again.numbers() == [7777]


def test_only_the_subject_that_is_asked_for(server: NatsServer, stream: str) -> None:
    publish(server, stream, range(5), "dns.a")
    publish(server, stream, range(5, 10), "http.a")
    publish(server, stream, range(10, 15), "dns.b")
    with running(source(server, stream, more=f"&subject={stream}.dns.>")) as outlet:
        outlet.wait_for_rows(10)
    assert sorted(outlet.numbers()) == [*range(5), *range(10, 15)]
    assert outlet.bad() == {}


@pytest.fixture(scope="module")
def filled(server: NatsServer) -> str:
    make(server, "filled")
    publish(server, "filled", range(MESSAGES))
    return "filled"


@settings(max_examples=12)
@given(cuts=st.lists(st.tuples(st.integers(1, 12), st.integers(0, 12)), max_size=4))
def test_killed_anywhere_nothing_is_lost_or_twice(
    server: NatsServer, filled: str, cuts: list[tuple[int, int]]
) -> None:
    url = parse_url(f"{server.url}?stream={filled}")
    feed = JetStreamFeed(url, Credentials(), start="beginning", most=16)
    read = read_through(feed, MESSAGES, cuts)
    assert sorted(payload_numbers(read)) == list(range(MESSAGES))


def test_the_end_is_kept_before_anything_came(server: NatsServer, stream: str) -> None:
    publish(server, stream, range(5))
    with running(source(server, stream, start="end")) as outlet:
        outlet.wait(lambda: bool(outlet.portions))
    publish(server, stream, range(5, 9))  # while nothing reads
    with running(source(server, stream, start="end"), outlet.position) as again:
        again.wait_for_rows(4)
    assert sorted(again.numbers()) == [5, 6, 7, 8]


def test_a_restarted_server_is_connected_to_again(tmp_path: Path) -> None:
    server = NatsServer(tmp_path / "state").start()
    try:
        make(server, "DNS")
        publish(server, "DNS", range(10))
        watched = source(server, "DNS")
        with running(watched) as outlet:
            outlet.wait_for_rows(10)
            server.stop()
            outlet.wait(lambda: watched.health.state == "failing")
            server.start()
            publish(server, "DNS", range(10, 20))
            outlet.wait_for_rows(20)
            outlet.wait(lambda: watched.health.state == "running")
        assert sorted(outlet.numbers()) == list(range(20))
    finally:
        server.stop()


def test_messages_removed_unread_are_counted(server: NatsServer, stream: str) -> None:
    publish(server, stream, range(10))
    with running(source(server, stream)) as outlet:
        outlet.wait_for_rows(10)
    publish(server, stream, range(10, 40))
    told(server, lambda js: js.purge_stream(stream, keep=12))
    with running(source(server, stream), outlet.position) as again:
        again.wait_for_rows(12)
        assert again.bad() == {LOST: 18}
        publish(server, stream, range(40, 44))
        again.wait_for_rows(16)
    assert again.bad() == {LOST: 18}


def test_messages_deleted_in_the_middle_are_counted(server: NatsServer, stream: str) -> None:
    publish(server, stream, range(10))

    async def delete(js: Any) -> None:
        for sequence in (3, 4, 9):
            await js.delete_msg(stream, sequence)

    told(server, delete)
    with running(source(server, stream)) as outlet:
        outlet.wait_for_rows(7)
    assert outlet.bad() == {LOST: 3}


def test_a_purge_while_idle_is_no_loss_of_what_was_read(server: NatsServer, stream: str) -> None:
    publish(server, stream, range(10))
    with running(source(server, stream)) as outlet:
        outlet.wait_for_rows(10)
        told(server, lambda js: js.purge_stream(stream))
        publish(server, stream, [10])
        outlet.wait_for_rows(11)
    assert outlet.bad() == {}


def test_a_stream_made_anew_is_read_from_its_first_message(
    server: NatsServer, stream: str, caplog: pytest.LogCaptureFixture
) -> None:
    publish(server, stream, range(10))
    watched = source(server, stream)
    with running(watched) as outlet:
        outlet.wait_for_rows(10)
        told(server, lambda js: js.delete_stream(stream))
        outlet.wait(lambda: "no stream" in watched.health.error)
        make(server, stream)
        publish(server, stream, range(100, 104))
        outlet.wait_for_rows(14)
    assert sorted(outlet.numbers()) == [*range(10), 100, 101, 102, 103]
    assert MADE_ANEW in caplog.text


def test_a_stream_that_gives_messages_away_once_is_refused(server: NatsServer, stream: str) -> None:
    told(server, lambda js: js.delete_stream(stream))
    make(server, stream, retention="workqueue")
    watched = source(server, stream)
    with running(watched) as outlet:
        outlet.wait(lambda: watched.health.state == "failing")
    assert outlet.portions == []


def test_a_server_without_jetstream_is_told(tmp_path: Path) -> None:
    server = NatsServer(tmp_path / "state")
    server.command = [
        part for part in server.command if part not in ("-js", "-sd", str(server.folder))
    ]
    server.start()
    try:
        watched = source(server, "DNS")
        with running(watched) as outlet:
            outlet.wait(lambda: watched.health.state == "failing")
            assert "-js" in watched.health.error
    finally:
        server.stop()


@pytest.mark.parametrize(("options", "user"), [(("--user", "u"), "u@"), ((), "")])
def test_the_password_is_used_and_never_shown(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, options: tuple[str, ...], user: str
) -> None:
    secret = tmp_path / "password"
    secret.write_text("wrongHorse\n")
    given_as = "--pass" if user else "--auth"
    server = NatsServer(tmp_path / "state", *options, given_as, "rightHorse").start()
    try:
        url = f"nats://{user}127.0.0.1:{server.port}?stream=DNS"
        watched = broker_input(url, name="dns", password_file=secret)
        with running(watched) as outlet:
            outlet.wait(lambda: watched.health.state == "failing")
            assert "password" in watched.health.error
            secret.write_text("rightHorse\n")
            outlet.wait(lambda: "no stream" in watched.health.error)
        assert "Horse" not in caplog.text + watched.health.error + repr(vars(watched))
    finally:
        server.stop()


RIGHTS = """
authorization {{ users = [{{ user: fluxhound, password: rightHorse, permissions: {{
  publish: [{publish}], subscribe: ["_INBOX.>"] }} }}, {{ user: admin, password: adminHorse }}] }}
"""
NEEDED = (
    "$JS.API.STREAM.INFO.DNS",
    "$JS.API.CONSUMER.CREATE.DNS",
    "$JS.API.CONSUMER.INFO.DNS.>",
    "$JS.API.CONSUMER.MSG.NEXT.DNS.>",
)


@pytest.mark.parametrize(("granted", "state"), [(NEEDED, "running"), (NEEDED[1:], "failing")])
def test_the_documented_permissions_are_enough_and_needed(
    tmp_path: Path, granted: tuple[str, ...], state: str
) -> None:
    rules = tmp_path / "rights.conf"
    rules.write_text(RIGHTS.format(publish=", ".join(f'"{subject}"' for subject in granted)))
    secret = tmp_path / "password"
    secret.write_text("rightHorse")
    server = NatsServer(tmp_path / "state", "-c", str(rules)).start()
    server.sign_in = {"user": "admin", "password": "adminHorse"}
    try:
        make(server, "DNS")
        publish(server, "DNS", [1])
        url = f"nats://fluxhound@127.0.0.1:{server.port}?stream=DNS"
        watched = broker_input(url, name="dns", start="beginning", password_file=secret)
        with running(watched) as outlet:
            outlet.wait(lambda: watched.health.state == state)
            if state == "running":
                outlet.wait_for_rows(1)
            else:
                assert "permissions violation" in watched.health.error
    finally:
        server.stop()


def test_it_stops_at_once_while_nobody_listens(tmp_path: Path) -> None:
    watched = source(NatsServer(tmp_path), "DNS")
    with running(watched) as outlet:
        outlet.wait(lambda: watched.health.state == "failing")


@pytest.mark.parametrize("position", ["", "[1]", '{"stream":"s","created":1,"sequence":1}'])
def test_a_position_that_is_none_is_told(server: NatsServer, position: str) -> None:
    with pytest.raises(StoreError, match="position"), running(source(server, "s"), position):
        pass


THEN, NOW = "2026-01-01", "2026-02-02"


@pytest.mark.parametrize(
    ("stored", "stand", "expected"),
    [
        (None, Stand(created=NOW, first=3, last=9), (Place(created=NOW, sequence=9), 0, "")),
        (
            Place(created=NOW, sequence=5),
            Stand(created=NOW, first=3, last=9),
            (Place(created=NOW, sequence=5), 0, ""),
        ),
        (
            Place(created=NOW, sequence=5),
            Stand(created=NOW, first=8, last=9),
            (Place(created=NOW, sequence=7), 2, ""),
        ),
        (
            Place(created=THEN, sequence=500),
            Stand(created=NOW, first=3, last=900),
            (Place(created=NOW, sequence=2), 0, MADE_ANEW),
        ),
        (
            Place(created=NOW, sequence=500),
            Stand(created=NOW, first=0, last=400),
            (Place(created=NOW, sequence=400), 0, CUT_SHORT),
        ),
    ],
)
def test_what_the_stream_says_is_held_against_our_place(
    stored: Place | None, stand: Stand, expected: tuple[Place, int, str]
) -> None:
    assert reckoned(stored, stand, "end", whole=True) == expected


def test_where_other_subjects_are_left_out_a_loss_has_no_count() -> None:
    stand = Stand(created=NOW, first=8, last=9)
    _, lost, remark = reckoned(Place(created=NOW, sequence=5), stand, "end", whole=False)
    assert lost == 0
    assert "up to 2 messages" in remark


def test_the_beginning_is_the_first_message_that_is_left() -> None:
    stand = Stand(created=NOW, first=8, last=9)
    assert reckoned(None, stand, "beginning", whole=True)[0].sequence == 7


def test_an_empty_stream_is_read_from_its_first_message() -> None:
    assert passed(Place(created=NOW, sequence=0), Stand(created=NOW, first=0, last=0))[1] == 0
    assert MOST > 0
