"""What crosses to the service: it comes out as it went in, and nothing else is taken for it."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading

import orjson
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.records import OBSERVATION
from fluxhound.sources import crossing
from fluxhound.sources.crossing import BrokenError, Sender
from fluxhound.sources.live import ASKED, RUNNING, SILENT, Health, Portion
from fluxhound.sources.tally import Tally

HEALTH = Health(state=SILENT, error="a: nothing", last_record=7.5, connections=2)


def observations(names: list[str]) -> pa.RecordBatch:
    rows = [
        {"time": 1.5, "name": name, "type": "A", "answers": "192.0.2.1", "ttl": 9} for name in names
    ]
    return pa.RecordBatch.from_pylist(rows, schema=OBSERVATION)


def asked(names: list[str]) -> pa.RecordBatch:
    rows = [{"time": 1.0, "name": name, "client": "192.0.2.9", "count": 3} for name in names]
    return pa.RecordBatch.from_pylist(rows, schema=ASKED)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.lists(st.text(max_size=9), max_size=4), max_size=3),
    st.lists(st.text(max_size=9), max_size=4),
    st.dictionaries(st.sampled_from(["a", "b"]), st.integers(1, 99)),
    st.binary(max_size=20),
)
def test_portion_comes_out_as_it_went_in(
    rows: list[list[str]], who: list[str], counts: dict[str, int], sample: bytes
) -> None:
    tally = Tally(records=sum(counts.values()) + 1, observations=len(rows))
    for reason, count in counts.items():
        tally.pass_over(reason, count)
    tally.reject("bad", sample)
    portion = Portion(
        batches=tuple(map(observations, rows)), asked=(asked(who),) if who else (), tally=tally
    )
    back, state = crossing.unpacked(memoryview(crossing.packed(portion, HEALTH)))
    assert back == portion
    health = Health()
    crossing.set_health(health, state)
    assert health == HEALTH


def test_health_without_a_record_keeps_what_was_known() -> None:
    health = Health(last_record=3.0)
    crossing.set_health(health, orjson.loads(crossing.health_text(Health(state=RUNNING))))
    assert (health.state, health.last_record) == (RUNNING, 3.0)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 300), st.integers(0, 255))
def test_other_octets_are_refused_or_a_portion(noise: bytes, at: int, octet: int) -> None:
    sound = bytearray(
        crossing.packed(Portion(batches=(observations(["a"]),), tally=Tally()), HEALTH)
    )
    sound[at % len(sound)] = octet
    for octets in (noise, bytes(sound), bytes(sound[: at % len(sound)])):
        with contextlib.suppress(BrokenError):
            crossing.unpacked(memoryview(octets))


def test_messages_of_several_threads_stay_whole() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        sender = Sender(theirs)

        def send(kind: bytes) -> None:
            for size in range(0, 200_000, 20_000):
                sender.send(kind, kind * size)

        threads = [threading.Thread(target=send, args=(kind,)) for kind in (b"a", b"b", b"c")]
        for thread in threads:
            thread.start()
        found = [crossing.receive(ours) for _ in range(30)]
        for thread in threads:
            thread.join()
        assert all(each and bytes(each[1]) == each[0] * len(each[1]) for each in found)


@pytest.mark.parametrize(
    ("sent", "broken"),
    [
        (b"", False),
        (b"P\0", True),
        (b"P\0\0\0\x05abc", True),
        (b"P\0\0\0\x05", True),
        (struct.pack("!cI", b"P", crossing.LONGEST + 1), True),
    ],
)
def test_end_of_the_channel(sent: bytes, *, broken: bool) -> None:
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            theirs.sendall(sent)
        if broken:
            with pytest.raises(BrokenError):
                crossing.receive(ours)
        else:
            assert crossing.receive(ours) is None
