"""Signed conversation with a primary over TCP: one message and its response, or a whole transfer.

Messages are signed and checked with TSIG (RFC 8945); nothing unsigned is believed.
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from fluxhound.response.primary import Primary
from fluxhound.response.refusals import (
    BADSIG,
    BADTIME,
    NOERROR,
    PublishError,
    UnreachableError,
    clocks,
    mistrusted,
)
from fluxhound.response.signing import library_key, signature_library, signed
from fluxhound.response.wire import (
    ANY,
    TSIG,
    DamagedError,
    Found,
    Header,
    header,
    records,
)

if TYPE_CHECKING:
    import dns.tsig

#: Messages without a signature that a transfer may hold between two signed ones (RFC 8945
#: section 5.3.1).
MOST_UNSIGNED = 99

#: Octets that are taken ahead of being read: a transfer of a million rules.
MOST_HELD = 1 << 26

_LENGTH = struct.Struct("!H")


class Response(NamedTuple):
    """A checked message and its records."""

    octets: bytes
    head: Header
    found: tuple[Found, ...]


class Channel:
    """One connection; use it with ``contextlib.closing``."""

    def __init__(self, primary: Primary, *, clock: Callable[[], float] = time.time) -> None:
        """Connect.

        Raises:
            MissingExtraError: the library for signatures is not installed.
            UnreachableError: nobody answers there.
        """
        self._library = signature_library()
        self._primary = primary
        self._clock = clock
        #: Whether the last message was signed, and with it all before it.
        self.verified = False
        self._key = library_key(primary.key)
        try:
            self._socket = socket.create_connection(
                (primary.address, primary.port), primary.timeout_s
            )
        except OSError as error:
            raise self._lost(error) from error
        self._held = bytearray()
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def close(self) -> None:
        """End the connection."""
        self._socket.close()

    def ask(self, message: bytes) -> Response:
        """Return the checked response to *message*; its response code may be any.

        Raises:
            PublishError: no response came, or none that can be believed.
        """
        return self._next(dict([self._sent(message)]))

    def ask_ahead(self, messages: Iterable[bytes], ahead: int) -> Generator[Response, None, None]:
        """Yield the responses as they come, with at most *ahead* messages on their way.

        No two messages on their way may have the same number.

        Raises:
            PublishError: no response came, or none that can be believed.
        """
        waiting: dict[int, _Responses] = {}
        for message in messages:
            waiting |= [self._sent(message)]
            if len(waiting) >= ahead:
                response = self._next(waiting)
                del waiting[response.head.id]
                yield response
        while waiting:
            response = self._next(waiting)
            del waiting[response.head.id]
            yield response

    def transfer(self, message: bytes) -> Generator[Response, None, None]:
        """Yield the checked messages of the response to *message* as long as they are taken.

        Raises:
            PublishError: a message did not come, or cannot be believed.
        """
        number, checked = self._sent(message)
        while True:
            response = self._next({number: checked})
            self.verified = checked.complete
            yield response

    def _sent(self, message: bytes) -> tuple[int, _Responses]:
        octets, mac = signed(message, self._key, self._primary.key.name, self._clock())
        self._send(octets)
        self.verified = False
        checked = _Responses(self._library, self._key, mac, self._clock, self._primary)
        return header(message).id, checked

    def _next(self, waiting: Mapping[int, _Responses]) -> Response:
        octets = self._receive(time.monotonic() + self._primary.timeout_s)
        try:
            response = Response(octets, header(octets), tuple(records(octets)))
            if response.head.id not in waiting or not response.head.response:
                raise DamagedError("not a response to what was asked")  # noqa: TRY301 - told alike
            waiting[response.head.id].check(response)
        except DamagedError as error:
            raise PublishError(f"{self._primary.where} sent a damaged message: {error}.") from error
        return response

    def _send(self, message: bytes) -> None:
        try:
            self._socket.settimeout(self._primary.timeout_s)
            self._socket.sendall(_LENGTH.pack(len(message)) + message)
        except OSError as error:
            raise self._lost(error) from error

    def _receive(self, deadline: float) -> bytes:
        try:
            length = _LENGTH.unpack(self._exactly(2, deadline))[0]
            return self._exactly(length, deadline)
        except OSError as error:
            raise self._lost(error) from error

    def _exactly(self, length: int, deadline: float) -> bytes:
        while len(self._held) < length:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("timed out")
            self._socket.settimeout(left)
            part = self._socket.recv(1 << 20)
            if not part:
                raise ConnectionResetError("it hung up")
            self._held += part
        self._drain()
        found = bytes(self._held[:length])
        del self._held[:length]
        return found

    def _drain(self) -> None:
        """Take what is there already: a server hangs up on those who are slow to read.

        What is wrong with the connection is found when more is needed.
        """
        self._socket.settimeout(0)
        with suppress(OSError):
            while len(self._held) < MOST_HELD and (part := self._socket.recv(1 << 20)):
                self._held += part

    def _lost(self, error: OSError) -> UnreachableError:
        reason = "no answer in time" if isinstance(error, TimeoutError) else error.strerror or error
        return UnreachableError(
            f"{self._primary.where} does not answer ({reason}). Check that it runs, and [publish] "
            "primary. What is published stays as it is; the rest follows when it is back."
        )


class _Responses:
    """Checks the signatures of the messages that answer one message."""

    def __init__(
        self,
        library: Any,
        key: dns.tsig.Key,
        mac: bytes,
        clock: Callable[[], float],
        primary: Primary,
    ) -> None:
        self._library = library
        self._key = key
        self._mac = mac
        self._clock = clock
        self._primary = primary
        self._context: Any = None
        self._unsigned = 0

    def check(self, response: Response) -> None:
        """Check the next message.

        Raises:
            DamagedError: its signature cannot be read.
            PublishError: it cannot be believed, or says that we cannot.
        """
        last = response.found[-1] if response.found else None
        if last is None or last.type != TSIG:
            self._without(response)
            return
        signature = self._signature(response.octets, last)
        if signature.error:
            raise self._rejected(signature)
        self._validate(response.octets, last, signature)

    def _signature(self, response: bytes, last: Found) -> Any:
        try:
            return self._library.rdata.from_wire(
                ANY, TSIG, response, last.content, last.end - last.content
            )
        except self._library.exception.DNSException as error:
            raise DamagedError("a damaged signature") from error

    def _validate(self, response: bytes, last: Found, signature: Any) -> None:
        tsig = self._library.tsig
        owner = self._library.name.from_text(f"{last.owner}.")
        now = int(self._clock())
        try:
            self._context = tsig.validate(
                response, self._key, owner, signature, now, self._mac, last.start,
                self._context, multi=True,
            )  # fmt: skip
        except tsig.BadTime as error:
            skew = signature.time_signed - now
            raise PublishError(clocks(self._primary.where, skew)) from error
        except self._library.exception.DNSException as error:
            raise mistrusted(BADSIG, self._primary.where, self._primary.key.name, None) from error
        self._unsigned = 0

    def _rejected(self, signature: Any) -> PublishError:
        skew = None
        if signature.error == BADTIME and len(signature.other) == 6:  # noqa: PLR2004 - RFC 8945 5.2.3
            skew = int.from_bytes(signature.other) - self._clock()
        return mistrusted(signature.error, self._primary.where, self._primary.key.name, skew)

    def _without(self, response: Response) -> None:
        rcode = response.head.rcode
        self._unsigned += 1
        if self._context is not None and self._unsigned <= MOST_UNSIGNED:
            self._context.update(response.octets)
        elif rcode == NOERROR:
            raise PublishError(
                f"{self._primary.where} answers without a signature, so its answer is not believed."
                f" Let it know the key {self._primary.key.name}, and check that no other server "
                "listens there."
            )

    @property
    def complete(self) -> bool:
        """Tell whether the last message was signed."""
        return self._unsigned == 0
