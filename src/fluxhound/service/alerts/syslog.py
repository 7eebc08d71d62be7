"""Alerts to a syslog server: RFC 5424 over UDP (5426), TCP (6587) and TLS (5425)."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import ssl
import struct
import sys
import termios
import time
from collections.abc import Sequence

from fluxhound.errors import ConfigurationError
from fluxhound.service.alerts.deadline import ended_after
from fluxhound.service.alerts.delivery import DeliveryError, Letter, written
from fluxhound.service.alerts.settings import SyslogSettings
from fluxhound.service.alerts.syslogline import syslog_head

#: Octets of one message. Every receiver should take 2,048 over UDP (RFC 5426 section 3.2) and 8,192
#: over TLS (RFC 5425 section 4.3.1); the same is kept to over TCP.
LIMITS = {"udp": 2048, "tcp": 8192, "tls": 8192}
FACILITIES = range(24)  # RFC 5424 table 1
#: The first and the longest pause while waiting for the peer's acknowledgement, in seconds.
FIRST_LOOK_S, LONGEST_LOOK_S = 0.0005, 0.05


class Syslog:
    """Keeps one connection, makes a new one where the old is gone, and waits until all arrived."""

    batch = 50

    def __init__(self, settings: SyslogSettings) -> None:
        """Take the settings; nothing is connected to yet.

        Raises:
            ConfigurationError: the transport or the facility does not exist.
        """
        transport = settings.endpoint.transport
        if transport not in LIMITS or settings.facility not in FACILITIES:
            raise ConfigurationError(
                f"{settings.name}: syslog goes to udp://, tcp:// or tls://, with a facility of 0 "
                "to 23."
            )
        self._settings = settings
        self._limit = settings.limit or LIMITS[transport]
        self._context = _context(settings) if transport == "tls" else None
        self._socket: socket.socket | None = None
        self._host, self._process = socket.gethostname(), str(os.getpid())

    def deliver(self, letters: Sequence[Letter], *, now: float) -> None:
        """Send *letters*; over TCP and TLS, wait until the peer's kernel has them all.

        Raises:
            DeliveryError: no connection, or it broke: all are to be sent again.
        """
        del now
        messages = [self._message(letter) for letter in letters]
        try:
            with ended_after(4 * self._settings.timeout_s, lambda: self._socket):
                self._send(messages)
        except (
            OSError,
            ValueError,
        ) as error:  # TLS and time-outs are the first, odd names the other
            self.close()
            raise DeliveryError(f"{self._where()}: {error}") from error

    def close(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.close()
            self._socket = None

    def _where(self) -> str:
        end = self._settings.endpoint
        return f"syslog {end.transport}://{end.host}:{end.port}"

    def _message(self, letter: Letter) -> bytes:
        head = syslog_head(
            letter,
            facility=self._settings.facility,
            host=self._host,
            process=self._process,
            structured=self._settings.structured,
        )
        return head + written(letter, self._settings.format, self._limit - len(head))

    def _send(self, messages: Sequence[bytes]) -> None:
        if self._settings.endpoint.transport == "udp":
            connection = self._connected()
            for message in messages:
                connection.send(message)
            return
        if self._socket is not None and not _alive(self._socket):
            self.close()
        connection = self._connected()
        for message in messages:
            connection.sendall(b"%d %s" % (len(message), message))  # octet counting
        self._await_arrival(connection)

    def _connected(self) -> socket.socket:
        if self._socket is None:
            end, wait = self._settings.endpoint, self._settings.timeout_s
            if end.transport == "udp":
                self._socket = _udp(end.host, end.port)
            else:
                self._socket = socket.create_connection((end.host, end.port), timeout=wait)
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            if self._context is not None:
                self._socket = self._context.wrap_socket(self._socket, server_hostname=end.host)
        return self._socket

    def _await_arrival(self, connection: socket.socket) -> None:
        """Wait until the peer acknowledged all octets: syslog itself has no acknowledgement."""
        until = time.monotonic() + self._settings.timeout_s
        pause = FIRST_LOOK_S
        while waiting := _unacknowledged(connection):
            if time.monotonic() > until:
                raise TimeoutError(f"the peer did not acknowledge {waiting} octets")
            if not _alive(connection):
                break
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_LOOK_S)
        if not _alive(connection):
            raise ConnectionError("the peer closed the connection while it was sent alerts")


def _context(settings: SyslogSettings) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=settings.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(
            f"{settings.name}: {settings.ca_file} is not usable as certificates of authorities "
            f"({error}). Name a PEM file."
        ) from error


def _udp(host: str, port: int) -> socket.socket:
    """Return a connected socket: so that a port that is closed is told by the next send."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
    connection = socket.socket(family, kind, protocol)
    try:
        connection.connect(address)
    except OSError:
        connection.close()
        raise
    return connection


def _alive(connection: socket.socket) -> bool:
    """Tell whether the peer still listens; what it says is thrown away (servers say nothing)."""
    before = connection.gettimeout()
    connection.settimeout(0)
    try:
        return bool(connection.recv(4096))
    except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
        return True
    except OSError:
        return False
    finally:
        connection.settimeout(before)


def _unacknowledged(connection: socket.socket) -> int:
    """Return the octets that the peer's kernel did not acknowledge (Linux: SIOCOUTQ)."""
    if not sys.platform.startswith("linux"):
        return 0
    answer = fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, struct.pack("i", 0))
    return int(struct.unpack("i", answer)[0])
