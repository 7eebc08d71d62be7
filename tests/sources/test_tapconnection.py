"""One connection: ends, breaches, slowness, a stop, and that nothing is lost on the way."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.sources import handshake, tapconnection
from fluxhound.sources.dnstap import CONTENT_TYPE
from fluxhound.sources.framestream import ACCEPT, FINISH, FRAME_CUT_SHORT, READY, START, STOP
from fluxhound.sources.handshake import control_frame
from fluxhound.sources.live import Health
from fluxhound.sources.repeats import Repeats
from fluxhound.sources.sides import Sides
from fluxhound.sources.tapconnection import TapConnection
from fluxhound.sources.tapframes import TapFrames
from tests.sources.tapping import RESOLVER, Kept, cut, frame, response, sized, stream


class Running:
    """A connection in its thread, and the writer's end of it."""

    def __init__(self) -> None:
        self.kept, self.health, self.stop = Kept(), Health(), threading.Event()
        self.writer, reader = socket.socketpair()
        self.writer.settimeout(5)
        frames = TapFrames(number=1, sensor=None, sides=Sides(), repeats=Repeats(), now=0.0)
        connection = TapConnection(reader, frames, self.kept, self.health)
        self.thread = threading.Thread(target=connection.run, args=(self.stop,))
        self.thread.start()

    def end(self) -> None:
        self.thread.join(10)
        assert not self.thread.is_alive()


@pytest.fixture
def connect() -> Iterator[Callable[[], Running]]:
    started: list[Running] = []

    def one() -> Running:
        started.append(Running())
        return started[-1]

    yield one
    for each in started:
        each.stop.set()
        each.writer.close()
        each.end()


def test_unidirectional_stream(connect: Callable[[], Running]) -> None:
    one = connect()
    one.writer.sendall(stream(frame(RESOLVER), frame(RESOLVER)))
    one.writer.close()
    one.end()
    assert (one.kept.records, len(one.kept.rows()), one.kept.bad) == (2, 2, {})
    assert one.health.last_record > 0


def test_bidirectional_stream(connect: Callable[[], Running]) -> None:
    one = connect()
    one.writer.sendall(control_frame(READY, CONTENT_TYPE))
    accept, finish = control_frame(ACCEPT, CONTENT_TYPE), control_frame(FINISH)
    assert one.writer.recv(len(accept)) == accept
    one.writer.sendall(control_frame(START, CONTENT_TYPE) + sized(frame(RESOLVER)))
    one.writer.sendall(control_frame(STOP))
    assert one.writer.recv(len(finish)) == finish
    one.writer.close()
    one.end()
    assert (one.kept.records, one.kept.bad) == (1, {})


def test_end_within_a_frame_is_one_bad_record(connect: Callable[[], Running]) -> None:
    one = connect()
    whole = control_frame(START, CONTENT_TYPE) + sized(frame(RESOLVER), frame(RESOLVER))
    one.writer.sendall(whole[:-3])
    one.writer.close()
    one.end()
    assert (one.kept.records, one.kept.bad) == (2, {FRAME_CUT_SHORT: 1})


def test_breach_closes_and_counts_what_came_before(connect: Callable[[], Running]) -> None:
    one = connect()
    one.writer.sendall(control_frame(START, CONTENT_TYPE) + sized(frame(RESOLVER)))
    one.writer.sendall(control_frame(START, CONTENT_TYPE))
    one.end()
    assert one.writer.recv(1) == b""
    assert (one.kept.records, len(one.kept.rows())) == (2, 1)
    assert one.kept.bad == {handshake.OUT_OF_TURN: 1}


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (b"", tapconnection.NOT_STARTED),
        (control_frame(READY, CONTENT_TYPE), tapconnection.NOT_STARTED),
        (stream()[:7], tapconnection.NOT_STARTED),
        (stream(), tapconnection.NOT_CLOSED),
        (control_frame(START, CONTENT_TYPE) + b"\0\0\1", tapconnection.FRAME_LATE),
    ],
)
def test_slow_writers_are_closed(
    sent: bytes, reason: str, connect: Callable[[], Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tapconnection, "HANDSHAKE_S", 0.1)
    monkeypatch.setattr(tapconnection, "FRAME_S", 0.1)
    one = connect()
    one.writer.sendall(sent)
    one.end()
    assert one.kept.bad == {reason: 1}


def test_writer_that_sends_octet_by_octet_is_closed_too(
    connect: Callable[[], Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tapconnection, "FRAME_S", 0.1)
    one = connect()
    one.writer.sendall(control_frame(START, CONTENT_TYPE) + b"\0\1\0\0")
    with contextlib.suppress(OSError):  # a broken pipe or a reset, as it happens
        while one.thread.is_alive():
            one.writer.sendall(b"x")
    one.end()
    assert one.kept.bad == {tapconnection.FRAME_LATE: 1}


def test_idle_writer_is_left_in_peace(
    connect: Callable[[], Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tapconnection, "HANDSHAKE_S", 0.1)
    monkeypatch.setattr(tapconnection, "FRAME_S", 0.1)
    one = connect()
    one.writer.sendall(control_frame(START, CONTENT_TYPE) + sized(frame(RESOLVER)))
    one.thread.join(0.4)
    one.writer.sendall(sized(frame(RESOLVER)))
    one.writer.close()
    one.end()
    assert (one.kept.records, one.kept.bad) == (2, {})


def test_stop_takes_what_was_sent_before(connect: Callable[[], Running]) -> None:
    one = connect()
    one.writer.sendall(control_frame(START, CONTENT_TYPE) + sized(*[frame(RESOLVER)] * 500))
    one.stop.set()
    one.end()
    assert one.kept.records == 500


def test_portions_come_while_the_connection_is_open(connect: Callable[[], Running]) -> None:
    one = connect()
    one.writer.sendall(control_frame(START, CONTENT_TYPE) + sized(frame(RESOLVER)))
    for _ in range(100):
        one.thread.join(0.05)
        if one.kept.records:
            break
    assert one.thread.is_alive()
    assert one.kept.records == 1


def test_pressure_is_passed_on(connect: Callable[[], Running]) -> None:
    one = connect()
    one.kept.pressed = True
    same = [frame(RESOLVER, response(number=number)) for number in range(9)]
    one.writer.sendall(stream(*same))
    one.writer.close()
    one.end()
    assert (one.kept.records, len(one.kept.rows())) == (9, 1)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 2000), max_size=12))
def test_any_cut_gives_the_same_rows(at: list[int]) -> None:
    one = Running()
    frames = [frame(RESOLVER, response("a.test.", f"192.0.2.{n}")) for n in range(5)]
    for piece in cut(stream(*frames), at):
        one.writer.sendall(piece)
    one.writer.close()
    one.end()
    assert [row["answers"] for row in one.kept.rows()] == [f"192.0.2.{n}" for n in range(5)]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.binary(max_size=100) | st.just(stream(b"\xff")), max_size=6))
def test_garbage_stays_within_its_connection(pieces: list[bytes]) -> None:
    one = Running()
    with contextlib.suppress(OSError):  # it may be closed
        for piece in pieces:
            one.writer.sendall(piece)
    one.writer.close()
    one.end()
    assert one.kept.rows() == []
