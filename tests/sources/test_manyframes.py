"""Frames read together give the rows that each gives alone."""

import numpy as np
import pytest

from fluxhound.sources.labels import padded
from fluxhound.sources.manyframes import ManyFrames
from fluxhound.sources.tally import Tally
from fluxhound.sources.tapresponse import client, place, response
from tests.sources.tapping import CLIENT, KINDS, RESOLVER, frame
from tests.sources.tapping import response as message

FLAGS = (0x8180, 0x8400, 0x8000)
FRAMES = [
    frame(kind, message()[:2] + flags.to_bytes(2, "big") + message()[4:], identity=identity)
    for kind in (CLIENT, RESOLVER, KINDS.AUTH_RESPONSE, KINDS.FORWARDER_RESPONSE)
    for identity in (b"", b"ns-1")
    for flags in FLAGS
] + [
    frame(CLIENT, query_address=b"", response_address=bytes(4)),
    frame(RESOLVER, query_address=bytes(15) + b"\1", response_address=b"abc"),
]


@pytest.mark.parametrize("sensor", [None, "mine"])
def test_clients_and_sensors(sensor: str | None) -> None:
    many, tally = ManyFrames(sensor), Tally()
    end = np.cumsum([len(each) for each in FRAMES])
    octets = padded(b"".join(FRAMES))
    opened, odd = many.open(octets, end - [len(each) for each in FRAMES], end, tally)
    told = many.read(octets, opened, tally)
    assert not odd.any()
    assert not told.odd.any()
    rows = many.batch(opened, told, np.arange(len(FRAMES))).to_pylist()
    alone = [found for each in FRAMES if (found := response(each, Tally()))]
    assert [(row["client"], row["sensor"]) for row in rows] == [
        (client(each), sensor or place(each)) for each in alone
    ]
    assert {(row["time"], row["name"], row["answers"]) for row in rows} == {
        (100.0, "a.test", "192.0.2.1")
    }
    some = many.batch(opened, told, np.array([1, 5]))
    assert some.to_pylist() == [rows[1], rows[5]]


def test_queries_are_counted_and_frames_without_message_are_odd() -> None:
    frames = [frame(KINDS.CLIENT_QUERY), frame(CLIENT, b""), frame(KINDS.TOOL_QUERY, b"")]
    end = np.cumsum([len(each) for each in frames])
    tally = Tally()
    opened, odd = ManyFrames(None).open(
        padded(b"".join(frames)), end - [len(each) for each in frames], end, tally
    )
    assert (len(opened.frame), odd.tolist(), tally.records) == (0, [False, True, False], 2)
    assert tally.passed_over == {"query": 2}
