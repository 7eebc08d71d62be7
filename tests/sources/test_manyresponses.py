"""Counting many messages is counting each."""

import numpy as np
import pyarrow as pa

from fluxhound.sources import rrsets
from fluxhound.sources.manyresponses import (
    MESSAGES,
    OCTETS,
    ManyResponses,
    above,
    batch,
    in_order,
    portions,
)
from fluxhound.sources.responses import LATEST, Responses, vantage
from fluxhound.sources.tally import Tally
from tests.sources.manyreading import joined, written

ADDRESS = ("a.test.", ("A", "192.0.2.1"), "", 60)
ANSWER = written("a.test.", "A", 0x8180, [[ADDRESS]])
ABSENT = written("a.test.", "A", 0x8183, [])
QUERY = written("a.test.", "A", 0x0100, [])


def test_all_but_odd_messages_are_counted() -> None:
    messages = [ANSWER, QUERY, ABSENT, b"short", ANSWER[:-1], ANSWER, QUERY[:12]]
    time = np.array([1.0, 1.0, 1.0, 1.0, 1.0, LATEST * 2, 1.0])
    tally = Tally()
    told = ManyResponses().read(*joined(messages), time, tally)
    assert told.odd.tolist() == [False, False, False, True, True, True, False]
    assert told.rows.message.tolist() == [0]
    assert tally.records == 4
    assert tally.passed_over == {rrsets.QUERY: 2, rrsets.NO_SUCH_NAME: 1}
    assert tally.observations == 0


def test_vantage_point_is_that_of_one_message() -> None:
    flags = [0x8000, 0x8100, 0x8180, 0x8400, 0x8500, 0x8580, 0x8480]
    told = above(np.array(flags, np.uint16)).tolist()
    assert told == [
        vantage(bytes([0, 0, each >> 8, each & 0xFF]), "asker", "responder") == "asker"
        for each in flags
    ]


def test_rows_of_both_ways_come_in_order() -> None:
    told = ManyResponses().read(*joined([ANSWER] * 2), np.array([1.0, 2.0]), Tally())
    text = pa.array(["x", "y"])
    first = batch(told.rows, time=np.array([1.0, 2.0]), client=text, sensor=text)
    one_by_one = Responses(Tally())
    one_by_one.add(ANSWER, time=1.5, client="x", sensor=None)
    both = in_order(first, np.array([0, 2]), one_by_one.take(), np.array([1]))
    assert both.column("time").to_pylist() == [1.0, 1.5, 2.0]
    assert both.column("answers").to_pylist() == ["192.0.2.1"] * 3
    assert both.column("count").null_count == 3


def test_portions_are_bounded_by_number_and_octets() -> None:
    end = np.arange(1, MESSAGES + 2) * 10
    assert [len(each) for each in portions(end - 10, end)] == [MESSAGES, 1]
    sizes = np.array([OCTETS // 2, OCTETS // 2, 1, OCTETS * 2, 1])
    end = np.cumsum(sizes)
    assert list(portions(end - sizes, end)) == [range(2), range(2, 3), range(3, 4), range(4, 5)]
    assert list(portions(end[:0], end[:0])) == []
