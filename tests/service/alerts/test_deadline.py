from __future__ import annotations

import socket
import time

import pytest

from fluxhound.service.alerts.deadline import ended_after
from tests.service.alerts.letters import listening


def dribble(connection: socket.socket) -> None:
    """Say something all the time, and never come to an end."""
    for _ in range(2000):
        connection.sendall(b".")
        time.sleep(0.01)


def test_a_server_that_never_ends_is_ended() -> None:
    with listening(dribble) as port:
        connection = socket.create_connection(("127.0.0.1", port), timeout=5)
        begun = time.monotonic()
        with connection, ended_after(0.1, lambda: connection):
            while connection.recv(100):
                pass
        assert time.monotonic() - begun < 5


def test_what_ends_in_time_is_left_alone() -> None:
    left, right = socket.socketpair()
    with left, right:
        with ended_after(60, lambda: left):
            pass
        right.sendall(b"x")
        assert left.recv(1) == b"x"


@pytest.mark.parametrize("gone", [None, socket.socket()])
def test_no_connection_is_no_fault(gone: socket.socket | None) -> None:
    with ended_after(0.001, lambda: gone):
        time.sleep(0.05)
    if gone is not None:
        gone.close()
