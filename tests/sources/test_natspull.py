"""Requests for messages of a consumer, with a connection that the test plays."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.sources.feed import Interruption
from fluxhound.sources.natspull import Pull, numbers


class Connection:
    """Notes what is asked for."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []

    def new_inbox(self) -> str:
        return "_INBOX.1"

    async def subscribe(self, subject: str, cb: Any) -> None:
        assert subject == "_INBOX.1"

    async def publish(self, subject: str, request: bytes, reply: str) -> None:
        assert (subject, reply) == ("$JS.API.CONSUMER.MSG.NEXT.DNS.us", "_INBOX.1")
        self.asked.append(request)


def message(number: int) -> SimpleNamespace:
    return SimpleNamespace(reply=f"$JS.ACK.DNS.us.1.{number}.{number}.1.0", headers=None)


def status(code: str, told: str = "") -> SimpleNamespace:
    return SimpleNamespace(reply="", headers={"Status": code, "Description": told})


async def opened() -> tuple[Pull, Connection]:
    connection = Connection()
    pull = Pull(cast("Any", connection), "DNS", "us")
    await pull.open()
    return pull, connection


def test_one_request_at_a_time() -> None:
    async def run() -> None:
        pull, connection = await opened()
        assert await pull.fetch(3, 0.001) == []
        assert await pull.fetch(3, 0.001) == []  # the first request stands
        assert len(connection.asked) == 1
        for number in (1, 2, 3):
            await pull.take(message(number))
        assert len(await pull.fetch(3, 0.001)) == 3
        assert len(connection.asked) == 2  # the first one was fulfilled

    asyncio.run(run())


@pytest.mark.parametrize("code", ["404", "408"])
def test_a_request_that_ended_is_made_again(code: str) -> None:
    async def run() -> None:
        pull, connection = await opened()
        assert await pull.fetch(3, 0.001) == []
        await pull.take(status("100"))
        assert await pull.fetch(3, 0.001) == []
        await pull.take(status(code))
        assert await pull.fetch(3, 0.001) == []
        assert len(connection.asked) == 2

    asyncio.run(run())


def test_a_consumer_that_was_ended_is_told_after_what_it_sent() -> None:
    async def run() -> None:
        pull, _ = await opened()
        assert await pull.fetch(3, 0.001) == []
        await pull.take(message(1))
        await pull.take(status("409", "Consumer Deleted"))
        assert len(await pull.fetch(3, 0.001)) == 1
        with pytest.raises(Interruption, match="409: Consumer Deleted"):
            await pull.fetch(3, 0.001)

    asyncio.run(run())


@given(st.integers(1, 2**63), st.integers(1, 2**63))
def test_numbers_of_a_message(sequence: int, delivered: int) -> None:
    rest = f"{sequence}.{delivered}.1700000000000000000.0"
    assert numbers(f"$JS.ACK.DNS.us.1.{rest}") == (sequence, delivered)
    assert numbers(f"$JS.ACK.hub.ACCOUNT.DNS.us.1.{rest}.token") == (sequence, delivered)


@given(st.one_of(st.text(max_size=40), st.text("$JSACK.1", max_size=40)))
def test_any_other_subject_is_told(reply: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        numbers(reply)
