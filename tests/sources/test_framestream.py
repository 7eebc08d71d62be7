"""Frame Streams files, whole, cut and damaged."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.errors import CorruptInputError, FluxhoundError, UnreadableInputError
from fluxhound.sources import framestream
from fluxhound.sources.cursor import Cursor
from fluxhound.sources.framestream import READY, START, STOP
from fluxhound.sources.tally import Tally

CONTENT = b"protobuf:dnstap.Dnstap"


def control(kind: int, *content: bytes) -> bytes:
    fields = b"".join(struct.pack("!II", 1, len(value)) + value for value in content)
    body = struct.pack("!I", kind) + fields
    return struct.pack("!II", 0, len(body)) + body


def framed(octets: bytes) -> bytes:
    return struct.pack("!I", len(octets)) + octets


def frames(octets: bytes, tally: Tally | None = None) -> list[bytes]:
    blocks = (octets[at : at + 11] for at in range(0, len(octets), 11))
    return list(framestream.frames(Cursor(blocks), tally or Tally(), "x", CONTENT))


@pytest.mark.parametrize("start", [control(START, CONTENT), control(READY, b"other", CONTENT)])
def test_reads_frames_between_start_and_stop(start: bytes) -> None:
    octets = start + framed(b"one") + framed(b"two") + control(STOP)
    assert framestream.begins(octets, CONTENT)
    assert frames(octets) == [b"one", b"two"]


def test_handshake_and_joined_files() -> None:
    one = control(READY, CONTENT) + control(START, CONTENT) + framed(b"one") + control(STOP)
    assert frames(one + one) == [b"one", b"one"]


def test_start_without_content_type_is_read_when_told_to() -> None:
    octets = control(START) + framed(b"one")
    assert not framestream.begins(octets, CONTENT)
    assert frames(octets) == [b"one"]


@pytest.mark.parametrize("kept", range(70))
def test_what_ends_too_early_is_read_up_to_there(kept: int) -> None:
    octets = control(START, CONTENT) + framed(b"one") + framed(b"two")
    ends = [0, 42, 49, 56]
    tally = Tally()
    found = frames(octets[:kept], tally)
    assert found == [b"one", b"two"][: max(0, sum(end <= kept for end in ends) - 2)]
    assert tally.bad == ({} if kept in ends or kept > 56 else {framestream.FRAME_CUT_SHORT: 1})


@pytest.mark.parametrize(
    ("octets", "error"),
    [
        (b"GET / HTTP/1.1\r\n", UnreadableInputError),
        (framed(b"one"), UnreadableInputError),
        (control(START, b"protobuf:other"), UnreadableInputError),
        (control(START, CONTENT) + struct.pack("!I", 1 << 19), CorruptInputError),
        (control(START, CONTENT) + struct.pack("!II", 0, 513), CorruptInputError),
        (struct.pack("!II", 0, 0), CorruptInputError),
        (struct.pack("!III", 0, 8, START) + b"\0\0\0\0", CorruptInputError),
        (struct.pack("!IIIII", 0, 12, START, 1, 99), CorruptInputError),
        (struct.pack("!IIIII", 0, 12, START, 2, 0), CorruptInputError),
    ],
)
def test_foreign_and_damaged_input_is_refused(octets: bytes, error: type[Exception]) -> None:
    assert not framestream.begins(octets, CONTENT) or error is CorruptInputError
    with pytest.raises(error, match=r"^x: "):
        frames(octets)


@given(
    st.lists(
        st.one_of(
            st.binary(max_size=40),
            st.builds(framed, st.binary(max_size=40)),
            st.builds(control, st.integers(0, 6), st.sampled_from([CONTENT, b"", b"other"])),
        ),
        max_size=8,
    )
)
def test_any_octets_end_in_frames_or_one_error(pieces: list[bytes]) -> None:
    octets = b"".join(pieces)
    framestream.begins(octets, CONTENT)
    tally = Tally()
    try:
        found = frames(octets, tally)
    except FluxhoundError:
        return
    assert sum(len(frame) + 4 for frame in found) <= len(octets)
    assert sum(tally.bad.values()) <= 1


@given(st.lists(st.binary(max_size=9) | st.just(control(START)), max_size=9), st.integers(1, 50))
def test_borders_of_blocks_change_nothing(pieces: list[bytes], block: int) -> None:
    octets = control(START, CONTENT) + b"".join(
        each if each == control(START) else framed(each) for each in pieces
    )
    found = []
    for size in (block, len(octets)):
        tally, told, error = Tally(), list[bytes](), ""
        blocks = (octets[at : at + size] for at in range(0, len(octets), size))
        try:
            told += framestream.frames(Cursor(blocks), tally, "x", CONTENT)
        except FluxhoundError as raised:
            error = str(raised)
        found.append((told, error, tally))
    assert found[0] == found[1]


def test_frames_that_lie_together_come_together() -> None:
    octets = control(START, CONTENT) + framed(b"one") + framed(b"two") + control(STOP)
    [run] = framestream.runs(Cursor(iter([octets])), Tally(), "x", CONTENT)
    assert [run.octets[a:b] for a, b in zip(run.start, run.end, strict=True)] == [b"one", b"two"]
