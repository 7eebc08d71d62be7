"""Capture files of every kind, whole, cut and damaged."""

import struct
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.errors import CorruptInputError, FluxhoundError, UnreadableInputError
from fluxhound.sources import capture
from fluxhound.sources.capture import Packet
from fluxhound.sources.cursor import Cursor
from fluxhound.sources.packetheads import PACKET_BYTES
from fluxhound.sources.tally import Tally


def packets(octets: bytes, tally: Tally | None = None, block: int = 7) -> Iterator[Packet]:
    blocks = (octets[at : at + block] for at in range(0, len(octets), block))
    return capture.packets(Cursor(blocks), tally or Tally(), "x")


def pcap(order: str, magic: int, *records: bytes, link_type: int = 1) -> bytes:
    return struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65_535, link_type) + b"".join(records)


def pcap_record(order: str, seconds: int, fraction: int, frame: bytes, extra: int = 0) -> bytes:
    head = struct.pack(order + "4I", seconds, fraction, len(frame), len(frame) + extra)
    return head + frame


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("magic", "fraction"), [(0xA1B2C3D4, 250_000), (0xA1B23C4D, 250_000_000)])
def test_pcap_of_both_orders_and_units(order: str, magic: int, fraction: int) -> None:
    octets = pcap(
        order,
        magic,
        pcap_record(order, 1, fraction, b"abc"),
        pcap_record(order, 2, 0, b"", extra=9),
        link_type=0xF400_0065,  # what stands above the link type is not part of it
    )
    assert capture.is_capture(octets)
    assert list(packets(octets)) == [
        Packet(1.25, 101, b"abc", cut=False),
        Packet(2.0, 101, b"", cut=True),
    ]


@pytest.mark.parametrize("order", ["<", ">"])
def test_modified_pcap_has_longer_heads(order: str) -> None:
    head = struct.pack(order + "4IIHBB", 1, 0, 3, 3, 1, 8, 0, 0)
    octets = pcap(order, 0xA1B2CD34, head + b"abc", head + b"def")
    assert [packet.frame for packet in packets(octets)] == [b"abc", b"def"]


@pytest.mark.parametrize("kept", range(1, 50))
def test_pcap_that_ends_too_early_is_read_up_to_there(kept: int) -> None:
    octets = pcap("<", 0xA1B2C3D4, *[pcap_record("<", 1, 0, b"abcd")] * 2)
    tally = Tally()
    if kept < 4:
        with pytest.raises(UnreadableInputError):
            list(packets(octets[:kept], tally))
        return
    found = list(packets(octets[:kept], tally))
    assert len(found) == max(0, (kept - 24) // 20)
    whole = kept >= 24 and (kept - 24) % 20 == 0
    assert tally.bad == ({} if whole else {capture.CAPTURE_CUT_SHORT: 1})


def test_pcap_with_a_huge_packet_is_damaged() -> None:
    good = pcap_record("<", 1, 0, b"abc")
    huge = struct.pack("<4I", 1, 0, PACKET_BYTES + 1, 9)
    found = packets(pcap("<", 0xA1B2C3D4, good, huge, b"x" * 400_000), block=1 << 20)
    assert next(found).frame == b"abc"
    with pytest.raises(CorruptInputError, match="damaged"):
        next(found)


def test_largest_packet_is_read() -> None:
    record = pcap_record("<", 1, 0, b"x" * PACKET_BYTES)
    octets = pcap("<", 0xA1B2C3D4, record)
    assert [len(packet.frame) for packet in packets(octets, block=99_999)] == [262_144]


def block(order: str, kind: int, body: bytes) -> bytes:
    body += b"\0" * (-len(body) % 4)
    length = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + length + body + length


def section(order: str) -> bytes:
    return block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))


def option(order: str, code: int, value: bytes) -> bytes:
    return struct.pack(order + "HH", code, len(value)) + value + b"\0" * (-len(value) % 4)


def interface(order: str, link_type: int = 1, options: bytes = b"", snaplen: int = 0) -> bytes:
    return block(order, 1, struct.pack(order + "HHI", link_type, 0, snaplen) + options)


def enhanced(order: str, number: int, ticks: int, frame: bytes, extra: int = 0) -> bytes:
    sizes = len(frame), len(frame) + extra
    head = struct.pack(order + "5I", number, ticks >> 32, ticks & 0xFFFF_FFFF, *sizes)
    return block(order, 6, head + frame + b"\0" * (-len(frame) % 4) + option(order, 2, b"\0" * 4))


@pytest.mark.parametrize("order", ["<", ">"])
def test_pcapng_with_interfaces_of_their_own_clocks(order: str) -> None:
    octets = (
        section(order)
        + interface(order, 1)
        + interface(order, 101, option(order, 9, b"\x09") + option(order, 0, b""))
        + interface(order, 113, option(order, 2, b"eth0") + option(order, 9, b"\x8a"))
        + interface(order, 276, option(order, 14, struct.pack(order + "q", -5)))
        + block(order, 0x0BAD, b"of an unknown kind")
        + enhanced(order, 0, 1_500_000, b"abc")
        + enhanced(order, 1, 2_500_000_000, b"abcd", extra=1)
        + enhanced(order, 2, 3 << 9, b"")
        + enhanced(order, 3, 7_000_000, b"abcde")
    )
    assert capture.is_capture(octets)
    assert list(packets(octets)) == [
        Packet(1.5, 1, b"abc", cut=False),
        Packet(2.5, 101, b"abcd", cut=True),
        Packet(1.5, 113, b"", cut=False),
        Packet(2.0, 276, b"abcde", cut=False),
    ]


def test_sections_start_afresh_in_either_order() -> None:
    tally = Tally()
    octets = (
        section("<")
        + interface("<", 1)
        + enhanced("<", 0, 1_000_000, b"a")
        + section(">")
        + enhanced(">", 0, 1_000_000, b"b")
        + interface(">", 101)
        + enhanced(">", 0, 1_000_000, b"c")
    )
    found = [(packet.link_type, packet.frame) for packet in packets(octets, tally)]
    assert found == [(1, b"a"), (101, b"c")]
    assert tally.bad == {capture.UNKNOWN_INTERFACE: 1}


def test_older_and_simple_packets() -> None:
    older = struct.pack("<HH4I", 0, 3, 0, 2_000_000, 3, 3) + b"abc"
    simple = struct.pack("<I", 99) + b"abcd"
    octets = section("<") + interface("<", snaplen=4) + block("<", 2, older) + block("<", 3, simple)
    assert list(packets(octets)) == [
        Packet(2.0, 1, b"abc", cut=False),
        Packet(0.0, 1, b"abcd", cut=True),
    ]


@pytest.mark.parametrize(
    "damaged",
    [
        struct.pack("<II", 6, 8),
        struct.pack("<II", 6, 13) + b"x" * 9,
        struct.pack("<II", 6, 400_000) + b"x" * 400_000,
        struct.pack("<II", 6, 40) + b"x" * 32,
        struct.pack("<I", 0x0A0D0D0A) + struct.pack("<I", 28) + b"x" * 20,
        struct.pack("<I", 0x0A0D0D0A) + struct.pack("<II", 12, 0x1A2B3C4D),
    ],
)
def test_damaged_pcapng_is_read_up_to_the_damage(damaged: bytes) -> None:
    octets = section("<") + interface("<") + enhanced("<", 0, 1_000_000, b"abc") + damaged
    found = packets(octets, block=1 << 20)
    assert next(found).frame == b"abc"
    with pytest.raises(CorruptInputError):
        list(found)


def test_unknown_block_of_any_size_is_passed_over() -> None:
    tally = Tally()
    octets = section("<") + struct.pack("<II", 0x0BAD, 0xFFFF_FFFC) + b"x" * 1000
    assert list(packets(octets, tally)) == []
    assert tally.bad == {capture.CAPTURE_CUT_SHORT: 1}


@pytest.mark.parametrize(
    "head", [b"", b"\xa1", b"GET / HTTP/1.1", b"\x0a\x0d\x0d\x0a" + b"\0" * 20]
)
def test_other_files_are_no_captures(head: bytes) -> None:
    assert not capture.is_capture(head)
    with pytest.raises(UnreadableInputError):
        list(packets(head))


STARTS = st.sampled_from(
    [
        pcap("<", 0xA1B2C3D4),
        pcap(">", 0xA1B23C4D),
        section("<") + interface("<"),
        section(">") + interface(">"),
        section("<") + interface("<", 1, option("<", 9, b"\x7f")),
        b"",
    ]
)
PIECES = st.lists(
    st.one_of(
        st.binary(max_size=40),
        st.builds(pcap_record, st.just("<"), st.just(1), st.just(2), st.binary(max_size=30)),
        st.builds(block, st.just("<"), st.integers(0, 7), st.binary(max_size=40)),
        st.builds(
            enhanced,
            st.just("<"),
            st.integers(0, 2),
            st.integers(0, 2**64 - 1),
            st.binary(max_size=30),
        ),
    ),
    max_size=6,
)


@given(STARTS, PIECES)
def test_any_octets_end_in_packets_or_one_error(start: bytes, pieces: list[bytes]) -> None:
    with suppress(FluxhoundError):
        for packet in packets(start + b"".join(pieces)):
            assert len(packet.frame) <= PACKET_BYTES


def test_damaged_header_is_an_unreadable_input() -> None:
    with pytest.raises(UnreadableInputError):
        list(packets(b"\x0a\x0d\x0d\x0a" + struct.pack("<I", 28) + b"\0" * 20))


@given(STARTS, PIECES, st.integers(1, 60))
def test_borders_of_blocks_change_nothing(start: bytes, pieces: list[bytes], block: int) -> None:
    found = []
    for size in (block, 1 << 20):
        tally, told, error = Tally(), list[Packet](), ""
        try:
            told = list(packets(start + b"".join(pieces), tally, size))
        except FluxhoundError as raised:
            error = str(raised)
        found.append((told, error, tally))
    assert found[0] == found[1]


def test_packets_that_lie_together_come_together() -> None:
    blocks = [enhanced("<", index, 2**54 + 5, b"abc") for index in (0, 1, 1, 0, 2, 0)]
    links = interface("<", 1) + interface("<", 1, option("<", 9, b"\x09")) + interface("<", 101)
    octets = section("<") + links + b"".join(blocks)
    found = list(capture.runs(Cursor(iter([octets])), Tally(), "x"))
    assert [(len(run), run.link_type) for run in found] == [(4, 1), (1, 101), (1, 1)]
    ticks = 2**54 + 5  # more than a float holds
    assert found[0].time.tolist() == [ticks / 10**unit for unit in (6, 9, 9, 6)]
    record = pcap_record("<", 1, 0, b"abcd")
    found = list(capture.runs(Cursor(iter([pcap("<", 0xA1B2C3D4, *[record] * 9)])), Tally(), "x"))
    assert [len(run) for run in found] == [9]
