"""DNS messages of many shapes, made by dnspython and then damaged, and both ways to read them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import dns.message
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.renderer
import numpy as np
from hypothesis import strategies as st

from fluxhound.sources import repeats
from fluxhound.sources.answersets import REASONS
from fluxhound.sources.labels import PAD, Ints
from fluxhound.sources.manymessages import ManyMessages
from fluxhound.sources.octets import Octets

NAMES = (
    "a.test.",
    "A.tEst.",
    "www.a.test.",
    "b.www.a.test.",
    "ns1.other.example.",
    "ns2.other.example.",
    "test.",
    ".",
    r"odd\.dot.a.test.",
    r"com\,ma.test.",
    r"\001.test.",
    f"{'x' * 46}.{'y' * 63}.test.",
    ".".join(["n"] * 36) + ".ip6.arpa.",
)
RDATA = (
    ("A", "192.0.2.1"),
    ("A", "203.0.113.255"),
    ("AAAA", "2001:db8::1"),
    ("AAAA", "::ffff:192.0.2.9"),
    ("NS", ""),
    ("CNAME", ""),
    ("TXT", '"v=spf1 -all"'),
    ("MX", "10 mail.a.test."),
    ("SOA", "a.test. root.a.test. 1 2 3 4 5"),
    ("HTTPS", "1 . alpn=h2 ipv4hint=192.0.2.7,192.0.2.8 ipv6hint=2001:db8::9"),
    ("HTTPS", "1 svc.a.test."),
    ("SVCB", "2 . port=53"),
)

names = st.sampled_from(NAMES[:3]) | st.sampled_from(NAMES)
records = st.tuples(
    names,
    st.sampled_from(RDATA[:6]) | st.sampled_from(RDATA),
    names,
    st.sampled_from((0, 60, 2**31)),
)


@st.composite
def plain(draw: st.DrawFn) -> bytes:
    """Return a message as servers send it."""
    name = draw(st.sampled_from(NAMES[:6]))
    chain = draw(st.lists(st.sampled_from(NAMES[2:6]), max_size=2, unique=True))
    chain = [each for each in chain if each != name]
    kind, *values = draw(
        st.sampled_from(
            [
                ("A", "192.0.2.1", "192.0.2.200"),
                ("AAAA", "2001:db8::1:0:0:2"),
                ("A",),
                ("NS", "ns.x."),
            ]
        )
    )
    owners = [name, *chain]
    answers = [
        (owner, ("CNAME", ""), target, 60) for owner, target in zip(owners, chain, strict=False)
    ]
    answers += [(owners[-1], (kind, value), value, 30) for value in values]
    servers = [("test.", ("NS", ""), ns, 9) for ns in NAMES[4:6]] if draw(st.booleans()) else []
    glue = [(each[2], ("A", "198.51.100.1"), ".", 9) for each in servers]
    flags = draw(st.sampled_from([0x8180, 0x8400, 0x8183, 0x8182, 0x8380]))
    return written(name, kind, flags, [answers, servers, glue], opt=draw(st.booleans()))


@st.composite
def strange(draw: st.DrawFn) -> bytes:
    """Return a message with any records, perhaps without compression, perhaps damaged."""
    sections = [draw(st.lists(records, max_size=size)) for size in (6, 3, 3)]
    flags = draw(st.sampled_from([0x8180, 0x8180, 0x8400, 0x0100, 0x8183, 0x8182, 0xA800, 0x8380]))
    kind = draw(st.sampled_from(["A", "AAAA", "TXT", "AXFR"]))
    octets = bytearray(
        written(
            draw(names), kind, flags, sections, opt=draw(st.booleans()), small=draw(st.booleans())
        )
    )
    for _ in range(draw(st.sampled_from([0, 0, 1, 2, 5]))):
        at = draw(st.integers(0, len(octets) - 1))
        octets[at] = draw(st.sampled_from([0, 0xC0, 0x0C, 1, 3, 0x2E, 0x40, 0xFF]))
        if draw(st.booleans()):
            octets[at : at + 2] = bytes([0xC0, draw(st.integers(0, len(octets) & 0xFF))])
    return bytes(octets[: draw(st.just(len(octets)) | st.integers(0, len(octets)))])


def written(
    name: str,
    kind: str,
    flags: int,
    sections: Sequence[Sequence[tuple[str, tuple[str, str], str, int]]],
    *,
    opt: bool = False,
    small: bool = True,
) -> bytes:
    """Return a message; *small* with compression."""
    renderer: Any = dns.renderer.Renderer(7, flags)  # type: ignore[no-untyped-call]
    renderer.add_question(dns.name.from_text(name), dns.rdatatype.from_text(kind))
    if not small:
        renderer.compress = {}
    for number, section in enumerate(sections):
        for owner, (type_, text), target, ttl in section:
            rdata = dns.rdata.from_text("IN", type_, text or target)
            renderer._set_section(number + 1)  # RRsets would join the records
            compress = renderer.compress if small else None
            dns.name.from_text(owner).to_wire(renderer.output, compress)
            head = [int(rdata.rdtype), 1, ttl >> 16, ttl & 0xFFFF, 0]
            renderer.output.write(b"".join(each.to_bytes(2, "big") for each in head))
            start = renderer.output.tell()
            rdata.to_wire(renderer.output, compress)
            end = renderer.output.tell()
            renderer.output.seek(start - 2)
            renderer.output.write((end - start).to_bytes(2, "big"))
            renderer.output.seek(end)
            renderer.counts[number + 1] += 1
    if opt:
        renderer.add_edns(0, 0, 1232)
    renderer.write_header()
    return bytes(renderer.get_wire())


def joined(messages: Sequence[bytes]) -> tuple[Octets, Ints, Ints]:
    """Return messages as ``ManyMessages`` takes them."""
    size = np.array([len(each) for each in messages], np.int64)
    end = np.cumsum(size)
    return np.frombuffer(b"".join(messages) + bytes(PAD), np.uint8), end - size, end


def together(messages: Sequence[bytes]) -> list[tuple[object, str | None] | None]:
    """Return the rows of each message or the reason why there are none; ``None`` for odd ones."""
    told = ManyMessages().read(*joined(messages))
    rows = told.rows
    found: dict[int, list[object]] = defaultdict(list)
    columns = (rows.name.to_pylist(), rows.type.to_pylist(), rows.answers.to_pylist())
    for number, *row in zip(rows.message.tolist(), *columns, rows.ttl.tolist(), strict=True):
        found[number].append(tuple(row))
    assert rows.message.tolist() == sorted(rows.message.tolist())
    return [
        None if odd else (found[number], REASONS[reason] or None)
        for number, (odd, reason) in enumerate(zip(told.odd, told.reason, strict=True))
    ]


def alone(message: bytes) -> tuple[object, str | None]:
    """Return the same of one message, read by itself; damage is a reason too."""
    outcome = repeats.read(message)
    return list(outcome.rows), outcome.bad or outcome.passed_over
