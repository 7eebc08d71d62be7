"""What runs in the receiver, here in a thread: what it sends, and what it obeys."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import pytest

from fluxhound.sources import crossing, receiver
from fluxhound.sources.live import SHED
from fluxhound.sources.sockets import UnixAddress, listening
from tests.sources.tapping import RESOLVER, frame, sized, stream


class Running:
    """A receiver in a thread, and the service's end of its channel."""

    def __init__(self, server: socket.socket, **given: object) -> None:
        self.channel, self.theirs = socket.socketpair()
        self.channel.settimeout(10)
        self.left = threading.Event()
        usual = {
            "name": "tap",
            "address": "unix:/nowhere",
            "sensor": None,
            "connections": 4,
            "silent_after": 0.0,
            "room": 1 << 20,
        }
        self.thread = threading.Thread(
            target=receiver.serve,
            args=({**usual, **given}, server, self.theirs, lambda _: self.left.set()),
            daemon=True,
        )
        self.thread.start()

    def message(self, kind: bytes) -> memoryview:
        """Return the next message of a kind."""
        while message := crossing.receive(self.channel):
            if message[0] == kind:
                return message[1]
        raise AssertionError(kind)

    def end(self) -> None:
        self.channel.sendall(crossing.STOP)
        self.message(crossing.END)
        self.leave()

    def leave(self) -> None:
        self.channel.shutdown(socket.SHUT_RDWR)
        assert self.left.wait(10)
        self.thread.join(10)
        assert not self.thread.is_alive()


@contextmanager
def running(path: Path, **given: object) -> Iterator[Running]:
    with listening(UnixAddress(path)) as server:
        one = Running(server, **given)
        with one.channel, one.theirs:
            yield one


def write(path: Path, *frames: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as writer:
        writer.connect(str(path))
        writer.sendall(stream(*frames))


def test_portions_and_states_are_sent_until_the_stop(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with running(path) as one:
        assert orjson.loads(one.message(crossing.HEALTH))["state"]
        write(path, frame(RESOLVER), frame(RESOLVER))
        portion, state = crossing.unpacked(one.message(crossing.PORTION))
        assert (portion.tally.records, state["last_record"] > 0) == (2, True)
        one.end()


def test_pressure_is_obeyed(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with running(path) as one:
        one.channel.sendall(crossing.EASED + crossing.PRESSED)
        with socket.socket(socket.AF_UNIX) as writer:
            writer.connect(str(path))
            writer.sendall(stream()[: -len(crossing.END) - 11])
            shed = 0
            while not shed:  # the word may come after the first frames
                writer.sendall(sized(*[frame(RESOLVER)] * 5))
                portion, _ = crossing.unpacked(one.message(crossing.PORTION))
                shed = portion.tally.passed_over[SHED]
        one.end()


def test_log_goes_to_the_service(tmp_path: Path) -> None:
    with running(tmp_path / "s", silent_after=0.01) as one:
        line = orjson.loads(one.message(crossing.LOG))
        assert "no server is connected" in line["text"]
        one.end()


def test_end_of_the_service_is_the_end(tmp_path: Path) -> None:
    with running(tmp_path / "s") as one:
        one.leave()


@pytest.fixture(autouse=True)
def loggers() -> Iterator[None]:
    """Take away the handlers that receivers leave: they are alone in their interpreter."""
    logger = logging.getLogger("fluxhound")
    before = logger.handlers[:]
    yield
    for each in logger.handlers[:]:
        if each not in before:
            logger.removeHandler(each)
