"""Telling resolvers at once that a zone has changed (NOTIFY, RFC 1996).

The primary tells them, too, but Knot does so a second after the change. A resolver that was told
asks the primary for the zone's serial, as it does for the primary's own NOTIFY; so nothing here is
believed, and a message that is lost costs that second and no more.
"""

from __future__ import annotations

import logging
import secrets
import select
import socket
import struct
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from fluxhound.errors import UsageError
from fluxhound.response.primary import Key
from fluxhound.response.setups.options import Consumer, Resolver
from fluxhound.response.signing import library_key, signed
from fluxhound.response.wire import HEADER, IN, SOA, DamagedError, header, name

log = logging.getLogger(__name__)

#: Operation NOTIFY, and the bit that says that we speak for the zone (RFC 1996 section 3.7).
NOTIFY = 4
_FLAGS = NOTIFY << 11 | 0x0400
_NUMBERS = 1 << 16
#: Seconds for all resolvers together to say that they heard. Chosen: on one site they answer in
#: milliseconds, and who does not hears of it from the primary.
PATIENCE_S = 0.25
#: Octets of an answer that are taken; it has a head, a question and a signature.
MOST_OCTETS = 1024
NOERROR = 0


def notification(number: int, zone: str) -> bytes:
    """Return the message that says that *zone* has changed."""
    return HEADER.pack(number, _FLAGS, 1, 0, 0, 0) + name(zone) + struct.pack("!HH", SOA, IN)


@dataclass(frozen=True, slots=True)
class _Told:
    socket: socket.socket
    resolver: Resolver
    numbers: set[int]


class Notifier:
    """Tells some resolvers; BIND wants to see the key, Unbound knows none."""

    def __init__(
        self,
        resolvers: Sequence[Resolver],
        key: Key,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Take who is to be told, and the key of the zones.

        Raises:
            UsageError: PowerDNS Recursor is among them, which takes no NOTIFY for policy zones.
        """
        if any(each.kind is Consumer.POWERDNS for each in resolvers):
            raise UsageError(
                "PowerDNS takes no NOTIFY for policy zones and asks every second "
                "instead. Leave it out."
            )
        self._resolvers = tuple(resolvers)
        self._key = key
        self._clock = clock
        self._refused: set[Resolver] = set()

    def tell(self, zones: Iterable[str]) -> int:
        """Say that *zones* have changed; return how many resolvers said that they heard."""
        names = sorted(zones)
        if not names or not self._resolvers:
            return 0
        with ExitStack() as stack:
            told = [self._told(stack, each, names) for each in self._resolvers]
            return self._heard({each.socket: each for each in told if each is not None})

    def _told(self, stack: ExitStack, to: Resolver, zones: Sequence[str]) -> _Told | None:
        family = socket.AF_INET6 if ":" in to.place.address else socket.AF_INET
        way = stack.enter_context(socket.socket(family, socket.SOCK_DGRAM))
        way.setblocking(False)
        numbers: set[int] = set()
        try:
            way.connect((to.place.address, to.place.port))
            for zone in zones:
                number = secrets.randbelow(_NUMBERS)
                way.send(self._message(number, zone, to))
                numbers.add(number)
        except OSError as error:
            log.info("%s could not be told at once (%s).", _place(to), error.strerror or error)
            return None
        return _Told(way, to, numbers)

    def _message(self, number: int, zone: str, to: Resolver) -> bytes:
        message = notification(number, zone)
        if to.kind is not Consumer.BIND:
            return message
        return signed(message, library_key(self._key), self._key.name, self._clock())[0]

    def _heard(self, waiting: dict[socket.socket, _Told]) -> int:
        """Wait for the answers, for a short time."""
        count = 0
        end = time.monotonic() + PATIENCE_S
        while waiting and (left := end - time.monotonic()) > 0:
            for way in select.select(list(waiting), [], [], left)[0]:
                told = waiting[way]
                if self._take(told) and not told.numbers:
                    count += 1
                if not told.numbers:
                    del waiting[way]
        return count

    def _take(self, told: _Told) -> bool:
        """Take one answer; tell whether the resolver accepts what it was told."""
        try:
            head = header(told.socket.recv(MOST_OCTETS))
        except (OSError, DamagedError):  # nobody listens there, or it is no answer
            told.numbers.clear()
            return False
        if head.id not in told.numbers or not head.response:
            return False  # from somebody else: the real one may still come
        told.numbers.discard(head.id)
        if head.rcode != NOERROR and told.resolver not in self._refused:
            self._refused.add(told.resolver)
            log.warning(
                "%s does not take our NOTIFY (code %d): let it allow this machine's address, as "
                "docs/publishing.md shows. Until then it hears of changes from the primary.",
                _place(told.resolver),
                head.rcode,
            )
        return head.rcode == NOERROR


def _place(resolver: Resolver) -> str:
    return f"{resolver.kind.value} at {resolver.place.address} port {resolver.place.port}"
