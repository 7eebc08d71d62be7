"""Conversations with writers: both manners, any cut, and what is refused."""

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.sources import frames, handshake
from fluxhound.sources.dnstap import CONTENT_TYPE
from fluxhound.sources.frames import FrameError
from fluxhound.sources.framestream import ACCEPT, FINISH, READY, START, STOP
from fluxhound.sources.handshake import CONTROLS, Conversation, Stage, control_frame
from tests.sources.tapping import cut, sized

ready, start = control_frame(READY, CONTENT_TYPE), control_frame(START, CONTENT_TYPE)
stop = control_frame(STOP)


def heard(*pieces: bytes) -> tuple[list[bytes], bytes, Conversation]:
    conversation = Conversation(CONTENT_TYPE)
    found: list[bytes] = []
    replies = b""
    for piece in pieces:
        data, reply = conversation.receive(piece)
        found += data
        replies += reply
    return found, replies, conversation


@given(
    st.lists(st.binary(min_size=1, max_size=50), max_size=6),
    st.lists(st.integers(0, 1000), max_size=20),
    st.booleans(),
)
def test_any_cut_is_the_same_conversation(data: list[bytes], at: list[int], both: bool) -> None:
    octets = (ready if both else b"") + start + sized(*data) + stop
    found, replies, conversation = heard(*cut(octets, at))
    assert found == data
    assert conversation.stage is Stage.STOPPED
    accept, finish = control_frame(ACCEPT, CONTENT_TYPE), control_frame(FINISH)
    assert replies == (accept + finish if both else b"")


def test_stopped_stream_may_start_anew() -> None:
    again = ready + start + sized(b"x") + stop
    assert heard(again + again)[0] == [b"x", b"x"]
    assert heard(start + sized(b"x") + stop + start + sized(b"y"))[0] == [b"x", b"y"]


def test_control_frame_without_content_type_is_taken() -> None:
    assert heard(control_frame(START) + sized(b"x"))[0] == [b"x"]


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (sized(b"x"), handshake.DATA_BEFORE_START),
        (ready + sized(b"x"), handshake.DATA_BEFORE_START),
        (start + stop + sized(b"x"), handshake.DATA_BEFORE_START),
        (stop, handshake.OUT_OF_TURN),
        (start + start, handshake.OUT_OF_TURN),
        (start + ready, handshake.OUT_OF_TURN),
        (ready + ready, handshake.OUT_OF_TURN),
        (control_frame(ACCEPT), handshake.OUT_OF_TURN),
        (control_frame(99), handshake.OUT_OF_TURN),
        (control_frame(START, b"protobuf:other"), handshake.OTHER_CONTENT),
        (control_frame(READY, b"protobuf:other"), handshake.OTHER_CONTENT),
        (struct.pack("!II", 0, 3) + b"abc", handshake.BAD_CONTROL),
        (struct.pack("!III", 0, 7, START) + b"abc", handshake.BAD_CONTROL),
        ((start + stop) * CONTROLS, handshake.TOO_MANY),
        (b"GET / HTTP/1.1\r\n\r\n", frames.FRAME_TOO_LONG),
    ],
)
def test_what_breaks_the_protocol_is_refused(octets: bytes, reason: str) -> None:
    for pieces in ([octets], [bytes([each]) for each in octets]):
        with pytest.raises(FrameError) as caught:
            heard(*pieces)
        assert (caught.value.reason, caught.value.rest) == (reason, [])


def test_frames_before_the_break_are_kept() -> None:
    for breach in (start, struct.pack("!I", 1 << 30)):
        with pytest.raises(FrameError) as caught:
            heard(start + sized(b"x", b"y") + breach)
        assert caught.value.rest == [b"x", b"y"]


@given(st.lists(st.binary(max_size=80) | st.sampled_from([ready, start, stop]), max_size=20))
def test_garbage_is_heard_or_refused(pieces: list[bytes]) -> None:
    with contextlib.suppress(FrameError):
        heard(*pieces)
