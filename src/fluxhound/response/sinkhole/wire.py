"""A connection as octets in and out, in clear and within TLS, with everything counted."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl

#: Octets read at once.
_STEP = 4_096


class TooMuchError(Exception):
    """More was sent than is read."""


class Wire:
    """A socket of which at most *most* octets are read."""

    def __init__(self, connection: socket.socket, *, most: int) -> None:
        self._socket = connection
        self._loop = asyncio.get_running_loop()
        self._most = most
        self.octets = 0

    async def receive(self) -> bytes:
        """Return what comes next, at least one octet; nothing at the end.

        Raises:
            TooMuchError: enough was read.
            OSError: the connection broke.
        """
        left = self._most - self.octets
        if left <= 0:
            raise TooMuchError
        octets = await self._loop.sock_recv(self._socket, min(_STEP, left))
        self.octets += len(octets)
        return octets

    async def send(self, octets: bytes) -> None:
        """Send all of *octets*."""
        await self._loop.sock_sendall(self._socket, octets)

    async def end(self) -> None:
        """Say that nothing more will be sent."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    async def drain(self) -> None:
        """Read on, and forget it, until the client closes or enough was read.

        A socket that is closed with octets unread is reset, and the answer may be lost with it.
        """
        with contextlib.suppress(OSError, TooMuchError):
            while await self.receive():
                pass


class Sealed:
    """TLS on a wire whose first octets were read already."""

    def __init__(self, wire: Wire, context: ssl.SSLContext, begun: bytes) -> None:
        self._wire = wire
        self._inward, self._outward = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._inward.write(begun)
        self._tls = context.wrap_bio(self._inward, self._outward, server_side=True)

    async def agree(self) -> None:
        """Do the handshake.

        Raises:
            ssl.SSLError: it failed; what TLS says about it was sent.
            EOFError: the client closed before it was complete.
            TooMuchError, OSError: as of the wire.
        """
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._flush()
                await self._feed()
            except ssl.SSLError:
                with contextlib.suppress(OSError):
                    await self._flush()
                raise
            else:
                await self._flush()
                return

    async def receive(self) -> bytes:
        """Return what comes next, at least one octet; nothing at the end.

        Raises:
            TooMuchError, OSError: as of the wire; broken TLS is an ``OSError``, too.
        """
        while True:
            try:
                return self._tls.read(_STEP)
            except ssl.SSLWantReadError:
                await self._flush()
                try:
                    await self._feed()
                except EOFError:
                    return b""
            except ssl.SSLZeroReturnError:
                return b""

    async def send(self, octets: bytes) -> None:
        """Send all of *octets*."""
        self._tls.write(octets)
        await self._flush()

    async def end(self) -> None:
        """Say that nothing more will be sent."""
        with contextlib.suppress(ssl.SSLError, OSError):
            self._tls.unwrap()  # asks for the client's farewell, which is not waited for
        with contextlib.suppress(OSError):
            await self._flush()
        await self._wire.end()

    async def drain(self) -> None:
        """Read on, as of the wire."""
        await self._wire.drain()

    async def _feed(self) -> None:
        octets = await self._wire.receive()
        if not octets:
            raise EOFError
        self._inward.write(octets)

    async def _flush(self) -> None:
        octets = self._outward.read()
        if octets:
            await self._wire.send(octets)
