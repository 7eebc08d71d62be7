"""TCP segments put in order and cut into messages."""

import struct
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.sources import segments
from fluxhound.sources.segments import FIN, RST, SYN, Segment, Segments

CLIENT, SERVER = b"\x0a\0\0\1", b"\x0a\0\0\2"
ACK = 16


def message(number: int, size: int = 40) -> bytes:
    header = struct.pack("!6H", number, 0x8180, 1, 0, 0, 0)
    return header + bytes([number & 0xFF]) * (size - len(header))


def framed(*messages: bytes) -> bytes:
    return b"".join(struct.pack("!H", len(octets)) + octets for octets in messages)


class Wire:
    """Sends segments of one stream and keeps what comes out."""

    def __init__(self, start: int = 1000) -> None:
        self.segments = Segments()
        self.start = start
        self.now = 1.0
        self.got: list[bytes] = []
        self.times: list[float] = []

    def send(self, offset: int, octets: bytes = b"", flags: int = ACK) -> None:
        self.now += 0.01
        sequence = self.start + offset & 0xFFFF_FFFF
        piece = Segment(53, 40_000, sequence, flags, octets)
        for time, found in self.segments.add(SERVER, CLIENT, piece, self.now):
            self.times.append(time)
            self.got.append(found)

    def finish(self) -> None:
        self.got += [found for _, _, found in self.segments.finish()]

    def lost(self) -> list[str]:
        return list(self.segments.lost())


def test_several_messages_in_one_segment() -> None:
    tcp = Wire()
    tcp.send(-1, flags=SYN)
    tcp.send(0, framed(message(1), message(2), message(3)))
    assert tcp.got == [message(1), message(2), message(3)]


def test_fast_open_carries_octets_with_the_syn() -> None:
    tcp = Wire()
    tcp.send(-1, framed(message(1)), flags=SYN)
    assert tcp.got == [message(1)]


def test_one_octet_at_a_time() -> None:
    tcp = Wire()
    tcp.send(-1, flags=SYN)
    octets = framed(message(1), message(2))
    for at in range(len(octets)):
        tcp.send(at, octets[at : at + 1])
    assert tcp.got == [message(1), message(2)]


@pytest.mark.parametrize("order", list(permutations(range(4))))
@pytest.mark.parametrize("start", [1000, 0xFFFF_FFE0])
def test_any_order_gives_the_same(order: tuple[int, ...], start: int) -> None:
    tcp = Wire(start)
    tcp.send(-1, flags=SYN)
    octets = framed(message(1), message(2), message(3))
    for part in order:
        tcp.send(part * 32, octets[part * 32 : (part + 1) * 32])
    assert tcp.got == [message(1), message(2), message(3)]
    tcp.finish()
    assert tcp.lost() == []


def test_message_has_the_time_of_the_segment_that_completed_it() -> None:
    tcp = Wire()
    octets = framed(message(1))
    tcp.send(-1, flags=SYN)
    tcp.send(20, octets[20:])
    tcp.send(0, octets[:20])
    assert tcp.times == [tcp.now]


def test_what_is_sent_again_counts_once() -> None:
    tcp = Wire()
    octets = framed(message(1), message(2))
    tcp.send(-1, flags=SYN)
    tcp.send(0, octets[:50])
    tcp.send(-1, flags=SYN)
    tcp.send(0, octets[:50])
    tcp.send(30, octets[30:], flags=ACK | FIN)  # overlaps
    tcp.send(30, octets[30:], flags=ACK | FIN)
    tcp.send(0, octets)
    assert tcp.got == [message(1), message(2)]
    tcp.finish()
    assert tcp.lost() == []


def test_keep_alive_is_ignored() -> None:
    tcp = Wire()
    tcp.send(-1, flags=SYN)
    tcp.send(0, framed(message(1)))
    tcp.send(len(framed(message(1))) - 1, b"\0")
    tcp.send(len(framed(message(1))), framed(message(2)))
    assert tcp.got == [message(1), message(2)]


def test_stream_without_beginning_starts_at_a_message() -> None:
    tcp = Wire()
    tcp.send(0, b"\xff" * 30)
    tcp.send(30, b"\xff" * 30)
    tcp.send(60, framed(message(1)))
    assert tcp.got == [message(1)]
    assert tcp.lost() == [segments.NOT_A_MESSAGE]


def test_goes_on_behind_a_gap_when_patience_ends() -> None:
    tcp = Wire()
    tcp.send(-1, flags=SYN)
    tcp.send(0, framed(message(1)) + b"\0")
    tcp.send(100, framed(message(2)))
    assert tcp.got == [message(1)]
    tcp.now += segments.PATIENCE
    tcp.send(200, framed(message(3)))
    assert tcp.got == [message(1), message(2)]
    tcp.finish()
    assert tcp.got == [message(1), message(2), message(3)]
    assert tcp.lost() == [segments.GAP, segments.GAP]


def test_goes_on_behind_a_gap_when_too_much_waits() -> None:
    tcp = Wire()
    tcp.send(-1, flags=SYN)
    octets = framed(message(2, 1000))
    for number in range(segments.EARLY_BYTES // len(octets) + 2):
        tcp.send(100 + number * len(octets), octets)
    assert len(tcp.got) >= 200
    assert tcp.lost() == [segments.GAP]
    assert tcp.segments._held == 0


@pytest.mark.parametrize("flags", [RST, FIN | ACK])
def test_end_within_a_message_is_counted(flags: int) -> None:
    tcp = Wire()
    tcp.send(-1, flags=SYN)
    tcp.send(0, framed(message(1))[:-1])
    tcp.send(len(framed(message(1))) - 1, flags=flags)
    assert tcp.lost() == [segments.UNFINISHED]
    assert tcp.segments._held == 0


def test_ports_may_be_used_again() -> None:
    tcp = Wire()
    tcp.send(-1, flags=SYN)
    tcp.send(0, framed(message(1)), flags=ACK | FIN)
    tcp.send(99_999, flags=SYN)
    tcp.send(100_000, framed(message(2)))
    tcp.send(0x7000_0000, framed(message(3)))  # without its SYN
    assert tcp.got == [message(1), message(2), message(3)]


def test_number_of_streams_is_bounded() -> None:
    table = Segments()
    for port in range(segments.STREAMS + 50):
        piece = Segment(53, port, 0, SYN, framed(message(1))[:20])
        assert list(table.add(SERVER, CLIENT, piece, 1.0)) == []
    assert len(table._streams) == segments.STREAMS
    assert list(table.lost()) == [segments.UNFINISHED] * 50


def test_octets_of_all_streams_are_bounded() -> None:
    table = Segments()
    for port in range(1000):
        piece = Segment(53, port, 0, SYN, b"\xff\xff" + b"x" * 65_000)
        list(table.add(SERVER, CLIENT, piece, 1.0))
        assert table._held <= segments.HELD_BYTES + 65_535


@pytest.mark.parametrize(
    ("octets", "begins"),
    [
        (framed(message(1)), True),
        (framed(message(1))[:14], True),
        (framed(message(1))[:13], False),
        (b"\0\x0b" + message(1), False),  # shorter than a header
        (b"\0\x28\0\1\x81\x80\0\2\0\0\0\0\0\0", False),  # two questions
        (b"\0\x28\0\1\x81\x80\0\1\0\x09\0\0\0\0", False),  # nine records in 40 octets
        (b"\0\x28\0\1\xb9\x80\0\1\0\0\0\0\0\0", False),  # opcode 7
        (b"\0\x28\0\1\x81\xc0\0\1\0\0\0\0\0\0", False),  # the reserved bit
    ],
)
def test_beginning_of_a_message_is_told(octets: bytes, begins: bool) -> None:
    assert segments.begins_message(octets) is begins


@pytest.mark.parametrize("octets", [b"", b"\0" * 19, b"\0" * 20, b"\0" * 12 + b"\x60" + b"\0" * 7])
def test_malformed_segments_are_none(octets: bytes) -> None:
    assert segments.segment(octets) is None


@given(st.binary(max_size=80))
def test_any_octets_are_a_segment_or_none(octets: bytes) -> None:
    found = segments.segment(octets)
    assert found is None or len(found.payload) <= len(octets) - 20


@given(
    st.lists(
        st.tuples(
            st.integers(0, 200),
            st.binary(max_size=40),
            st.sampled_from([0, SYN, FIN, RST, SYN | FIN]),
            st.floats(-1, 1e3),
        ),
        max_size=40,
    )
)
def test_any_segments_leave_the_books_right(
    sent: list[tuple[int, bytes, int, float]],
) -> None:
    tcp = Wire(0xFFFF_FFB0)
    for offset, octets, flags, later in sent:
        tcp.now += later
        tcp.send(offset, octets, flags)
    held = sum(
        len(stream.buffer) + sum(len(early) for _, early in stream.early.values())
        for stream in tcp.segments._streams.values()
    )
    assert tcp.segments._held == held
    tcp.finish()


@given(st.data())
def test_any_cut_and_order_gives_every_message(draws: st.DataObject) -> None:
    sizes = draws.draw(st.lists(st.integers(12, 60), min_size=1, max_size=6))
    expected = [message(number, size) for number, size in enumerate(sizes)]
    octets = framed(*expected)
    cuts = sorted(draws.draw(st.sets(st.integers(1, len(octets) - 1), max_size=10)))
    pieces = list(zip([0, *cuts], [*cuts, len(octets)], strict=True))
    tcp = Wire(draws.draw(st.integers(0, 2**32 - 1)))
    tcp.send(-1, flags=SYN)
    for begin, end in draws.draw(st.permutations(pieces + pieces[:2])):
        tcp.send(begin, octets[begin:end])
    assert tcp.got == expected
