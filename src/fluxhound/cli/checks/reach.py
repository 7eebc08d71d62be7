"""Whether something answers at an address: connections only, short, with nothing asked for."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

#: Seconds that a server may take to answer. Chosen, not measured.
WAIT_S = 3.0


def unreachable(
    host: str, port: int, *, tls: bool = False, ca_file: Path | None = None
) -> str | None:
    """Connect and leave; return why it was not possible, or ``None``."""
    try:
        with socket.create_connection((host, port), timeout=WAIT_S) as connection:
            if tls:
                context = ssl.create_default_context(cafile=ca_file)
                with context.wrap_socket(connection, server_hostname=host):
                    pass
    except (OSError, ssl.SSLError, UnicodeError) as error:
        return reason(error)
    return None


def said(host: str, port: int, question: bytes, *, most: int = 512) -> bytes:
    """Return the first octets that a server says, after *question* if there is one; b"" if none."""
    try:
        with socket.create_connection((host, port), timeout=WAIT_S) as connection:
            connection.sendall(question)
            return connection.recv(most)
    except (OSError, UnicodeError):
        return b""


def answers_at(path: Path) -> bool:
    """Tell whether something listens on a socket in the file system."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(WAIT_S)
        try:
            connection.connect(str(path))
        except OSError:
            return False
    return True


def reason(error: Exception) -> str:
    """Return an error of the network in some words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not valid: {error.verify_message}"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
