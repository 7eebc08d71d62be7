"""What happens on one connection: look at what is said, answer HTTP, close."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable, Iterator
from typing import Protocol as Interface

from fluxhound.response.sinkhole.certificates import Certificates
from fluxhound.response.sinkhole.hello import read_hello
from fluxhound.response.sinkhole.limits import Limits
from fluxhound.response.sinkhole.protocols import Protocol, recognise
from fluxhound.response.sinkhole.request import has_head, host_name, read_request
from fluxhound.response.sinkhole.visit import FIRST_OCTETS, End, Visit
from fluxhound.response.sinkhole.wire import Sealed, TooMuchError, Wire

#: The first words of HTTP/2 without negotiation (RFC 9113 section 3.4); an HTTP/1 answer to it is
#: none, so there is none.
_PRIOR_KNOWLEDGE = b"PRI"


class Talk(Interface):
    """Octets in and out, in clear or within TLS."""

    async def receive(self) -> bytes:
        """Return what comes next; nothing at the end."""

    async def send(self, octets: bytes) -> None:
        """Send all."""

    async def end(self) -> None:
        """Say that nothing more will be sent."""

    async def drain(self) -> None:
        """Read on and forget it."""


class Conversation:
    """One connection from its first octet to its end, told in ``visit``."""

    def __init__(
        self,
        visit: Visit,
        wire: Wire,
        *,
        limits: Limits,
        certificates: Certificates,
        answers: tuple[bytes, bytes],
        answered: Callable[[], None] = lambda: None,
    ) -> None:
        """Take the two *answers*, with body and without; *answered* is called when one was sent."""
        self.visit = visit
        self._wire = wire
        self._limits = limits
        self._certificates = certificates
        self._answers = answers
        self._answered = answered

    async def hold(self) -> None:
        """Hold it; returns when it is over, however it ended."""
        try:
            async with asyncio.timeout(self._limits.total_s):
                await self._hold()
        except TimeoutError:
            self._end(End.SLOW)
        except TooMuchError:
            self._end(End.FULL)
        except OSError:  # of TLS, too
            self._end(End.RESET)
        finally:
            self.visit.octets = self._wire.octets

    def _end(self, how: End) -> None:
        if self.visit.end is not End.ANSWERED:
            self.visit.end = how

    async def _hold(self) -> None:
        octets = await self._opening(self._wire, b"", sealed=False)
        if self.visit.protocol is Protocol.TLS:
            await self._unseal(octets)
        else:
            await self._listen(self._wire, octets)

    async def _opening(self, talk: Talk, octets: bytes, *, sealed: bool) -> bytes:
        """Read until the protocol is known, and note it with the first octets."""
        async with asyncio.timeout(self._limits.first_s) as deadline:
            while True:
                with self._noting(octets, sealed=sealed):
                    more = await talk.receive()
                if not octets:
                    loop = asyncio.get_running_loop()
                    deadline.reschedule(loop.time() + self._limits.head_s)
                octets += more
                known = recognise(octets, sealed=sealed)
                if known or not more:
                    self._note(octets, known or self._guess(octets, sealed=sealed))
                    return octets

    @contextlib.contextmanager
    def _noting(self, octets: bytes, *, sealed: bool) -> Iterator[None]:
        """Keep what was said so far if nothing more comes."""
        try:
            yield
        except BaseException:
            self._note(octets, self._guess(octets, sealed=sealed))
            raise

    def _guess(self, octets: bytes, *, sealed: bool) -> Protocol:
        if octets:
            return Protocol.TLS if sealed else Protocol.OTHER
        return self.visit.protocol

    def _note(self, octets: bytes, protocol: Protocol) -> None:
        self.visit.protocol = (
            Protocol.TLS if protocol is Protocol.OTHER and self.visit.hello else protocol
        )
        self.visit.first = octets[:FIRST_OCTETS] or self.visit.first

    async def _unseal(self, octets: bytes) -> None:
        """Read the hello, agree on TLS, and listen to what is within."""
        async with asyncio.timeout(self._limits.head_s):
            octets = await self._whole(octets, lambda read: not read_hello(read).more)
        hello = read_hello(octets).hello
        self.visit.hello = hello
        name = host_name(self.visit.server_name) if hello else ""
        context, own = self._certificates.context(name or (self.visit.address if hello else ""))
        self.visit.own_certificate = own
        talk = Sealed(self._wire, context, octets)
        try:
            async with asyncio.timeout(self._limits.handshake_s):
                await talk.agree()
        except (ssl.SSLError, EOFError) as error:
            self.visit.error = getattr(error, "reason", None) or "closed"
            self._end(End.NO_HANDSHAKE)
            return
        self.visit.first = b""
        inner = await self._opening(talk, b"", sealed=True)
        await self._listen(talk, inner)

    async def _whole(self, octets: bytes, enough: Callable[[bytes], bool]) -> bytes:
        """Read on until *enough* was read, or the client closes."""
        while not enough(octets):
            more = await self._wire.receive()
            if not more:
                break
            octets += more
        return octets

    async def _listen(self, talk: Talk, octets: bytes) -> None:
        if self.visit.protocol in (Protocol.HTTP, Protocol.HTTPS):
            await self._answer(talk, octets)
        elif octets:
            await self._hear(talk, octets)

    async def _answer(self, talk: Talk, octets: bytes) -> None:
        """Read the head of a request, answer, and end."""
        try:
            async with asyncio.timeout(self._limits.head_s):
                while not has_head(octets):
                    more = await talk.receive()
                    if not more:
                        return
                    octets += more
        finally:
            self.visit.request = read_request(octets)
        request = self.visit.request
        if request is None or request.method == _PRIOR_KNOWLEDGE:
            return
        await talk.send(self._answers[request.method == b"HEAD"])
        self.visit.end = End.ANSWERED
        self._answered()
        await talk.end()
        await self._quietly(talk.drain(), self._limits.linger_s)

    async def _hear(self, talk: Talk, octets: bytes) -> None:
        """Listen to anything else until it is silent; nothing is sent."""
        self.visit.first = octets[:FIRST_OCTETS]
        with contextlib.suppress(TimeoutError):
            while True:
                async with asyncio.timeout(self._limits.idle_s):
                    more = await talk.receive()
                if not more:
                    return
                if len(self.visit.first) < FIRST_OCTETS:
                    self.visit.first = (self.visit.first + more)[:FIRST_OCTETS]

    async def _quietly(self, work: Awaitable[None], seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await work
