"""Frames of one connection: what makes history, what tells who asked, and that all is counted."""

from typing import Any

import dnstap_pb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.sources import dnstap, rrsets, tapframes
from fluxhound.sources.live import SHED
from fluxhound.sources.repeats import Repeats
from fluxhound.sources.sides import PATIENCE_S, Server, Sides
from fluxhound.sources.tapframes import FEW, GIVEN, PORTION_ROWS, PORTION_S, TapFrames
from tests.sources.manyreading import plain, strange
from tests.sources.tapping import CLIENT, KINDS, RESOLVER, Kept, frame, response

REWRITTEN = {"policy": dnstap_pb.Policy(action=dnstap_pb.Policy.LOCAL_DATA)}


def connection(
    number: int = 1, *, sensor: str | None = None, sides: Sides | None = None
) -> TapFrames:
    return TapFrames(
        number=number, sensor=sensor, sides=sides or Sides(), repeats=Repeats(), now=0.0
    )


def told(*frames: bytes, now: float = 1.0, last: bool = True) -> Kept:
    kept, taps = Kept(), connection()
    taps.add(frames, now)
    for portion in taps.take(now, last=last):
        kept.put(portion)
    return kept


def test_what_a_resolver_got_is_history_and_what_it_gave_tells_who_asked() -> None:
    kept = told(frame(RESOLVER), frame(CLIENT, asker=1), frame(CLIENT, asker=2), frame(CLIENT))
    assert [(row["name"], row["client"]) for row in kept.rows()] == [("a.test", None)]
    assert kept.asked() == {("a.test", "10.0.0.1"): 2, ("a.test", "10.0.0.2"): 1}
    assert kept.records == 4
    assert kept.passed_over == {GIVEN: 3}


def test_answers_before_the_first_that_the_resolver_got_are_not_lost() -> None:
    made_up = response("blocked.test.", "192.0.2.99")
    kept = told(frame(CLIENT, made_up, asker=3), frame(CLIENT, asker=4), frame(RESOLVER))
    assert [row["name"] for row in kept.rows()] == ["a.test"]
    assert kept.asked() == {("blocked.test", "10.0.0.3"): 1, ("a.test", "10.0.0.4"): 1}
    assert kept.records == 3


def test_server_that_logs_its_clients_alone_makes_history_by_them() -> None:
    taps, kept = connection(), Kept()
    taps.add([frame(CLIENT, asker=n) for n in range(1, 4)], 1.0)
    assert list(taps.take(1.0 + PATIENCE_S / 2)) == []
    for portion in taps.take(1.0 + PATIENCE_S):
        kept.put(portion)
    taps.add([frame(CLIENT, asker=9)], 2.0 + PATIENCE_S)
    for portion in taps.take(2.0 + PATIENCE_S):
        kept.put(portion)
    assert [row["client"] for row in kept.rows()] == [f"10.0.0.{n}" for n in (1, 2, 3, 9)]
    assert kept.asked() == {}
    assert kept.records == 4


def test_server_that_shows_its_other_side_later_is_believed() -> None:
    taps, kept = connection(), Kept()
    taps.add([frame(CLIENT)], 1.0)
    for portion in taps.take(1.0 + PATIENCE_S):
        kept.put(portion)
    taps.add([frame(RESOLVER), frame(CLIENT, response("made.up."))], 9.0)
    for portion in taps.take(9.0):
        kept.put(portion)
    assert [row["name"] for row in kept.rows()] == ["a.test", "a.test"]
    assert set(kept.asked()) == {("made.up", "10.0.0.1")}


def test_sides_are_known_by_the_name_of_the_server_else_by_connection() -> None:
    sides = Sides()
    connection(1, sides=sides).add([frame(RESOLVER, identity=b"r"), frame(RESOLVER)], 1.0)
    other, kept = connection(2, sides=sides), Kept()
    other.add([frame(CLIENT, identity=b"r"), frame(CLIENT, identity=b"s"), frame(CLIENT)], 1.0)
    for portion in other.take(1.0, last=True):
        kept.put(portion)
    assert kept.passed_over == {GIVEN: 1}
    assert [row["sensor"] for row in kept.rows()] == ["s", "192.0.2.53"]


def test_side_that_another_connection_showed_counts_for_what_waits() -> None:
    sides = Sides()
    waiting, kept = connection(1, sides=sides), Kept()
    waiting.add([frame(CLIENT, identity=b"r")], 1.0)
    connection(2, sides=sides).add([frame(RESOLVER, identity=b"r")], 2.0)
    for portion in waiting.take(1.0 + PATIENCE_S):
        kept.put(portion)
    assert (kept.rows(), kept.passed_over) == ([], {GIVEN: 1})


def test_forwarder_and_name_server_make_history() -> None:
    kept = told(frame(KINDS.FORWARDER_RESPONSE), frame(CLIENT), frame(KINDS.AUTH_RESPONSE))
    assert len(kept.rows()) == 2
    assert kept.passed_over == {GIVEN: 1}


def test_answer_that_a_policy_made_tells_who_asked_alone() -> None:
    absent = response("evil.test.", rcode="NXDOMAIN")
    kept = told(
        frame(CLIENT, asker=5, **REWRITTEN),
        frame(CLIENT, absent, asker=6, **REWRITTEN),
        frame(RESOLVER, **REWRITTEN),
        frame(CLIENT, b"\xff" * 20, **REWRITTEN),
    )
    assert kept.rows() == []
    assert kept.asked() == {("a.test", "10.0.0.5"): 1, ("evil.test", "10.0.0.6"): 1}
    assert kept.passed_over == {dnstap.REWRITTEN: 4}


def test_sensor_of_the_user_comes_first() -> None:
    taps = connection(sensor="mine")
    taps.add([frame(RESOLVER, identity=b"r")], 1.0)
    [portion] = taps.take(1.0)
    assert portion.batches[0].column("sensor").to_pylist() == ["mine"]
    assert portion.position is None


def test_every_frame_is_counted_with_a_reason() -> None:
    frames = [
        b"\xff\xff",
        frame(RESOLVER, b""),
        frame(RESOLVER, b"short"),
        frame(KINDS.CLIENT_QUERY),
        frame(RESOLVER, response(rcode="NXDOMAIN")),
        frame(RESOLVER, response_time_sec=0),
        frame(RESOLVER),
    ]
    kept = told(*frames)
    assert kept.records == 7
    assert kept.bad.total() == 4
    assert kept.passed_over == {rrsets.QUERY: 1, rrsets.NO_SUCH_NAME: 1}
    assert len(kept.rows()) == 1


def test_shedding_keeps_new_answers() -> None:
    taps, kept = connection(), Kept()
    taps.shed(pressed=True)
    taps.add(
        [frame(RESOLVER, response("a.test.", f"192.0.2.{n % 5}", number=n)) for n in range(50)], 1
    )
    for portion in taps.take(1.0):
        kept.put(portion)
    assert {row["answers"] for row in kept.rows()} == {f"192.0.2.{n}" for n in range(5)}
    assert kept.passed_over == {SHED: 45}
    assert kept.records == 50


def test_portions_come_in_time_and_by_size() -> None:
    taps = connection()
    assert not taps.due(PORTION_S / 2)
    assert taps.due(PORTION_S)
    assert list(taps.take(PORTION_S)) == []
    assert not taps.due(PORTION_S * 1.5)
    taps.add([frame(RESOLVER)] * PORTION_ROWS, PORTION_S)
    assert taps.due(PORTION_S)
    [portion] = taps.take(PORTION_S)
    assert portion.tally.records == portion.tally.observations == PORTION_ROWS
    assert not taps.due(PORTION_S)


def test_lost_frames_are_bad_records() -> None:
    taps = connection()
    taps.lose("why")
    [portion] = taps.take(1.0)
    assert (portion.tally.records, portion.tally.bad) == (1, {"why": 1})
    assert portion.batches == portion.asked == ()


@given(
    st.lists(
        st.binary(max_size=60)
        | st.builds(
            frame,
            st.sampled_from(sorted(KINDS.Type.values())),
            st.binary(max_size=40) | st.just(response()),
            identity=st.binary(max_size=3),
        ),
        max_size=20,
    ),
    st.booleans(),
)
def test_any_frames_are_accounted_for(frames: list[bytes], pressed: bool) -> None:
    taps, kept = connection(), Kept()
    taps.shed(pressed=pressed)
    for number, each in enumerate(frames):
        taps.add([each], float(number))
        for portion in taps.take(float(number)):
            kept.put(portion)
    for portion in taps.take(99.0, last=True):
        kept.put(portion)
    assert kept.records == len(frames)
    accounted = kept.bad.total() + kept.passed_over.total()
    assert accounted <= kept.records <= accounted + len(kept.rows())
    assert sum(portion.tally.observations for portion in kept.portions) == len(kept.rows())
    assert tapframes.GIVEN not in kept.bad


@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([CLIENT, RESOLVER, KINDS.AUTH_RESPONSE, KINDS.CLIENT_QUERY]),
            plain() | strange() | st.sampled_from([b"", response("z.test.", "192.0.2.1")]),
            st.sampled_from([b"", b"r", b"s"]),
            st.integers(1, 3),
            st.sampled_from([{}, {}, {}, REWRITTEN, {"response_time_sec": 0}]),
        ),
        min_size=1,
        max_size=12,
    ),
    st.lists(st.tuples(st.sampled_from([b"r", b"s", 1]), st.booleans()), max_size=3),
    st.integers(1, 12),
    st.booleans(),
)
def test_frames_taken_together_are_those_taken_one_by_one(
    given_frames: list[tuple[int, bytes, bytes, int, dict[str, Any]]],
    known: list[tuple[Server, bool]],
    size: int,
    pressed: bool,
) -> None:
    frames = [
        frame(kind, octets, identity=identity, asker=asker, **fields)
        for kind, octets, identity, asker, fields in given_frames
    ]
    found = []
    for few, together in ((99, 99), (1, size)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(tapframes, "FEW", few)
            patch.setattr(tapframes, "TOGETHER", together)
            sides = Sides()
            for server, both in known:
                sides.decide(server, both=both)
            taps, kept = connection(sides=sides), Kept()
            taps.shed(pressed=pressed)
            for at in range(0, len(frames), size):
                taps.add(frames[at : at + size], 1.0)
            for portion in taps.take(1.0, last=True):
                kept.put(portion)
        found.append((kept.rows(), kept.asked(), kept.passed_over, kept.bad, kept.records))
    assert found[0] == found[1]


def test_many_frames_wait_to_be_taken_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tapframes, "TOGETHER_OCTETS", 10_000)
    taps = connection()
    taps.add([frame(RESOLVER)] * FEW, 1.0)
    assert not taps.due(PORTION_S / 2)
    taps.add([frame(RESOLVER)], 1.0)
    [portion] = taps.take(1.0)
    assert portion.tally.records == sum(batch.num_rows for batch in portion.batches) == FEW + 1
    taps.add([frame(RESOLVER)] * FEW * 20, 1.0)
    taps.add([frame(RESOLVER)], 1.0)
    [portion] = taps.take(1.0)
    assert portion.tally.observations == FEW * 20 + 1
