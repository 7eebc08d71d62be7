"""Servers that log one side or both, and answers that wait for that to be known."""

import pytest

from fluxhound.sources import sides
from fluxhound.sources.dnstap import CLIENT_RESPONSE, Response
from fluxhound.sources.sides import PATIENCE_S, SERVERS, Held, Sides


def given_to_client(message: bytes = b"m") -> Response:
    return CLIENT_RESPONSE, b"", message, 1.0, b"", b"", False


def test_side_is_unknown_then_decided() -> None:
    known = Sides()
    assert known.both(b"a") is None
    known.decide(b"a", both=False)
    known.decide(7, both=True)
    assert (known.both(b"a"), known.both(7), known.both(b"7")) == (False, True, None)
    known.decide(b"a", both=True)
    assert known.both(b"a")


def test_memory_of_servers_is_bounded() -> None:
    known = Sides()
    for number in range(3 * SERVERS):
        known.decide(number, both=True)
        assert len(known._both) <= SERVERS


def test_answers_wait_for_their_own_server() -> None:
    held = Held()
    first, second, third = (given_to_client(bytes([n])) for n in range(3))
    held.hold(b"a", first, 1.0)
    held.hold(b"b", second, 2.0)
    held.hold(b"a", third, 3.0)
    assert len(held) == 3
    assert held.servers(0.9 + PATIENCE_S) == []
    assert held.servers(1.0 + PATIENCE_S) == [b"a"]
    assert held.servers(2.0 + PATIENCE_S) == [b"a", b"b"]
    assert held.release(b"a") == [first, third]
    assert held.release(b"a") == []
    assert len(held) == 1
    assert held.servers(2.0 + PATIENCE_S) == [b"b"]


@pytest.mark.parametrize(("limit", "value"), [("HELD", 3), ("HELD_OCTETS", 30)])
def test_waiting_is_bounded(limit: str, value: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sides, limit, value)
    held = Held()
    for number in range(2):
        held.hold(number, given_to_client(b"0123456789"), 1.0)
    assert not held.full
    assert held.servers(1.0) == []
    held.hold(1, given_to_client(b"0123456789"), 1.0)
    assert held.full
    assert held.servers(1.0) == [0, 1]
    held.release(1)
    assert not held.full
