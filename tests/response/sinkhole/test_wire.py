from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable

import pytest

from fluxhound.response.sinkhole.wire import Sealed, TooMuchError, Wire


def on_a_pair(work: Callable[[Wire, socket.socket], Awaitable[None]], *, most: int = 100) -> None:
    """Do *work* with a wire and the socket at its other end."""

    async def run() -> None:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.setblocking(False)
            await work(Wire(ours, most=most), theirs)

    asyncio.run(run())


def test_what_is_read_is_counted_and_bounded() -> None:
    async def work(wire: Wire, theirs: socket.socket) -> None:
        theirs.sendall(b"a" * 12)
        assert await wire.receive() == b"a" * 10
        assert wire.octets == 10
        with pytest.raises(TooMuchError):
            await wire.receive()

    on_a_pair(work, most=10)


def test_the_end_is_nothing() -> None:
    async def work(wire: Wire, theirs: socket.socket) -> None:
        theirs.shutdown(socket.SHUT_WR)
        assert await wire.receive() == b""
        await wire.send(b"x")
        await wire.end()
        await wire.end()  # once more does no harm
        assert theirs.recv(10) == b"x"
        assert theirs.recv(10) == b""

    on_a_pair(work)


def test_the_rest_is_read_and_forgotten() -> None:
    async def work(wire: Wire, theirs: socket.socket) -> None:
        theirs.sendall(b"a" * 50)
        await wire.drain()  # ends at the bound
        assert wire.octets == 20

    on_a_pair(work, most=20)


def test_tls_that_is_none_is_told_as_an_error() -> None:
    async def work(wire: Wire, theirs: socket.socket) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with pytest.raises(ssl.SSLError):
            await Sealed(wire, context, b"GET / HTTP/1.1\r\n\r\n").agree()

    on_a_pair(work)


def test_a_client_that_leaves_in_the_handshake() -> None:
    async def work(wire: Wire, theirs: socket.socket) -> None:
        theirs.shutdown(socket.SHUT_WR)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with pytest.raises(EOFError):
            await Sealed(wire, context, b"\x16\x03\x01").agree()

    on_a_pair(work)
