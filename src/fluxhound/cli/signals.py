"""What the signals mean to a command that runs until it is told to end."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Told:
    """Which signals told the command to end."""

    def __init__(self) -> None:
        self.interrupted = False
        self.ended = False


@contextmanager
def told_by_signals(stop: Callable[[], None], reload: Callable[[], None]) -> Iterator[Told]:
    """Call *stop* on SIGTERM and Ctrl-C, and *reload* on SIGHUP, while in the context.

    A second Ctrl-C ends at once, for whoever has no time for a clean end.
    """
    told = Told()

    def end(number: int, _: object) -> None:
        if number == signal.SIGINT and told.interrupted:
            raise KeyboardInterrupt
        told.interrupted = told.interrupted or number == signal.SIGINT
        told.ended = True
        stop()

    def again(_: int, __: object) -> None:
        reload()

    handlers = {signal.SIGTERM: end, signal.SIGINT: end, signal.SIGHUP: again}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
