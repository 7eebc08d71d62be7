"""Fuzz what a client says first: TLS ClientHello and HTTP head, up to the line of the log.

Run python tests/fuzz/fuzz_clienthello.py -atheris_runs=100000.
"""

import sys

import atheris

with atheris.instrument_imports(include=["fluxhound.response.sinkhole"]):
    from fluxhound.response.sinkhole.hello import read_hello
    from fluxhound.response.sinkhole.protocols import Protocol, recognise
    from fluxhound.response.sinkhole.request import has_head, read_request
    from fluxhound.response.sinkhole.visit import Visit
    from fluxhound.response.sinkhole.visitlog import LONGEST_LINE, line


def one_input(octets: bytes) -> None:
    protocol = recognise(octets)
    reading = read_hello(octets)
    if reading.hello is None:  # as if it stood in a record and a message that are whole
        size = len(octets).to_bytes(3, "big")
        record = (len(octets) + 4).to_bytes(2, "big")
        reading = read_hello(b"\x16\x03\x01" + record + b"\x01" + size + octets)
    request = read_request(octets)
    has_head(octets)
    visit = Visit(
        time=1.8e9,
        client="192.0.2.7",
        client_port=1,
        address="192.0.2.1",
        port=80,
        protocol=protocol or Protocol.OTHER,
        hello=reading.hello,
        request=request,
        first=octets,
    )
    written = line(visit)
    if len(written) > LONGEST_LINE or not written[:-1].decode("ascii").isprintable():
        raise AssertionError(written)
    if protocol is not None and recognise(octets + b"\n") is not protocol:
        raise AssertionError(octets)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
