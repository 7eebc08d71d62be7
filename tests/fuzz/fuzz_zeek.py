"""Fuzz the reader zeek, from bytes to rows.

Run python tests/fuzz/fuzz_zeek.py -atheris_runs=100000.
"""

import sys
from collections.abc import Iterator

import atheris
import pyarrow as pa

with atheris.instrument_imports(include=["fluxhound.sources"]):
    from fluxhound.errors import FluxhoundError
    from fluxhound.records import KEPT_COLUMN
    from fluxhound.sources import zeek as reader
    from fluxhound.sources.format import ReadOptions
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


def one_input(octets: bytes) -> None:
    reader.FORMAT.matches(octets)
    tally, rows = Tally(), 0
    try:
        for batch in reader.read(Lines(octets), tally, ReadOptions()):  # type: ignore[arg-type]
            batch.validate(full=True)
            marked = KEPT_COLUMN in batch.schema.names
            rows += batch.column(KEPT_COLUMN).true_count if marked else batch.num_rows
    except FluxhoundError:
        pass
    if rows != tally.observations:
        raise AssertionError(rows)


if __name__ == "__main__":
    pa.set_cpu_count(1)  # small inputs only wait for the other threads
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
