"""The dnstap input in an interpreter of its own: started by the service, never by a person.

It receives, cuts and decodes, and hands portions over; so judging never keeps a socket waiting,
and both have a processor each. It ends when it is told to, or when the service is gone.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from typing import Any

import orjson

from fluxhound.sources import crossing
from fluxhound.sources.crossing import EASED, PRESSED, STOP, Sender
from fluxhound.sources.live import Health, Portion
from fluxhound.sources.sockets import address_of
from fluxhound.sources.tap import DnstapInput

#: Seconds after which a thread that decodes must let the one that receives have the interpreter,
#: instead of the usual 5 ms: between two pieces the kernel holds some 270 messages of a Unix
#: socket, 9 ms of 30,000 a second. Chosen; what it alone changes was not measured.
SWITCH_S = 0.0005
#: Seconds after which it is looked whether the state is another. Chosen, not measured.
LOOK_S = 0.1
#: Exit status when the service is gone.
ORPHANED = 1


class Handing:
    """The outlet of the receiver: the service's end of the channel is where portions go."""

    def __init__(self, sender: Sender, health: Health) -> None:
        """Send portions, and with each how the input is."""
        self.pressed = False
        self._sender = sender
        self._health = health

    def put(self, portion: Portion) -> None:
        """Hand a portion over; waits while the service is behind.

        Raises:
            OSError: the service is gone.
        """
        self._sender.send(crossing.PORTION, crossing.packed(portion, self._health))


class Telling(logging.Handler):
    """Sends log lines to the service, which has the log."""

    def __init__(self, sender: Sender) -> None:
        super().__init__()
        self._sender = sender

    def emit(self, record: logging.LogRecord) -> None:
        """Send one line with its level and the name of its logger."""
        line = {"level": record.levelno, "logger": record.name, "text": record.getMessage()}
        with contextlib.suppress(OSError):
            self._sender.send(crossing.LOG, orjson.dumps(line))


def serve(
    given: dict[str, Any],
    server: socket.socket,
    channel: socket.socket,
    leave: Callable[[int], object] = os._exit,
) -> None:
    """Take connections of *server* until the other end of *channel* says to stop.

    When that end is gone, this calls *leave* at once, whatever the threads are doing.
    """
    one = DnstapInput(
        name=given["name"],
        address=address_of(given["address"]),
        sensor=given["sensor"],
        connections=given["connections"],
        silent_after=given["silent_after"],
        room=given["room"],
    )
    sender = Sender(channel)
    logging.getLogger("fluxhound").addHandler(Telling(sender))
    outlet, stop = Handing(sender, one.health), threading.Event()
    threading.Thread(target=_obey, args=(channel, outlet, stop, leave), daemon=True).start()
    threading.Thread(target=_tell, args=(sender, one.health), daemon=True).start()
    one.take(server, outlet, stop)
    with contextlib.suppress(OSError):
        sender.send(crossing.END)


def _obey(
    channel: socket.socket,
    outlet: Handing,
    stop: threading.Event,
    leave: Callable[[int], object],
) -> None:
    """Do what the service says; end when it is gone, with all that was not handed over."""
    while True:
        try:
            said = channel.recv(1)
        except OSError:
            said = b""
        if not said:
            leave(ORPHANED)
            stop.set()
            return
        if said == STOP:
            stop.set()
        elif said in (PRESSED, EASED):
            outlet.pressed = said == PRESSED


def _tell(sender: Sender, health: Health) -> None:
    """Send the state whenever it is another."""
    told, pause = None, threading.Event()
    while True:
        now = (health.state, health.error, health.connections)
        if now != told:
            told = now
            try:
                sender.send(crossing.HEALTH, crossing.health_text(health))
            except OSError:
                return
        pause.wait(LOOK_S)


def main() -> None:
    """Run what the first argument describes, on descriptors that were handed down."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the service is told, and tells us
    given = orjson.loads(sys.argv[1])
    sys.setswitchinterval(SWITCH_S)
    logging.getLogger("fluxhound").setLevel(given["level"])
    with (
        socket.socket(fileno=given["server"]) as server,
        socket.socket(fileno=given["channel"]) as channel,
    ):
        serve(given, server, channel)


if __name__ == "__main__":
    main()
