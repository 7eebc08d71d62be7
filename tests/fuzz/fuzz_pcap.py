"""Fuzz the capture reader, from file to rows.

Run python tests/fuzz/fuzz_pcap.py -atheris_runs=200000.
"""

import sys
from collections.abc import Iterator

import atheris

with atheris.instrument_imports(include=["fluxhound.sources"]):
    from fluxhound.errors import FluxhoundError
    from fluxhound.sources import pcap as reader
    from fluxhound.sources.format import ReadOptions
    from fluxhound.sources.tally import Tally


class Blocks:
    """The octets in blocks; the real stream's thread would only slow the fuzzer down."""

    name = "x"

    def __init__(self, octets: bytes) -> None:
        self.octets = octets

    def blocks(self) -> Iterator[bytes]:
        """Yield blocks that cut everything in two."""
        for at in range(0, len(self.octets), 37):
            yield self.octets[at : at + 37]


def one_input(octets: bytes) -> None:
    reader.FORMAT.matches(octets)
    tally, rows = Tally(), 0
    try:
        for batch in reader.read(Blocks(octets), tally, ReadOptions()):  # type: ignore[arg-type]
            rows += batch.num_rows
    except FluxhoundError:
        pass
    if rows != tally.observations:
        raise AssertionError(rows)
    accounted = sum(tally.passed_over.values()) + sum(tally.bad.values())
    if not accounted <= tally.records <= accounted + rows:
        raise AssertionError(tally)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
