"""A session with a NATS server: what was lost on the way is noticed, a stop ends any wait."""

from __future__ import annotations

import asyncio
import threading
from types import SimpleNamespace

import pytest

from fluxhound.sources.brokers import Credentials, parse_url
from fluxhound.sources.feed import Interruption
from fluxhound.sources.natssession import NatsSession, StoppedError


def session(runner: asyncio.Runner, stop: threading.Event | None = None) -> NatsSession:
    url = parse_url("nats://127.0.0.1:1?stream=DNS")
    return NatsSession(url, Credentials(), runner, stop or threading.Event())


def message(stream: int, consumer: int) -> SimpleNamespace:
    return SimpleNamespace(reply=f"$JS.ACK.DNS.us.1.{stream}.{consumer}.1700000000000000000.0")


def test_numbers_of_the_consumer_follow_each_other() -> None:
    with asyncio.Runner() as runner:
        opened = session(runner)
        assert [opened.followed(message(10 * n, n)) for n in (1, 2, 3)] == [10, 20, 30]
        with pytest.raises(Interruption, match="lost on the way"):
            opened.followed(message(60, 5))
        with pytest.raises(Interruption, match="none of the stream"):
            opened.followed(SimpleNamespace(reply="elsewhere"))


def test_a_stop_ends_any_wait() -> None:
    stop = threading.Event()
    stop.set()
    with asyncio.Runner() as runner, pytest.raises(StoppedError):
        session(runner, stop)._await(asyncio.Event().wait())


def test_what_is_waited_for_is_returned() -> None:
    async def answer() -> int:
        return 42

    with asyncio.Runner() as runner:
        assert session(runner)._await(answer()) == 42


def test_a_session_that_was_not_opened_closes() -> None:
    with asyncio.Runner() as runner:
        session(runner).close()
