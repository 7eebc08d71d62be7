"""The dnstap input as a whole: many writers at once, refusals, restarts, failures."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fluxhound.errors import FluxhoundError, StoreError, UnreadableInputError
from fluxhound.sources import tap
from fluxhound.sources.dnstap import CONTENT_TYPE
from fluxhound.sources.framestream import START
from fluxhound.sources.handshake import OTHER_CONTENT, control_frame
from fluxhound.sources.live import ENDED, FAILING, RUNNING, SILENT, STARTING, Portion
from fluxhound.sources.sockets import Address, TcpAddress, UnixAddress
from fluxhound.sources.tap import DEFECT, REFUSED, DnstapInput
from fluxhound.sources.tapframes import TapFrames
from tests.servers.daemon import until
from tests.sources.tapping import RESOLVER, Kept, frame, response, sized, stream

start = control_frame(START, CONTENT_TYPE)


class Running:
    """An input in its thread."""

    def __init__(self, address: Address, kept: Kept, **given: Any) -> None:
        self.kept, self.stop = kept, threading.Event()
        self.input = DnstapInput(name="tap", address=address, **given)
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
        self.thread.join(10)
        assert not self.thread.is_alive()

    def state(self, wanted: str) -> None:
        until(lambda: self.input.health.state == wanted)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "s"


@pytest.fixture
def running(path: Path) -> Iterator[Callable[..., Running]]:
    started: list[Running] = []

    def one(address: Address | None = None, kept: Kept | None = None, **given: Any) -> Running:
        started.append(Running(address or UnixAddress(path), kept or Kept(), **given))
        return started[-1]

    yield one
    for each in started:
        each.end()


@contextlib.contextmanager
def writer(path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as caller:
        caller.settimeout(5)
        caller.connect(str(path))
        yield caller


def test_health_tells_how_it_is(path: Path, running: Callable[..., Running]) -> None:
    assert DnstapInput(name="x", address=UnixAddress(path)).health.state == STARTING
    one = running()
    one.state(RUNNING)
    with writer(path) as caller:
        caller.sendall(start)
        until(lambda: one.input.health.connections == 1)
    until(lambda: one.input.health.connections == 0)
    one.end()
    assert one.input.health.state == ENDED
    assert not path.exists()
    assert (one.input.format, one.input.not_observable) == ("dnstap", ())


def test_silence_is_told_with_its_reason(path: Path, running: Callable[..., Running]) -> None:
    one = running(silent_after=0.3)
    one.state(SILENT)
    assert "no server is connected" in one.input.health.error
    with writer(path) as caller:
        caller.sendall(start)
        until(lambda: "sends nothing" in one.input.health.error)
        caller.sendall(sized(frame(RESOLVER)))
        one.state(RUNNING)
    assert one.input.health.error == ""


def test_writers_at_once_are_all_taken(path: Path, running: Callable[..., Running]) -> None:
    one = running()
    one.state(RUNNING)

    def write(number: int) -> None:
        each = [frame(RESOLVER, response(f"n{number}.test.", number=n)) for n in range(200)]
        with writer(path) as caller:
            caller.sendall(stream(*each))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    until(lambda: one.kept.records == 1600)
    assert {row["name"] for row in one.kept.rows()} == {f"n{number}.test" for number in range(8)}
    assert one.kept.bad == {}


def test_bad_writer_is_closed_and_the_others_go_on(
    path: Path, running: Callable[..., Running]
) -> None:
    one = running()
    one.state(RUNNING)
    with writer(path) as good, writer(path) as bad:
        good.sendall(start + sized(frame(RESOLVER)))
        bad.sendall(control_frame(START, b"protobuf:other"))
        assert bad.recv(1) == b""
        good.sendall(sized(frame(RESOLVER)))
        until(lambda: one.kept.records == 3)
    assert one.kept.bad == {OTHER_CONTENT: 1}
    assert len(one.kept.rows()) == 2


def test_one_more_than_the_limit_is_refused_and_counted(
    path: Path, running: Callable[..., Running]
) -> None:
    one = running(connections=1)
    one.state(RUNNING)
    with writer(path) as first:
        first.sendall(start)
        until(lambda: one.input.health.connections == 1)
        for _ in range(3):
            with writer(path) as more:
                assert more.recv(1) == b""
        until(lambda: one.kept.bad == {REFUSED: 3})
    until(lambda: one.input.health.connections == 0)
    with writer(path) as second:
        second.sendall(stream(frame(RESOLVER)))
        until(lambda: len(one.kept.rows()) == 1)


def test_tcp_is_the_same(running: Callable[..., Running]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    one = running(TcpAddress("127.0.0.1", port))
    one.state(RUNNING)
    with socket.create_connection(("127.0.0.1", port), timeout=5) as caller:
        caller.sendall(stream(frame(RESOLVER)))
    until(lambda: one.kept.records == 1)


def test_address_that_is_taken_is_tried_again(
    path: Path, running: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tap, "AGAIN_S", 0.02)
    first = running()
    first.state(RUNNING)
    second = running()
    second.state(FAILING)
    assert "another program listens here" in second.input.health.error
    first.end()
    second.state(RUNNING)
    assert second.input.health.error == ""


def test_address_that_can_never_be_had_is_told(path: Path, running: Callable[..., Running]) -> None:
    path.write_text("a file")
    one = running()
    one.thread.join(5)
    assert isinstance(one.failure, UnreadableInputError)


def test_failure_of_the_outlet_ends_the_input(path: Path, running: Callable[..., Running]) -> None:
    class Failing(Kept):
        def put(self, portion: Portion) -> None:
            raise StoreError

    one = running(kept=Failing())
    one.state(RUNNING)
    with writer(path) as caller:
        caller.sendall(stream(frame(RESOLVER)))
        one.thread.join(5)
    assert isinstance(one.failure, StoreError)


def test_back_pressure_reaches_the_writer(path: Path, running: Callable[..., Running]) -> None:
    """While nothing is taken nothing is read, so the writer notices; nothing is lost."""
    gate = threading.Event()

    class Slow(Kept):
        def put(self, portion: Portion) -> None:
            gate.wait(10)
            super().put(portion)

    one = running(kept=Slow(), room=1 << 20)
    one.state(RUNNING)
    many = sized(*[frame(RESOLVER)] * 1000)
    sent = 0
    with writer(path) as caller:
        caller.sendall(start)
        caller.settimeout(0.5)
        with contextlib.suppress(TimeoutError):
            while sent < 1000:
                caller.sendall(many)
                sent += 1
        assert sent < 1000
        assert one.kept.records == 0
        gate.set()
    until(lambda: one.input.health.connections == 0)
    assert sent * 1000 <= one.kept.records <= (sent + 1) * 1000


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_defect_is_told_and_counted_and_others_go_on(
    path: Path,
    running: Callable[..., Running],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    one = running()
    one.state(RUNNING)
    with monkeypatch.context() as patched, writer(path) as caller:
        patched.setattr(TapFrames, "add", lambda *_: 1 / 0)
        caller.sendall(stream(frame(RESOLVER)))
        until(lambda: one.kept.bad == {DEFECT: 1})
    assert "a defect in Fluxhound" in caplog.text
    with writer(path) as caller:
        caller.sendall(stream(frame(RESOLVER)))
        until(lambda: one.kept.records == 2)
