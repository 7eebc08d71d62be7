"""Packets looked at together are what they are one by one."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.sources import capture, datagrams, pcap
from fluxhound.sources.capture import Packet, Run
from fluxhound.sources.labels import padded
from fluxhound.sources.responses import Responses
from fluxhound.sources.tally import Tally
from tests.sources.test_pcap import ipv4, ipv6, message, tcp, udp

ETHERNET = bytes(12)


def run(*frames: bytes, link_type: int = 101) -> Run:
    end = np.cumsum([len(frame) for frame in frames])
    start = end - [len(frame) for frame in frames]
    cut = np.zeros(len(frames), bool)
    return Run(link_type, b"".join(frames), start, end, np.full(len(frames), 9.0), cut)


class Noted(Responses):
    """Keeps the messages instead of reading them."""

    def __init__(self) -> None:
        super().__init__(Tally())
        self.messages: list[tuple[bytes, str | None]] = []

    def add(
        self,
        message: bytes,
        *,
        time: float,
        client: str | None,
        sensor: str | None,
        cut: bool = False,
    ) -> None:
        del time, sensor, cut
        self.messages.append((message, client))


def one_by_one(packet: Packet) -> tuple[list[tuple[bytes, str | None]], Tally]:
    noted, tally = Noted(), Tally()
    pcap.Conversation(noted, tally, None).add(packet)
    return noted.messages, tally


def agrees(packets: Run) -> list[bool]:
    """Compare what is not odd with what one packet gives; return which are odd."""
    found = datagrams.find(padded(packets.octets), packets.start, packets.end, packets.link_type)
    texts = found.texts.to_pylist()
    told: dict[int, tuple[bytes, str | None]] = {}
    for number, start, end, code in zip(
        found.packet.tolist(), found.start, found.end, found.destination, strict=True
    ):
        told[number] = packets.octets[start:end], texts[code]
    multicast = 0
    for number in range(len(packets)):
        messages, tally = one_by_one(packets.packet(number))
        if not found.odd[number]:
            assert messages == ([told[number]] if number in told else [])
            multicast += tally.records
            assert tally.bad == {}
    assert multicast == found.multicast
    return list(found.odd.tolist())


def padding(frame: bytes) -> bytes:
    return frame + bytes(7)


def tagged(*tags: int) -> Callable[[bytes], bytes]:
    def wrapped(packet: bytes) -> bytes:
        kind = 0x86DD if packet[0] >> 4 == 6 else 0x0800
        words = [word for tag in tags for word in (tag, 7)]
        return ETHERNET + b"".join(word.to_bytes(2, "big") for word in [*words, kind]) + packet

    return wrapped


UDP4, UDP6 = ipv4(17, udp(message())), ipv6(17, udp(message()))


@pytest.mark.parametrize(
    ("link_type", "wrap"),
    [
        (1, tagged()),
        (1, tagged(0x8100)),
        (1, tagged(0x88A8, 0x8100)),
        (101, bytes),
        (101, padding),
        (0, lambda packet: b"\2\0\0\0" + packet),
        (113, lambda packet: bytes(14) + tagged()(packet)[12:]),
        (276, lambda packet: tagged()(packet)[12:14] + bytes(18) + packet),
    ],
)
def test_udp_is_found_in_every_kind_of_link(link_type: int, wrap: Callable[[bytes], bytes]) -> None:
    packets = run(wrap(UDP4), wrap(UDP6), wrap(UDP4), link_type=link_type)
    assert agrees(packets) == [False] * 3


@pytest.mark.parametrize(
    ("frame", "link_type"),
    [
        (UDP4[:27], 101),
        (UDP4[:24], 101),
        (ipv4(17, udp(message()), offset=0x2000), 101),
        (ipv4(6, tcp(b"", 0, 2)), 101),
        (ipv6(44, bytes(20)), 101),
        (tagged(0x8100, 0x8100, 0x8100)(UDP4), 1),
        (ETHERNET + b"\x88\x64" + bytes(8) + UDP4, 1),
        (UDP4, 147),
        (b"", 101),
    ],
)
def test_what_is_not_common_is_odd(frame: bytes, link_type: int) -> None:
    assert agrees(run(frame, link_type=link_type)) == [True]


@pytest.mark.parametrize(
    "frame",
    [
        ipv4(17, udp(message(), (5353, 5353))),
        ipv4(17, udp(message(), (99, 98))),
        ipv4(1, bytes(30)),
        ipv4(6, b"\0\x50\0\x50" + bytes(16)),
        b"\x95" + UDP4[1:],
    ],
)
def test_what_is_no_dns_is_left_out(frame: bytes) -> None:
    assert agrees(run(frame, UDP4)) == [False, False]


def test_addresses_that_are_none() -> None:
    nobody = UDP4[:12] + bytes(8) + UDP4[20:]
    found = datagrams.find(padded(nobody), np.array([0]), np.array([len(nobody)]), 101)
    assert found.texts.take(found.source).to_pylist() == [None]


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([UDP4, UDP6, ipv4(6, tcp(b"abc", 1, 16)), tagged()(UDP4), b""]),
            st.lists(st.tuples(st.integers(0, 59), st.integers(0, 255)), max_size=3),
            st.integers(0, 200),
        ),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from([1, 101, 101, 0, 113, 276]),
)
def test_any_damage_is_seen_alike_or_odd(
    packets: list[tuple[bytes, list[tuple[int, int]], int]], link_type: int
) -> None:
    frames = []
    for frame, changes, kept in packets:
        changed = bytearray(frame)
        for at, value in changes:
            if at < len(changed):
                changed[at] = value
        frames.append(bytes(changed[:kept]))
    agrees(run(*frames, link_type=link_type))


def test_run_gives_its_packets() -> None:
    assert run(b"ab", b"c").packet(1) == capture.Packet(9.0, 101, b"c", cut=False)
