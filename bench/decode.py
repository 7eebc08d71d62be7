"""Decode what a resolver's dnstap sends: how many responses in a second, on one core.

    python bench/decode.py --frames 600000

Fluxhound is measured twice: from received octets to observation batches, and with the compaction
to history rows. dnspython decodes a part of the same messages in the same run, for the ratio. Every
way runs once in each round; the medians are shown, in seconds of the processor.

The mix: 30,000 responses a second for 5,000 clients, popularity Zipf with exponent 0.95 over 20,000
names. Four of five are answers to clients (CLIENT_RESPONSE) out of a cache whose TTLs count down;
the fifth is what the resolver got (RESOLVER_RESPONSE), with name servers and glue in three of ten.
Three quarters hold addresses, 40 % of these after one or two CNAMEs; one in ten says that there is
no such name, the others are of other types or empty. All have EDNS; half are of 55 to 100 octets,
nine of ten below 220.
"""

# ruff: noqa: PLR2004, S311 - the numbers are the shares that the docstring tells; chance is seeded

from __future__ import annotations

import argparse
import gc
import random
import statistics
import struct
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import dns.message
import dnstap_pb
import pyarrow as pa

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # as a script, bench is no package

from fluxhound.history.compaction import Compactor
from fluxhound.history.store import Store
from fluxhound.sources.dnstap import CONTENT_TYPE
from fluxhound.sources.framestream import START as BEGIN
from fluxhound.sources.handshake import Conversation, control_frame
from fluxhound.sources.live import Portion
from fluxhound.sources.repeats import Repeats
from fluxhound.sources.sides import Sides
from fluxhound.sources.tapframes import TapFrames

START = 1_795_046_400  # 2026-11-19 00:00 UTC
RATE = 30_000  # responses a second, by the clock of the messages
NAMES, CLIENTS = 20_000, 5_000
ZIPF = 0.95
#: Octets handed over at once, as a busy socket has them.
CHUNK = 256 << 10
#: Observations compacted together: what a busy half second brings.
TOGETHER = 50_000
#: dnspython is slow: it gets one message in so many.
SPARSE = 30

A, NS, CNAME, SOA, TXT, AAAA = 1, 2, 5, 6, 16, 28
OPT = b"\0" + struct.pack("!HHIH", 41, 1232, 0, 0)


@dataclass(frozen=True, slots=True)
class Named:
    """One name of the made-up world, and what is answered for it."""

    question: bytes  # name, type, class
    kind: int
    rcode: int
    chain: tuple[bytes, ...]
    addresses: tuple[bytes, ...]
    servers: int
    ttl: int


def label(chance: random.Random, low: int, high: int) -> bytes:
    """Return one label with its length."""
    text = bytes(
        chance.choices(b"abcdefghijklmnopqrstuvwxyz0123456789", k=chance.randint(low, high))
    )
    return bytes([len(text)]) + text


def named(chance: random.Random) -> Named:
    """Return a made-up name."""
    suffix = chance.choice([b"\3com\0", b"\3net\0", b"\3org\0", b"\2de\0"])
    host = b"\3www" if chance.random() < 0.5 else label(chance, 2, 12)
    kind = AAAA if chance.random() < 0.35 else A
    rcode = 0
    addresses: tuple[bytes, ...] = ()
    chain: tuple[bytes, ...] = ()
    draw = chance.random()
    if draw < 0.75:
        size = 4 if kind == A else 16
        addresses = tuple(
            chance.randbytes(size) for _ in range(chance.choice([1, 1, 1, 2, 2, 4, 6]))
        )
        if chance.random() < 0.4:
            chain = tuple(
                label(chance, 5, 14) + label(chance, 6, 12) + b"\3net\0"
                for _ in range(chance.choice([1, 1, 2]))
            )
    elif draw < 0.85:
        rcode = 3
    elif draw < 0.91:
        kind = TXT
    name = host + label(chance, 4, 14) + suffix
    return Named(
        name + struct.pack("!HH", kind, 1),
        kind,
        rcode,
        chain,
        addresses,
        2 if chance.random() < 0.3 else 0,
        chance.choice([20, 60, 60, 300, 300, 3600, 86_400]),
    )


def record(owner: bytes, kind: int, ttl: int, rdata: bytes) -> bytes:
    """Return one record."""
    return owner + struct.pack("!HHIH", kind, 1, ttl, len(rdata)) + rdata


def message(ident: int, about: Named, ttl: int, *, above: bool) -> bytes:
    """Return a response to a client, or (*above*) to a resolver."""
    body, at, count = [about.question], 0xC00C, 0
    where = 12 + len(about.question)
    for target in about.chain:
        body.append(record(struct.pack("!H", at), CNAME, ttl, target))
        at = 0xC000 | (where + 12)
        where += 12 + len(target)
        count += 1
    answers = [record(struct.pack("!H", at), about.kind, ttl, each) for each in about.addresses]
    if about.kind == TXT and not about.rcode:
        answers = [record(b"\xc0\x0c", TXT, ttl, b"\x1dv=spf1 include:_spf.test -all")]
    authority, additional = [], []
    if not answers:
        soa = b"\2ns\xc0\x0c\4root\xc0\x0c" + struct.pack("!5I", 1, 2, 3, 4, 5)
        authority = [record(b"\xc0\x0c", SOA, min(ttl, 900), soa)]
    elif above:
        zone = 0xC00C + 1 + about.question[0]
        for number in range(about.servers):
            host = b"\3ns%d" % number + struct.pack("!H", zone)
            authority.append(record(struct.pack("!H", zone), NS, 86_400, host))
            glue = bytes([192, 0, 2, number])
            additional.append(record(b"\3ns%d" % number + struct.pack("!H", zone), A, 86_400, glue))
    flags = (0x8400 if above else 0x8180) | about.rcode
    counts = (1, count + len(answers), len(authority), len(additional) + 1)
    head = struct.pack("!6H", ident, flags, *counts)
    return b"".join([head, *body, *answers, *authority, *additional, OPT])


def make_frames(count: int, *, seed: int = 1, names: int = NAMES) -> list[bytes]:
    """Return *count* data frames of the mix, without their lengths."""
    chance = random.Random(seed)
    world = [named(chance) for _ in range(names)]
    weights = list(accumulate((rank + 1) ** -ZIPF for rank in range(names)))
    found = []
    for number, about in enumerate(chance.choices(world, cum_weights=weights, k=count)):
        now = number / RATE
        above = chance.random() < 0.2
        ttl = about.ttl if above else about.ttl - int(now) % about.ttl
        fields = {
            "type": dnstap_pb.Message.RESOLVER_RESPONSE
            if above
            else dnstap_pb.Message.CLIENT_RESPONSE,
            "socket_family": 1,
            "socket_protocol": 1,
            "query_address": bytes(4)
            if above
            else struct.pack("!I", 0x0A000000 + chance.randrange(CLIENTS)),
            "response_address": b"\x7f\0\0\1",
            "query_port": chance.randrange(1024, 65536),
            "response_port": 53,
            "query_time_sec": START + int(now),
            "query_time_nsec": int(now % 1 * 1e9),
            "response_time_sec": START + int(now),
            "response_time_nsec": int(now % 1 * 1e9),
            "response_message": message(chance.randrange(65536), about, ttl, above=above),
        }
        frame = dnstap_pb.Dnstap(
            type=1,
            identity=b"resolver-1",
            version=b"unbound 1.17.1",
            message=dnstap_pb.Message(**fields),
        )
        found.append(bytes(frame.SerializeToString()))
    return found


@dataclass(frozen=True, slots=True)
class Work:
    """What all ways are given."""

    frames: list[bytes]
    octets: bytes  # the same as they come over a socket


def work(frames: list[bytes]) -> Work:
    """Return frames as all ways need them."""
    sized = b"".join(struct.pack("!I", len(each)) + each for each in frames)
    return Work(frames, control_frame(BEGIN, CONTENT_TYPE) + sized)


def portions(given: Work, *, both: bool) -> list[Portion]:
    """Decode everything; *both* takes what clients got for who asked, else it is history too."""
    sides = Sides()
    sides.decide(b"resolver-1", both=both)
    taps = TapFrames(number=1, sensor="resolver-1", sides=sides, repeats=Repeats(), now=0.0)
    conversation = Conversation(CONTENT_TYPE)
    found: list[Portion] = []
    for at in range(0, len(given.octets), CHUNK):
        frames, _ = conversation.receive(given.octets[at : at + CHUNK])
        taps.add(frames, 0.0)
        if taps.due(0.0):
            found += taps.take(0.0)
    found += taps.take(0.0, last=True)
    return found


def decode(given: Work) -> int:
    """Decode and return the records; this server logs its clients alone."""
    return sum(portion.tally.records for portion in portions(given, both=False))


def decode_sides(given: Work) -> int:
    """Decode and return the records; this server logs both sides."""
    return sum(portion.tally.records for portion in portions(given, both=True))


def decode_and_compact(given: Work) -> int:
    """Decode, compact, and return the records."""
    found = portions(given, both=False)
    store = Store(threads=1)
    waiting: list[pa.RecordBatch] = []
    for portion in found:
        waiting += portion.batches
        if sum(batch.num_rows for batch in waiting) >= TOGETHER:
            compact(store, waiting)
            waiting = []
    compact(store, waiting)
    store.close()
    return sum(portion.tally.records for portion in found)


def compact(store: Store, batches: Sequence[pa.RecordBatch]) -> None:
    """Add history rows."""
    with store.transaction():
        compactor = Compactor(store.connection)
        for batch in batches:
            compactor.take(batch)
        compactor.finish()


def dnspython(given: Work) -> int:
    """Decode a part with dnspython."""
    part = given.frames[::SPARSE]
    for octets in part:
        message = dnstap_pb.Dnstap.FromString(octets).message.response_message
        dns.message.from_wire(message, keyring=False)
    return len(part)


WAYS: dict[str, Callable[[Work], int]] = {
    "dnspython": dnspython,
    "decode": decode,
    "decode, clients only asked": decode_sides,
    "decode and compact": decode_and_compact,
}


def measure(given: Work, rounds: int) -> dict[str, list[float]]:
    """Return responses per second of every way, a figure for each round."""
    rates: dict[str, list[float]] = {name: [] for name in WAYS}
    gc.collect()
    gc.freeze()  # the frames are not part of the service
    for _ in range(rounds):
        for name, way in WAYS.items():
            start = time.process_time()
            count = way(given)
            rates[name].append(count / (time.process_time() - start))
    return rates


def table(rates: dict[str, list[float]]) -> str:
    """Return the figures as a Markdown table."""
    base = statistics.median(rates["dnspython"])
    lines = ["| way | responses/s | lowest to highest | to dnspython |", "|---|---:|---:|---:|"]
    for name, each in rates.items():
        middle = statistics.median(each)
        span = f"{min(each):,.0f} to {max(each):,.0f}"
        lines.append(f"| {name} | {middle:,.0f} | {span} | {middle / base:.1f} |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the frames, run every way, and print the table."""
    parser = argparse.ArgumentParser(description="Decode dnstap frames, alone on one core.")
    parser.add_argument("--frames", type=int, default=600_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args(arguments)
    pa.set_cpu_count(1)
    made = make_frames(given.frames)
    sizes = sorted(
        len(dnstap_pb.Dnstap.FromString(each).message.response_message) for each in made[:20_000]
    )
    print(
        f"{given.frames:,} frames, {given.rounds} rounds; messages of {sizes[0]} to {sizes[-1]} "
        f"octets, median {sizes[len(sizes) // 2]}, "
        f"nine of ten below {sizes[len(sizes) * 9 // 10]}\n"
    )
    print(table(measure(work(made), given.rounds)))


if __name__ == "__main__":
    main()
