"""Fields found together are those that protobuf's own library finds, or the frame is odd."""

import dnstap_pb
import numpy as np
import pytest
from google.protobuf.message import DecodeError
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.sources.labels import padded
from fluxhound.sources.tapfields import Found, fields
from tests.sources.tapping import CLIENT, RESOLVER, frame

REWRITTEN = {"policy": dnstap_pb.Policy(action=dnstap_pb.Policy.LOCAL_DATA)}
FRAME = frame(
    CLIENT,
    b"m" * 200,
    identity=b"ns",
    query_port=50_000,
    response_port=53,
    socket_family=1,
    socket_protocol=1,
    query_time_sec=2**33,
    query_time_nsec=5,
    query_zone=b"z",
    response_time_nsec=7,
)


def seen(*frames: bytes) -> list[tuple[object, ...] | None]:
    """Return what is found in each frame; ``None`` for odd ones."""
    octets = b"".join(frames)
    end = np.cumsum([len(each) for each in frames])
    found = fields(padded(octets), end - [len(each) for each in frames], end)

    def part(field: Found, number: int) -> bytes:
        return octets[field.value[number] : field.end[number]]

    return [
        None
        if found.odd[number]
        else (
            found.kind[number],
            found.time[number],
            *[
                part(field, number)
                for field in (found.content, found.identity, found.asker, found.responder)
            ],
        )
        for number in range(len(frames))
    ]


def expected(octets: bytes) -> tuple[object, ...] | None:
    try:
        opened = dnstap_pb.Dnstap.FromString(octets)
    except DecodeError:
        return None
    message = opened.message
    name = "response" if message.response_time_sec else "query"
    time = getattr(message, f"{name}_time_sec") + getattr(message, f"{name}_time_nsec") / 1e9
    content = (message.response_message, opened.identity)
    return message.type, time, *content, message.query_address, message.response_address


def test_fields_of_usual_frames() -> None:
    six = frame(RESOLVER, b"x", query_address=bytes(16), response_time_sec=0, query_time_sec=3)
    bare = dnstap_pb.Dnstap(type=1, message=dnstap_pb.Message(type=5)).SerializeToString()
    frames = [FRAME, six, bytes(bare), FRAME]
    assert seen(*frames) == [expected(each) for each in frames]
    assert seen(FRAME)[0] is not None


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\x78\1",
        b"\x72\0\x78\1",
        FRAME[:-1],
        FRAME + b"\x72\2\x08\6",  # a second message
        FRAME + b"\x20\1",  # a field that is not known
        FRAME + b"\x78\2",  # another type of frame
        FRAME + b"\x12\xff\xff\xff\xff\xff\xff\1",
        FRAME.replace(b"\x08\6", b"\x08\x63"),  # another type of message
        frame(CLIENT, **REWRITTEN),
        FRAME + b"\x12\0" * 30,
    ],
)
def test_odd_frames(octets: bytes) -> None:
    assert seen(FRAME, octets, FRAME) == [expected(FRAME), None, expected(FRAME)]


@settings(max_examples=100)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([FRAME, frame(RESOLVER, b"abc"), frame(CLIENT, b"", identity=b"x")]),
            st.lists(st.tuples(st.integers(0, 99), st.integers(0, 255)), max_size=3),
            st.sampled_from([0, 0, 0, 1, 9, 40]),
        )
        | st.tuples(st.binary(max_size=30), st.just([]), st.just(0)),
        min_size=1,
        max_size=5,
    )
)
def test_any_damage_is_seen_alike_or_odd(
    given_frames: list[tuple[bytes, list[tuple[int, int]], int]],
) -> None:
    frames = []
    for octets, changes, cut in given_frames:
        changed = bytearray(octets)
        for at, value in changes:
            if at < len(changed):
                changed[at] = value
        frames.append(bytes(changed[: max(0, len(changed) - cut)]))
    for octets, found in zip(frames, seen(*frames), strict=True):
        assert found is None or found == expected(octets)
