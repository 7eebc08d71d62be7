"""What the fuzzers of line-based readers share: an input in memory, and what must hold of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import atheris

from fluxhound.errors import FluxhoundError
from fluxhound.sources.engine import Engine
from fluxhound.sources.format import Format, ReadOptions
from fluxhound.sources.tally import Tally


class Lines:
    """The octets as one input; the real stream's thread would only slow the fuzzer down."""

    name = "x"
    path = None
    compression = ""

    def __init__(self, octets: bytes) -> None:
        self.octets = octets
        self.head = octets

    def blocks(self) -> Iterator[bytes]:
        """Yield everything in two blocks."""
        middle = len(self.octets) // 2
        yield from (part for part in (self.octets[:middle], self.octets[middle:]) if part)

    def lines(self, tally: Tally) -> Iterator[bytes]:
        """Yield the first line, then the rest."""
        del tally
        first, newline, rest = self.octets.partition(b"\n")
        yield from (part for part in (first + newline, rest) if part)


def fuzz(form: Format) -> None:
    """Fuzz one reader until the fuzzer's own limits end it."""

    def one_input(octets: bytes) -> None:
        form.matches(octets)
        tally, rows = Tally(), 0
        try:
            for batch in form.read(Lines(octets), tally, ReadOptions()):  # type: ignore[arg-type]
                batch.validate(full=True)
                rows += batch.num_rows
        except FluxhoundError:
            pass
        if rows != tally.observations:
            raise AssertionError(rows)

    # Small inputs only wait for the other threads.
    Engine.here().select("SELECT 1")
    Engine.here()._cursor.execute("SET threads = 1")
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
