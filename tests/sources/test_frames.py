"""Frames cut out of pieces of any size."""

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.sources import frames
from fluxhound.sources.frames import FrameError, Frames
from fluxhound.sources.framestream import CONTROL_BYTES, FRAME_BYTES, START, STOP
from fluxhound.sources.handshake import control_frame
from tests.sources.tapping import cut, sized


def all_of(cutter: Frames, octets: bytes) -> list[bytes | tuple[bytes]]:
    """Return the data frames, and the control frames as tuples, in their order."""
    found: list[bytes | tuple[bytes]] = []
    data, control = cutter.cut(octets)
    found += data
    while control is not None:
        found.append((control,))
        data, control = cutter.cut(b"")
        found += data
    return found


@given(
    st.lists(st.binary(min_size=1, max_size=300) | st.just(None), max_size=12),
    st.lists(st.integers(0, 10_000), max_size=30),
)
def test_any_cut_yields_the_same_frames(given_frames: list[bytes | None], at: list[int]) -> None:
    octets = b"".join(control_frame(STOP) if f is None else sized(f) for f in given_frames)
    wanted = [(struct.pack("!I", STOP),) if f is None else f for f in given_frames]
    for pieces in ([octets], cut(octets, at), [bytes([each]) for each in octets[:600]]):
        cutter, found = Frames(), []
        for piece in pieces:
            found += all_of(cutter, piece)
        assert found == wanted[: len(found)]
        if b"".join(pieces) == octets:
            assert len(found) == len(wanted)
            assert cutter.pending == 0


def test_what_is_not_complete_is_pending() -> None:
    cutter = Frames()
    assert cutter.cut(sized(b"abc")[:-1]) == ([], None)
    assert cutter.pending == 6
    assert cutter.cut(b"c\0") == ([b"abc"], None)
    assert cutter.pending == 1


def test_long_frame_in_small_pieces_is_joined_once() -> None:
    """Joining at each piece would cost the square of the frame's length."""
    cutter, frame = Frames(), bytes(FRAME_BYTES)
    octets = sized(frame)
    for at in range(0, len(octets) - 1, 64):
        cutter.cut(octets[at : min(at + 64, len(octets) - 1)])
    assert len(cutter._pieces) > 4000
    assert cutter.cut(octets[-1:]) == ([frame], None)


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (struct.pack("!I", FRAME_BYTES + 1), frames.FRAME_TOO_LONG),
        (b"\xff" * 4, frames.FRAME_TOO_LONG),
        (struct.pack("!II", 0, CONTROL_BYTES + 1), frames.CONTROL_TOO_LONG),
    ],
)
def test_lengths_are_bounded_and_frames_before_are_kept(octets: bytes, reason: str) -> None:
    with pytest.raises(FrameError) as caught:
        Frames().cut(sized(b"a", b"b") + octets)
    assert (caught.value.reason, caught.value.rest) == (reason, [b"a", b"b"])


@given(st.lists(st.binary(max_size=100), max_size=20))
def test_garbage_is_cut_or_refused(pieces: list[bytes]) -> None:
    cutter = Frames()
    with contextlib.suppress(FrameError):
        for piece in pieces:
            all_of(cutter, piece)


def test_control_frames_come_one_by_one() -> None:
    cutter = Frames()
    data, control = cutter.cut(control_frame(START) + sized(b"x") + control_frame(STOP))
    assert (data, control) == ([], struct.pack("!I", START))
    assert cutter.cut(b"") == ([b"x"], struct.pack("!I", STOP))
    assert cutter.cut(b"") == ([], None)
