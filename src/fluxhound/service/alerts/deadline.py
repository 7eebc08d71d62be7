"""An end for talks with servers that answer slowly, octet by octet."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def ended_after(seconds: float, current: Callable[[], socket.socket | None]) -> Iterator[None]:
    """Shut down the socket that *current* returns then, if the block takes longer.

    A time-out of a socket holds for one call only, and a server that sends one octet before each
    would hold us for ever. What reads or writes at that moment fails with ``OSError`` or finds the
    end of the stream.
    """

    def end() -> None:
        connection = current()
        if connection is not None:
            with contextlib.suppress(OSError):
                # The plain socket's own method: that of TLS would take the connection apart
                # under the thread that uses it.
                socket.socket.shutdown(connection, socket.SHUT_RDWR)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
