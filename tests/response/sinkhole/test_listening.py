from __future__ import annotations

import errno
import resource
import socket
from pathlib import Path

import pytest

from fluxhound.errors import UsageError
from fluxhound.response.sinkhole.limits import Limits, Place
from fluxhound.response.sinkhole.listening import allow_files, open_sockets
from tests.response.sinkhole.running import Running, Served, everything, sealed
from tests.response.sinkhole.slow import SlowClients, timed

GET = b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n"


def in_clear(place: tuple[str, int]) -> None:
    with socket.create_connection(place, 10) as connection:
        connection.sendall(GET)
        assert everything(connection).startswith(b"HTTP/1.1 403")


def within_tls(place: tuple[str, int]) -> None:
    with (
        socket.create_connection(place, 10) as connection,
        sealed(connection, "evil.example") as talk,
    ):
        talk.sendall(GET)
        assert everything(talk).startswith(b"HTTP/1.1 403")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("given", "networks"),
    [
        ((), 8),  # all of them fit
        (("--connections", "1000", "--per-network", "1000"), 8),  # not all fit
        ((), 2),  # they are of few networks
    ],
    ids=["room", "full", "networks"],
)
def test_a_real_client_is_served_beside_2000_slow_ones(
    given: tuple[str, ...], networks: int, tmp_path: Path
) -> None:
    with (
        Served(tmp_path / "x", *given) as served,
        SlowClients(served.place, number=2_000, networks=networks) as slow,
    ):
        waits = [timed(ask, served.place) for ask in (in_clear, within_tls) for _ in "12345"]
        # One of ten may wait for a machine that does something else meanwhile.
        assert sorted(waits)[-2] < 1
        assert slow.connected >= 1_900


def test_the_oldest_unfinished_goes_and_is_recorded(tmp_path: Path) -> None:
    limits = Limits(connections=20, per_network=20, per_client=3)
    with Running(tmp_path / "x", limits=limits) as running:
        held = [running.connect("127.0.0.5") for _ in range(3)]
        for each in held:
            each.sendall(b"GET / HTTP/1.1\r\n")
        running.ask(GET)  # another client, who has room
        with running.connect("127.0.0.5") as newest:
            newest.sendall(GET)
            assert everything(newest).startswith(b"HTTP/1.1 403")
        assert held[0].recv(10) == b""
        assert running.sinkhole.counts.evicted == 1
        visits = running.visits()
        for each in held:
            each.close()
    ends = [each["end"] for each in visits]
    assert ends.count("evicted") == 1
    assert ends.count("answered") == 2


def test_whoever_is_evicted_before_its_turn_is_closed_and_recorded(tmp_path: Path) -> None:
    limits = Limits(connections=4, per_network=4, per_client=4)
    with Running(tmp_path / "x", limits=limits) as running:
        held = [running.connect() for _ in range(60)]
        in_clear(("127.0.0.1", running.port))
        visits = running.visits()
        for each in held:
            each.close()
    assert len(visits) == 61
    assert running.sinkhole.counts.connections == 61


def test_a_network_that_comes_too_fast_is_sent_away(tmp_path: Path) -> None:
    limits = Limits(network_at_once=5, network_per_s=0.001)
    with Running(tmp_path / "x", limits=limits) as running:
        for _ in range(20):
            running.connect("127.7.0.9").close()
        in_clear(("127.0.0.1", running.port))  # another network
        assert running.sinkhole.counts.hurried == 15
        assert len(running.visits()) == 6


def test_no_room_in_the_system_is_survived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    refusals = [errno.EMFILE, errno.EPERM, errno.ECONNABORTED]
    real = socket.socket.accept

    def accept(self: socket.socket) -> tuple[socket.socket, object]:
        if refusals:
            raise OSError(refusals.pop(), "made up")
        return real(self)

    with Running(tmp_path / "x") as running:
        monkeypatch.setattr(socket.socket, "accept", accept)
        in_clear(("127.0.0.1", running.port))
    assert "the oldest goes" in caplog.text


def test_files_are_allowed_for_as_far_as_may_be() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(300, before[0]), before[1]))
        assert allow_files(100) == 100
        assert allow_files(10_000_000) < 10_000_000
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_all_or_none_is_listened_at() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        places = (Place(address="127.0.0.9", port=port), Place(address="127.0.0.1", port=port))
        with pytest.raises(UsageError, match="Check that the address"):
            open_sockets(places)
        (again,) = open_sockets(places[:1])
        again.close()
