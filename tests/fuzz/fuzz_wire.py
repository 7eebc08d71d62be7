"""Fuzz the DNS message parser.

Run python tests/fuzz/fuzz_wire.py -atheris_runs=200000.
"""

import sys

import atheris

with atheris.instrument_imports(include=["fluxhound.sources"]):
    from fluxhound.sources import rrsets, wire
    from fluxhound.sources.responses import vantage


def one_input(octets: bytes) -> None:
    message = wire.parse(octets)
    if isinstance(message, str):
        return
    vantage(octets, "asker", "responder")
    for section, owner, _, ttl, rdata in message.records:
        if section not in (wire.ANSWER, wire.AUTHORITY, wire.ADDITIONAL):
            raise AssertionError(section)
        if not 0 <= ttl <= wire.TTL_LIMIT:
            raise AssertionError(ttl)
        if "," in owner + rdata or not (owner + rdata).isascii() or len(owner) > 1024:
            raise AssertionError(owner)
    found = rrsets.rows(message)
    if not isinstance(found, str):
        for name, kind, answers, _ in found:
            if not name or not answers or kind not in ("A", "AAAA", "NS"):
                raise AssertionError(name)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
