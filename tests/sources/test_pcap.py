"""The pcap format: real captures and made-up packets, from bytes to rows."""

import gzip
import io
import random
import struct
from itertools import pairwise
from pathlib import Path
from typing import Any

import dns.message
import dns.rrset
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.errors import FluxhoundError
from fluxhound.records import OBSERVATION
from fluxhound.sources import dnstap, pcap, responses, rrsets, segments
from fluxhound.sources.format import Format, ReadOptions
from fluxhound.sources.manyresponses import MESSAGES
from fluxhound.sources.stream import Stream
from fluxhound.sources.tally import Tally
from tests.sources.manyreading import plain, strange

TESTS = Path(__file__).parent.parent
CAPTURES = TESTS / "captures"

Rows = list[dict[str, Any]]


def read(octets: bytes, options: ReadOptions | None = None) -> tuple[Rows, Tally]:
    return read_as(pcap.FORMAT, octets, options)


def read_as(kind: Format, octets: bytes, options: ReadOptions | None = None) -> tuple[Rows, Tally]:
    tally = Tally()
    stream = Stream(io.BytesIO(octets), name="x")
    try:
        batches = list(kind.read(stream, tally, options or ReadOptions()))
    finally:
        stream.close()
    for batch in batches:
        assert batch.schema == OBSERVATION
    return [row for batch in batches for row in batch.to_pylist()], tally


def capture(name: str) -> tuple[Rows, Tally]:
    return read((CAPTURES / name).read_bytes())


def brief(rows: Rows) -> list[tuple[str, str, str, int]]:
    return [(row["name"], row["type"], row["answers"], row["ttl"]) for row in rows]


@pytest.mark.parametrize(
    ("name", "records", "rows"),
    [
        ("zeek/dns-edns-ecs.pcap", 85, 273),
        ("zeek/dns53.pcap", 1, 9),
        ("zeek/ipv6-fragmented-dns.pcap", 5, 4),
        ("zeek/pcapng-multi-interface.pcapng", 6, 3),
        ("zeek/dns__max-compression-depth.pcap", 1, 1),
        ("zeek/dnssec__rrsig.pcap", 7, 24),
        ("zeek/dns-tsig.pcap", 2, 1),
        ("zeek/wikipedia.pcap", 32, 25),
        ("dnscollector/dnsdump_tcp.pcap", 10, 2),
        ("dnscollector/dnsdump_tcp_fastopen.pcap", 8, 4),
        ("dnscollector/dnsdump_ip4_fragmented+udp.pcap", 2, 0),
        ("dnscollector/dnsdump_ip6_fragmented+udp.pcap", 2, 6),
        ("dnscollector/dnsdump_udp_truncated+tcp_fragmented.pcap", 4, 1),
        ("gopassivedns/100_udp_lookups.pcap", 100, 50),
        ("gopassivedns/100_tcp_lookups.pcap.gz", 600, 300),
        ("suricata-verify/dns__dns-z-bit__input.pcap", 2, 1),
        ("suricata-verify/dns-udp-junkrequest-first__input.pcap", 4, 1),
        ("suricata-verify/dns-reversed-udp-1__input.pcap", 1, 1),
        ("suricata-verify/dns-reversed-tcp-1__dns.pcap", 1, 1),
        ("suricata-verify/dns__bug-1158__input.pcap", 161, 160),
        ("suricata-verify/issues__issue-4759.1__tcpdns.pcap", 4, 12),
    ],
)
def test_captures_give_what_is_known(name: str, records: int, rows: int) -> None:
    found, tally = capture(name)
    assert (tally.records, len(found)) == (records, rows)
    assert tally.bad == {}
    assert tally.observations == rows


def test_interfaces_of_a_pcapng_file() -> None:
    rows, _ = capture("zeek/pcapng-multi-interface.pcapng")
    assert [(row["name"], row["client"], row["sensor"]) for row in rows] == [
        ("www.apple.com", "172.17.0.2", "1.1.1.1"),
        ("google.com", "10.0.0.4", "1.1.1.1"),
        ("google.com", "10.0.0.4", "1.1.1.1"),
    ]
    assert rows[0]["answers"].startswith("www-apple-com.v.aaplimg.com,www.apple.com.edgekey.net,")
    assert rows[0]["time"] == pytest.approx(1767663089.514292)


def test_name_servers_and_glue_above_a_resolver() -> None:
    rows, _ = capture("dnscollector/dnsdump_ip6_fragmented+udp.pcap")
    assert brief(rows)[:3] == [
        ("pa.weberlab.de", "AAAA", "2001:470:1f0b:1024::2", 60),
        ("weberlab.de", "NS", "ns2.weberdns.de,ns1.weberdns.de", 60),
        ("ns1.weberdns.de", "AAAA", "2001:470:765b::a25:53", 3600),
    ]
    assert {row["sensor"] for row in rows} == {"2a00:1450:4013:c03::10a"}  # the asker


def test_huge_ttl_is_zero_or_what_it_is() -> None:
    rows, _ = capture("zeek/dns-huge-ttl.pcap")
    assert max(row["ttl"] for row in rows) < 2**31


def test_sixty_four_addresses_in_one_answer_and_gaps_around_them() -> None:
    rows, tally = capture("malcolm/dns_caa_records.pcap.gz")
    most = [row for row in rows if row["answers"].count(",") == 63]
    assert {row["name"] for row in most} == {
        "64a.weberdns.de",
        "64aaaa.weberdns.de",
        "64dual.weberdns.de",
    }
    assert set(tally.bad) <= {segments.GAP, segments.NOT_A_MESSAGE, segments.UNFINISHED}


def test_damage_after_the_answers() -> None:
    """TXT answers, name servers, and an additional section that its stream cuts."""
    rows, tally = capture("malcolm/dns_over_tcp.pcap")
    servers = (
        "usw5.akam.net,ns1-2.akam.net,ns-a.mcafee.com,ns-b.mcafee.com,"
        "usc3.akam.net,use4.akam.net,usw4.akam.net"
    )
    assert [(row["name"], row["type"], row["answers"]) for row in rows] == [
        ("mcafee.com", "NS", servers)
    ]
    assert tally.bad == {responses.DAMAGED_AFTER_ANSWERS: 1, segments.UNFINISHED: 1}


def test_capture_of_year_zero_is_told() -> None:
    rows, tally = capture("suricata-verify/dns__dns-query__dns-detect-query-02__input.pcap")
    assert (rows, tally.bad) == ([], {responses.TIME_OUT_OF_RANGE: 1})


# Made-up packets

CLIENT, SERVER = b"\x0a\0\0\1", b"\x0a\0\0\2"
CLIENT6, SERVER6 = b"\x20\x01" + b"\0" * 13 + b"\1", b"\x20\x01" + b"\0" * 13 + b"\2"


def message(*, name: str = "a.test", records: int = 1, flags: str = "QR RD RA") -> bytes:
    built = dns.message.from_text(f"id 1\nflags {flags}\n;QUESTION\n{name}. IN A")
    built.answer += [
        dns.rrset.from_text(f"{name}.", 9, "IN", "A", f"192.0.2.{n}") for n in range(records)
    ]
    return built.to_wire()


def udp(octets: bytes, ports: tuple[int, int] = (53, 40_000)) -> bytes:
    return struct.pack("!HHHH", *ports, len(octets) + 8, 0) + octets


def tcp(octets: bytes, sequence: int, flags: int = 16) -> bytes:
    return struct.pack("!HHIIBBHHH", 53, 40_000, sequence, 0, 0x50, flags, 0, 0, 0) + octets


def ipv4(protocol: int, octets: bytes, *, offset: int = 0, back: bool = False) -> bytes:
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(octets), 7, offset, 64, protocol, 0)
    return head + (CLIENT + SERVER if back else SERVER + CLIENT) + octets


def ipv6(protocol: int, octets: bytes) -> bytes:
    head = struct.pack("!IHBB", 6 << 28, len(octets), protocol, 64)
    return head + SERVER6 + CLIENT6 + octets


def file(*packets: bytes, link_type: int = 101, cut: int = 0) -> bytes:
    records = b"".join(
        struct.pack("<4I", 100 + number, 0, max(len(octets) - cut, 0), len(octets))
        + octets[: max(len(octets) - cut, 0)]
        for number, octets in enumerate(packets)
    )
    return struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, link_type) + records


EXPECTED = [("a.test", "A", "192.0.2.0", 9)]


@pytest.mark.parametrize(
    ("packet", "client"),
    [(ipv4(17, udp(message())), "10.0.0.1"), (ipv6(17, udp(message())), "2001::1")],
)
def test_response_over_udp(packet: bytes, client: str) -> None:
    rows, tally = read(file(packet))
    assert brief(rows) == EXPECTED
    assert [(row["time"], row["client"]) for row in rows] == [(100.0, client)]
    assert (tally.records, tally.observations) == (1, 1)


def test_direction_is_told_by_the_message() -> None:
    rows, _ = read(file(ipv4(17, udp(message(), (40_000, 53)), back=True)))
    assert [(row["client"], row["sensor"]) for row in rows] == [("10.0.0.2", "10.0.0.1")]


def test_sensor_of_the_user_comes_first() -> None:
    rows, _ = read(file(ipv4(17, udp(message()))), ReadOptions(sensor="mine"))
    assert [row["sensor"] for row in rows] == ["mine"]


def test_queries_and_multicast_are_passed_over_and_others_not_counted() -> None:
    octets = file(
        ipv4(17, udp(message(flags="RD"), (40_000, 53))),
        ipv4(17, udp(message(), (5353, 5353))),
        ipv4(17, udp(message(), (123, 123))),
        ipv4(17, udp(b"", (123, 123))),
        ipv4(1, b"\0" * 20),
        ipv4(6, b""),
        b"",
        b"\x45",
    )
    rows, tally = read(octets)
    assert (rows, tally.records) == ([], 2)
    assert tally.passed_over == {rrsets.QUERY: 1, pcap.MULTICAST_DNS: 1}


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_fragments_over_ipv4(order: tuple[int, ...]) -> None:
    whole = udp(message(records=20))
    cuts = (0, 64, 160, len(whole))
    packets = [
        ipv4(17, whole[begin:end], offset=begin // 8 | (0x2000 if end < len(whole) else 0))
        for begin, end in pairwise(cuts)
    ]
    rows, tally = read(file(*[packets[number] for number in order]))
    assert [row["answers"].count(",") for row in rows] == [19]
    assert tally.bad == {}


def test_missing_fragment_is_counted() -> None:
    rows, tally = read(file(ipv4(17, udp(message(records=20))[:64], offset=0x2000)))
    assert (rows, tally.bad) == ([], {pcap.FRAGMENT_MISSING: 1})


def test_fragments_over_ipv6_with_headers_inside() -> None:
    whole = bytes([17, 0]) + b"\1\4\0\0\0\0" + udp(message(records=20))  # destination options
    packets = [
        ipv6(44, struct.pack("!BBHI", 60, 0, begin | (end < len(whole)), 5) + whole[begin:end])
        for begin, end in pairwise((0, 64, 128, len(whole)))
    ]
    rows, _ = read(file(*packets))
    assert [row["answers"].count(",") for row in rows] == [19]


def test_messages_over_tcp() -> None:
    octets = b"".join(
        struct.pack("!H", len(m)) + m for m in (message(), message(name="b.test", records=2))
    )
    packets = (
        ipv4(6, tcp(b"", 999, 2)),
        ipv4(6, tcp(octets[50:], 1050)),
        ipv4(6, tcp(octets[:50], 1000)),
        ipv4(6, tcp(b"", 1000 + len(octets), 17)),
    )
    rows, tally = read(file(*packets))
    assert brief(rows) == [*EXPECTED, ("b.test", "A", "192.0.2.0,192.0.2.1", 9)]
    assert tally.records == 2


def test_gap_in_tcp_is_counted_and_the_rest_is_read() -> None:
    octets = struct.pack("!H", len(message())) + message()
    packets = (ipv4(6, tcp(b"", 999, 2)), ipv4(6, tcp(octets, 5000)), ipv4(6, b"\0\x35\0\x35xxxx"))
    rows, tally = read(file(*packets))
    assert brief(rows) == EXPECTED
    assert tally.bad == {segments.GAP: 1, pcap.HEADER_CUT: 1}
    assert tally.records == 3


@pytest.mark.parametrize(
    ("cut", "reason"),
    [(1, responses.CUT_BY_CAPTURE), (30, responses.CUT_BY_CAPTURE), (42, pcap.HEADER_CUT)],
)
def test_packets_cut_by_the_capture_are_counted(cut: int, reason: str) -> None:
    rows, tally = read(file(ipv4(17, udp(message())), cut=cut))
    assert (rows, tally.bad) == ([], {reason: 1})


def test_other_link_types_are_counted() -> None:
    rows, tally = read(file(ipv4(17, udp(message())), link_type=147))
    assert (rows, tally.passed_over) == ([], {pcap.OTHER_LINK_TYPE: 1})


def test_many_packets_come_in_batches() -> None:
    packet = ipv4(17, udp(message()))
    stream = Stream(io.BytesIO(file(*[packet] * 20_001)), name="x")
    sizes = [batch.num_rows for batch in pcap.read(stream, Tally(), ReadOptions())]
    stream.close()
    assert sizes == [MESSAGES, 20_001 - MESSAGES]


def both_ways(octets: bytes, monkeypatch: pytest.MonkeyPatch) -> tuple[Rows, Tally]:
    """Read packets together as far as possible, and compare with reading them one by one."""
    monkeypatch.setattr(pcap, "FEW", 1)
    together = read(octets)
    monkeypatch.setattr(pcap, "FEW", len(octets) + 1)
    assert together == read(octets)
    return together


def test_captures_are_read_alike_in_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    for path in CAPTURES.glob("*/*.pcap*"):
        both_ways(path.read_bytes(), monkeypatch)


def test_rows_of_odd_packets_come_in_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    content = message(name="t.test")
    piece = len(content).to_bytes(2, "big") + content
    packets = [
        ipv4(17, udp(message(name="u.test"))),
        ipv4(6, tcp(piece[:20], 1)),
        ipv6(17, udp(message(name="v.test", records=3))),
        ipv4(6, tcp(piece[20:], 21)),
        ipv4(17, udp(message(name=r"x\044y.test"))),
        ipv4(17, udp(message(flags="RD"))),
        ipv4(17, udp(message(name="w.test"))),
    ]
    rows, tally = both_ways(file(*packets), monkeypatch)
    assert [row["name"] for row in rows] == ["u.test", "v.test", "t.test", r"x\044y.test", "w.test"]
    assert (tally.records, tally.observations) == (6, 5)
    rows, _ = read(file(*packets), ReadOptions(sensor="mine"))
    assert {row["sensor"] for row in rows} == {"mine"}


@settings(max_examples=40)
@given(st.lists(st.tuples(strange() | plain(), st.booleans()), max_size=8), st.integers(0, 9))
def test_any_messages_are_read_alike_in_both_ways(
    messages: list[tuple[bytes, bool]], cut: int
) -> None:
    packets = [(ipv6 if six else ipv4)(17, udp(octets)) for octets, six in messages]
    with pytest.MonkeyPatch.context() as patch:
        both_ways(file(*packets, cut=cut if cut < 5 else 0), patch)


def test_what_was_read_before_the_damage_is_yielded() -> None:
    octets = file(ipv4(17, udp(message()))) + b"\xff" * 16
    stream, tally, rows = Stream(io.BytesIO(octets), name="x"), Tally(), []
    reader = pcap.read(stream, tally, ReadOptions())
    rows += next(reader).to_pylist()
    with pytest.raises(FluxhoundError, match="damaged"):
        next(reader)
    stream.close()
    assert brief(rows) == EXPECTED


def test_recognises_its_own() -> None:
    for path in CAPTURES.glob("*/*.pcap*"):
        octets = path.read_bytes()
        head = gzip.decompress(octets) if path.suffix == ".gz" else octets
        assert pcap.FORMAT.matches(head[:65_536])
        assert not dnstap.FORMAT.matches(head[:65_536])
    assert not pcap.FORMAT.matches(b"#separator \\x09\n")
    assert pcap.FORMAT.name == "pcap"


# Hostile input

FILES = sorted(
    path
    for path in [*CAPTURES.rglob("*"), *TESTS.glob("sources/*.py"), *TESTS.glob("logs/**/*")]
    if path.is_file()
)


@pytest.mark.parametrize("kind", [pcap.FORMAT, dnstap.FORMAT], ids=lambda kind: str(kind.name))
def test_every_file_ends_in_rows_or_one_sentence(kind: Format) -> None:
    for path in FILES:
        try:
            rows, tally = read_as(kind, path.read_bytes())
        except FluxhoundError as error:
            assert str(error).startswith("x: "), path  # noqa: PT017 - both ends are allowed
        else:
            assert tally.observations == len(rows)


@pytest.mark.parametrize(
    "name",
    [
        "zeek/dns-edns-ecs.pcap",
        "zeek/ipv6-fragmented-dns.pcap",
        "zeek/pcapng-multi-interface.pcapng",
        "dnscollector/dnsdump_tcp.pcap",
        "dnscollector/dnsdump_udp_truncated+tcp_fragmented.pcap",
    ],
)
def test_any_damage_to_a_real_capture_is_survived(name: str) -> None:
    octets = (CAPTURES / name).read_bytes()
    chance = random.Random(name)  # noqa: S311 - the same damage each time
    for _ in range(40):
        broken = bytearray(octets)
        for _ in range(chance.randrange(1, 60)):
            broken[chance.randrange(24, len(broken))] = chance.randrange(256)
        try:
            rows, tally = read(bytes(broken[: chance.randrange(30, len(broken))]))
        except FluxhoundError:
            continue
        assert tally.observations == len(rows)


@given(
    st.lists(
        st.one_of(
            st.binary(max_size=80),
            st.builds(lambda octets: ipv4(17, udp(octets)), st.binary(max_size=80)),
            st.builds(lambda octets: ipv6(17, udp(octets)), st.binary(max_size=80)),
            st.builds(
                lambda octets, at, flags: ipv4(6, tcp(octets, at, flags)),
                st.binary(max_size=80),
                st.integers(0, 300),
                st.integers(0, 31),
            ),
            st.builds(
                lambda octets, at: ipv4(17, octets, offset=at),
                st.binary(max_size=80),
                st.integers(0, 0xFFFF),
            ),
        ),
        max_size=12,
    )
)
def test_any_packets_are_read_or_counted(packets: list[bytes]) -> None:
    rows, tally = read(file(*packets))
    assert tally.observations == len(rows)
    accounted = sum(tally.passed_over.values()) + sum(tally.bad.values())
    assert accounted <= tally.records <= accounted + len(rows)
