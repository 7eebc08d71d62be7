"""Listening: on a socket in the file system, or on a TCP port."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import socket
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fluxhound.errors import ConfigurationError, UnreadableInputError
from fluxhound.sources.tally import printable

#: Connections that wait to be accepted. Chosen, not measured.
BACKLOG = 64
#: Octets that the kernel may hold of a TCP connection. Chosen, not measured.
RECEIVED = 4 << 20
HIGHEST_PORT = 0xFFFF
_PORT = re.compile("[0-9]{1,5}")
#: What may be wrong with an address that comes right by itself: another program has it, or the
#: interface is not up yet.
_HEALING = {errno.EADDRINUSE, errno.EADDRNOTAVAIL}
#: Seconds for the question whether somebody listens on a socket that is there.
_ASK_S = 1.0


class InUseError(Exception):
    """The address cannot be had now: the text says why in one sentence."""


@dataclass(frozen=True, slots=True)
class UnixAddress:
    """A socket in the file system."""

    path: Path
    #: Who may connect: by default the owner and the group.
    mode: int = 0o660

    def __str__(self) -> str:
        """Return the address as it is configured."""
        return f"unix:{self.path}"


@dataclass(frozen=True, slots=True)
class TcpAddress:
    """A TCP port."""

    host: str
    port: int

    def __str__(self) -> str:
        """Return the address as it is configured."""
        return (
            f"tcp://[{self.host}]:{self.port}"
            if ":" in self.host
            else (f"tcp://{self.host}:{self.port}")
        )


Address = UnixAddress | TcpAddress


def address_of(text: str) -> Address:
    """Return the address that ``unix:/PATH`` or ``tcp://HOST:PORT`` names.

    Raises:
        ConfigurationError: it names none.
    """
    kind, _, rest = text.partition(":")
    if kind == "unix" and rest and "\0" not in rest:
        return UnixAddress(Path(rest.removeprefix("//")))
    host, _, port = rest.removeprefix("//").rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    if kind == "tcp" and bare and _PORT.fullmatch(port) and int(port) <= HIGHEST_PORT:
        return TcpAddress(bare, int(port))
    raise ConfigurationError(
        f"{printable(text)}: this is no address to listen on. "
        "Write unix:/run/fluxhound/dnstap.sock or tcp://127.0.0.1:6000."
    )


@contextlib.contextmanager
def listening(address: Address) -> Iterator[socket.socket]:
    """Listen on *address* within; a socket in the file system is removed afterwards.

    Raises:
        InUseError: the address may be had later.
        UnreadableInputError: a person must mend something.
    """
    try:
        server = _unix(address) if isinstance(address, UnixAddress) else _tcp(address)
    except OSError as error:
        reason = error.strerror or str(error)
        if error.errno in _HEALING:
            raise InUseError(f"{address}: {reason}") from error
        raise UnreadableInputError(
            f"{address}: cannot listen here ({reason}). Check that the folder exists and may be "
            "written, or that the address is one of this machine."
        ) from error
    mine = _identity(address)
    try:
        yield server
    finally:
        server.close()
        if isinstance(address, UnixAddress) and mine and _identity(address) == mine:
            address.path.unlink(missing_ok=True)


def _tcp(address: TcpAddress) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    server = socket.socket(family, socket.SOCK_STREAM)
    try:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVED)
        server.bind((address.host, address.port))
        server.listen(BACKLOG)
    except BaseException:
        server.close()
        raise
    return server


def _unix(address: UnixAddress) -> socket.socket:
    _clear(address)
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        server.bind(str(address.path))
        address.path.chmod(address.mode)  # before it listens, so that nobody comes in between
        server.listen(BACKLOG)
    except BaseException:
        server.close()
        raise
    return server


def _clear(address: UnixAddress) -> None:
    """Remove a socket that nobody listens on; leave everything else."""
    try:
        kind = address.path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(kind):
        raise UnreadableInputError(
            f"{address}: there is a file that is no socket. Remove it, or name another path."
        )
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        caller.settimeout(_ASK_S)
        try:
            caller.connect(str(address.path))
        except ConnectionRefusedError:
            address.path.unlink(missing_ok=True)
            return
    raise InUseError(f"{address}: another program listens here")


def _identity(address: Address) -> tuple[int, int] | None:
    """Return what tells a socket in the file system from another at the same path."""
    if isinstance(address, TcpAddress):
        return None
    with contextlib.suppress(OSError):
        found = os.lstat(address.path)
        return found.st_dev, found.st_ino
    return None
