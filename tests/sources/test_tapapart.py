"""The dnstap input with a receiver of its own: the same records, and no end with the receiver."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fluxhound.errors import FluxhoundError, StoreError, UnreadableInputError
from fluxhound.sources import tap, tapapart
from fluxhound.sources.dnstap import CONTENT_TYPE
from fluxhound.sources.framestream import START
from fluxhound.sources.handshake import control_frame
from fluxhound.sources.live import ENDED, FAILING, RUNNING, SHED, Portion
from fluxhound.sources.reservoir import ROOM
from fluxhound.sources.sockets import UnixAddress
from fluxhound.sources.tapapart import LOST, DnstapApart
from tests.servers.daemon import until
from tests.sources.tapping import RESOLVER, Kept, frame, response, sized, stream

start = control_frame(START, CONTENT_TYPE)


class Running:
    """An input in its thread."""

    def __init__(self, path: Path, kept: Kept, room: int = ROOM) -> None:
        self.kept, self.stop = kept, threading.Event()
        self.input = DnstapApart(name="tap", address=UnixAddress(path), room=room)
        self.failure: FluxhoundError | None = None
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        try:
            self.input.run(self.kept, self.stop, None)
        except FluxhoundError as error:
            self.failure = error

    def end(self) -> None:
        self.stop.set()
        self.thread.join(20)
        assert not self.thread.is_alive()

    @property
    def pid(self) -> int:
        """Return that of the receiver that is ready."""
        until(lambda: self.input.health.state == RUNNING and bool(self.input.receiver))
        assert self.input.receiver
        return self.input.receiver.pid


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "s"


@pytest.fixture
def running(path: Path) -> Iterator[Callable[..., Running]]:
    started: list[Running] = []

    def one(kept: Kept | None = None, room: int = ROOM) -> Running:
        started.append(Running(path, kept or Kept(), room))
        return started[-1]

    yield one
    for each in started:
        each.end()


@contextlib.contextmanager
def writer(path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as caller:
        caller.settimeout(20)
        caller.connect(str(path))
        yield caller


def test_stop_drains_and_nothing_is_left(path: Path, running: Callable[..., Running]) -> None:
    one = running()
    until(path.exists)  # it listens before there is a receiver
    with writer(path) as caller:
        caller.sendall(start + sized(*[frame(RESOLVER)] * 500))
        until(lambda: one.kept.records == 500)
        until(lambda: one.input.health.connections == 1)
        caller.sendall(sized(*[frame(RESOLVER)] * 500))
        one.end()
    assert (one.kept.records, one.kept.bad, one.input.health.state) == (1000, {}, ENDED)
    assert one.input.health.last_record > 0
    assert not path.exists()


def test_receiver_that_dies_is_told_counted_and_replaced(
    path: Path, running: Callable[..., Running], caplog: pytest.LogCaptureFixture
) -> None:
    one = running()
    first = one.pid
    with writer(path) as caller:
        caller.sendall(start)
        until(lambda: one.input.health.connections == 1)
        os.kill(first, signal.SIGKILL)
        with contextlib.suppress(ConnectionError):
            assert caller.recv(1) == b""
    with writer(path) as caller:  # the socket is the same
        caller.sendall(stream(frame(RESOLVER)))
        until(lambda: one.kept.records == 2)
    assert one.pid != first
    assert one.kept.bad == {LOST: 1}
    [told] = [each for each in caplog.records if each.levelno >= logging.ERROR]
    assert "the receiver ended (signal 9)" in told.getMessage()


def test_pressure_reaches_the_writer_and_nothing_is_lost(
    path: Path, running: Callable[..., Running]
) -> None:
    gate = threading.Event()

    class Slow(Kept):
        def put(self, portion: Portion) -> None:
            gate.wait(30)
            super().put(portion)

    one = running(Slow(), room=1 << 20)
    assert one.pid
    many = sized(*[frame(RESOLVER, response(f"n{n}.test.")) for n in range(1000)])
    sent = 0
    with writer(path) as caller:
        caller.sendall(start)
        caller.settimeout(1.0)
        with contextlib.suppress(TimeoutError):
            while sent < 1000:
                caller.sendall(many)
                sent += 1
        assert sent < 1000
        one.kept.pressed = True
        gate.set()
    until(lambda: one.input.health.connections == 0)
    until(lambda: sent * 1000 <= one.kept.records <= (sent + 1) * 1000)
    assert one.kept.passed_over[SHED] > 0


def test_receiver_ends_with_the_service(path: Path) -> None:
    program = (
        "import sys, threading\n"
        "from fluxhound.sources.sockets import address_of\n"
        "from fluxhound.sources.tapapart import DnstapApart\n"
        "from tests.sources.tapping import Kept\n"
        "one = DnstapApart(name='tap', address=address_of('unix:' + sys.argv[1]))\n"
        "given = (Kept(), threading.Event(), None)\n"
        "threading.Thread(target=one.run, args=given, daemon=True).start()\n"
        "while one.health.state != 'running': threading.Event().wait(0.02)\n"
        "print(one.receiver.pid, flush=True)\n"
        "threading.Event().wait(60)\n"
    )
    command = [sys.executable, "-c", program, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as service:
        assert service.stdout
        pid = int(service.stdout.readline())
        assert alive(pid)
        service.kill()
    until(lambda: not alive(pid))


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # In a container nobody may collect what its parent left.
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def test_receiver_that_cannot_run_is_told(
    path: Path, running: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tapapart, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(tapapart, "COMMAND", ("/nonexistent/python",))
    one = running()
    until(lambda: one.kept.bad[LOST] > 1)
    assert one.input.health.state == FAILING
    assert "No such file" in one.input.health.error


def test_failure_of_the_outlet_ends_the_input(path: Path, running: Callable[..., Running]) -> None:
    class Failing(Kept):
        def put(self, portion: Portion) -> None:
            raise StoreError

    one = running(Failing())
    assert one.pid
    with writer(path) as caller:
        caller.sendall(stream(frame(RESOLVER)))
        one.thread.join(20)
    assert isinstance(one.failure, StoreError)


def test_address_that_cannot_be_had(
    path: Path, running: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tap, "AGAIN_S", 0.02)
    path.write_text("a file")
    one = running()
    one.thread.join(5)
    assert isinstance(one.failure, UnreadableInputError)
    path.unlink()
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        other.listen()
        two = running()
        until(lambda: two.input.health.state == FAILING)
        assert "another program listens here" in two.input.health.error
