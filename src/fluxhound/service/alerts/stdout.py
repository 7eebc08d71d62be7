"""Alerts as lines on standard output: for containers, where that is the log."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import BinaryIO

from fluxhound.service.alerts.delivery import DeliveryError, Letter, written
from fluxhound.service.alerts.settings import StdoutSettings


class Stdout:
    """Writes one line for each alert."""

    batch = 100

    def __init__(self, settings: StdoutSettings, stream: BinaryIO | None = None) -> None:
        """Take the format, and a stream in place of standard output."""
        self._format = settings.format
        self._stream = stream

    def deliver(self, letters: Sequence[Letter], *, now: float) -> None:
        """Write the lines of *letters*.

        Raises:
            DeliveryError: nobody reads any more.
        """
        del now
        stream = sys.stdout.buffer if self._stream is None else self._stream
        try:
            stream.write(b"".join(written(letter, self._format) + b"\n" for letter in letters))
            stream.flush()
        except (OSError, ValueError) as error:  # ValueError: the stream is closed
            raise DeliveryError(f"standard output: {error}") from error

    def close(self) -> None:
        """Leave the stream: it is not ours."""
