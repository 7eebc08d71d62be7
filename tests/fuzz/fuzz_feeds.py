"""Fuzz the readers of feeds, from bytes to indicators.

Run python tests/fuzz/fuzz_feeds.py -atheris_runs=100000.
"""

import sys

import atheris

with atheris.instrument_imports(include=["fluxhound.intel"]):
    from fluxhound.errors import FluxhoundError
    from fluxhound.intel.gathering import Gathering
    from fluxhound.intel.reading.form import FeedOptions
    from fluxhound.intel.reading.recognition import FORMS, recognise
    from fluxhound.sources.tally import Tally

import line_input  # type: ignore[import-not-found]  # stands beside this script


def one_input(octets: bytes) -> None:
    """Read one feed in the format that the first byte chooses, or that its content tells."""
    if not octets:
        return
    chosen, content = octets[0] % (len(FORMS) + 1), octets[1:]
    tally = Tally()
    gathering = Gathering(tally)
    try:
        form = FORMS[chosen] if chosen < len(FORMS) else recognise(content, "x")
        form.read(line_input.Lines(content), gathering, FeedOptions())
        table = gathering.table()
    except FluxhoundError:
        return
    table.validate(full=True)
    if table.num_rows != tally.observations:
        raise AssertionError(table.num_rows)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
