"""Link layers: where the IP packet begins."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.sources import link

MACS = b"\0" * 12
IP = b"\x45"


@pytest.mark.parametrize(
    ("link_type", "before"),
    [
        (1, MACS + b"\x08\0"),
        (1, MACS + b"\x86\xdd"),
        (1, MACS + b"\x81\0\0\x05\x08\0"),  # 802.1Q
        (1, MACS + b"\x88\xa8\0\x05\x81\0\0\x06\x86\xdd"),  # QinQ
        (1, MACS + b"\x91\0\0\x05\x08\0"),
        (1, MACS + b"\x88\x64" + b"\x11\0\0\1\0\x20" + b"\0\x21"),  # PPPoE
        (1, MACS + b"\x81\0\0\x05\x88\x64" + b"\x11\0\0\1\0\x20" + b"\0\x57"),
        (0, b"\2\0\0\0"),
        (108, b"\0\0\0\2"),
        (12, b""),
        (14, b""),
        (101, b""),
        (228, b""),
        (229, b""),
        (113, b"\0\0\0\1\0\6" + b"\0" * 8 + b"\x08\0"),
        (113, b"\0\0\0\1\0\6" + b"\0" * 8 + b"\x81\0\0\5\x86\xdd"),
        (276, b"\x08\0" + b"\0" * 18),
        (276, b"\x81\0" + b"\0" * 18 + b"\0\5\x08\0"),
        (9, b"\xff\x03\0\x21"),
        (9, b"\0\x57"),
        (9, b"\x21"),
        (50, b"\xff\x03\x21"),
    ],
)
def test_packet_begins_behind_the_link_header(link_type: int, before: bytes) -> None:
    assert link_type in link.LINK_TYPES
    assert link.ip_start(link_type, before + IP) == len(before)


@pytest.mark.parametrize(
    ("link_type", "frame"),
    [
        (1, b""),
        (1, MACS + b"\x08"),
        (1, MACS + b"\x08\x06" + IP),  # ARP
        (1, MACS + b"\x81\0\0\5" * 20 + b"\x08\0"),  # endless tags
        (1, MACS + b"\x81\0\0"),
        (1, MACS + b"\x88\x64" + b"\x11\0\0\1\0\x20" + b"\xc0\x21"),  # link control
        (9, b""),
        (9, b"\xff\x03"),
        (9, b"\xc0\x21"),
        (113, b"\0" * 10),
    ],
)
def test_other_frames_hold_no_packet(link_type: int, frame: bytes) -> None:
    assert link.ip_start(link_type, frame) == link.NOT_IP


@given(st.sampled_from(sorted(link.LINK_TYPES)), st.binary(max_size=60))
def test_any_octets_have_a_start_or_none(link_type: int, frame: bytes) -> None:
    assert link.ip_start(link_type, frame) >= link.NOT_IP
