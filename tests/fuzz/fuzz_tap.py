"""Fuzz the live dnstap input, from received octets to portions.

Run python tests/fuzz/fuzz_tap.py -atheris_runs=200000.
"""

import sys

import atheris

with atheris.instrument_imports(include=["fluxhound.sources"]):
    from fluxhound.sources.dnstap import CONTENT_TYPE
    from fluxhound.sources.frames import FrameError
    from fluxhound.sources.framestream import START
    from fluxhound.sources.handshake import Conversation, control_frame
    from fluxhound.sources.repeats import Repeats
    from fluxhound.sources.sides import Sides
    from fluxhound.sources.tapframes import TapFrames

BEGIN = control_frame(START, CONTENT_TYPE)


def one_input(octets: bytes) -> None:
    """Hear the octets in pieces; the first octet tells their size and how to begin."""
    if not octets:
        return
    size, begun = 1 + octets[0] % 61, octets[0] > 127
    conversation = Conversation(CONTENT_TYPE)
    taps = TapFrames(number=1, sensor=None, sides=Sides(), repeats=Repeats(), now=0.0)
    heard = 0
    stream = (BEGIN if begun else b"") + octets[1:]
    try:
        for at in range(0, len(stream), size):
            frames, _ = conversation.receive(stream[at : at + size])
            heard += len(frames)
            taps.add(frames, 0.0)
    except FrameError as error:
        heard += len(error.rest)
        taps.add(error.rest, 0.0)
    records = rows = accounted = 0
    for portion in taps.take(1.0, last=True):
        tally = portion.tally
        records += tally.records
        accounted += tally.bad.total() + tally.passed_over.total()
        rows += sum(batch.num_rows for batch in portion.batches)
    if records != heard:
        raise AssertionError(records, heard)
    if not accounted <= records <= accounted + rows:
        raise AssertionError(accounted, records, rows)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
