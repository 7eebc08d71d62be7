"""DNS messages and their circumstances, turned into rows and counted."""

import struct

import dns.flags
import dns.message
import dns.rrset
import pytest

from fluxhound.sources import responses, rrsets, wire
from fluxhound.sources.live import SHED
from fluxhound.sources.responses import Responses, vantage
from fluxhound.sources.tally import Tally

AA, RA, RD = wire.AUTHORITATIVE, wire.RECURSION_AVAILABLE, wire.RECURSION_DESIRED


def response(*addresses: str, number: int = 1, flags: int = 0x8180, ttl: int = 9) -> bytes:
    built = dns.message.make_response(dns.message.make_query("a.test", "A", id=number))
    built.answer += [dns.rrset.from_text("a.test.", ttl, "IN", "A", text) for text in addresses]
    built.flags = dns.flags.Flag(flags)
    return built.to_wire()


def collected(*messages: bytes, time: float = 1.5, cut: bool = False) -> tuple[Responses, Tally]:
    tally = Tally()
    collector = Responses(tally)
    for message in messages:
        collector.add(message, time=time, client="10.0.0.1", sensor="10.0.0.2", cut=cut)
    return collector, tally


def test_row_has_all_that_is_known() -> None:
    collector, tally = collected(response("192.0.2.1"))
    assert collector.take().to_pylist() == [
        {
            "time": 1.5,
            "name": "a.test",
            "type": "A",
            "answers": "192.0.2.1",
            "ttl": 9,
            "client": "10.0.0.1",
            "sensor": "10.0.0.2",
            "time_last": None,
            "count": None,
        }
    ]
    assert (tally.records, tally.observations, tally.bad, tally.passed_over) == (1, 1, {}, {})


def swelling(records: int) -> bytes:
    """Return a message whose text is seventy times as long as itself."""
    label = b"\x3f" + b"\xff" * 63
    question = label * 3 + b"\x3a" + b"\xff" * 58 + b"\0" + b"\0\2\0\1"
    record = struct.pack("!HHHIH", 0xC00C, wire.NS, 1, 9, 2) + b"\xc0\x0c"
    return struct.pack("!6H", 1, 0x8180, 1, records, 0, 0) + question + record * records


def test_text_of_a_batch_is_bounded() -> None:
    collector, tally = collected(swelling(4000))
    one = collector._characters
    assert one > 3_900_000 > 60 * len(swelling(4000))
    while not collector.full:
        collector.add(swelling(4000), time=1, client=None, sensor=None)
    assert len(collector) < 10
    assert collector._characters < responses.BATCH_CHARACTERS + one
    assert collector.take().num_rows == tally.observations
    assert not collector.full


def test_ttls_are_those_of_each_message() -> None:
    collector, _ = collected(*[response("192.0.2.1", "192.0.2.2", ttl=ttl) for ttl in (9, 8, 7)])
    assert collector.take().column("ttl").to_pylist() == [9, 8, 7]


def test_shedding_leaves_out_what_was_told_a_moment_ago() -> None:
    collector, tally = collected()
    collector.shedding = True
    first, other = response("192.0.2.1"), response("192.0.2.2")
    told = [(first, 1.0), (first, 2.0), (other, 2.0), (first, 10.9), (first, 11.1), (first, 12.0)]
    for number, (octets, time) in enumerate(told):
        again = number.to_bytes(2, "big") + octets[2:]
        collector.add(again, time=time, client=str(number), sensor=None)
    assert collector.take().column("client").to_pylist() == ["0", "2", "4"]
    assert tally.records == 6
    assert tally.passed_over == {SHED: 3}


def test_shedding_is_for_each_sensor_and_ends() -> None:
    collector, tally = collected()
    collector.shedding = True
    for sensor in ("a", "b", "a"):
        collector.add(response("192.0.2.1"), time=1.0, client=None, sensor=sensor)
    collector.shedding = False
    collector.add(response("192.0.2.1"), time=1.0, client=None, sensor="a")
    assert collector.take().column("sensor").to_pylist() == ["a", "b", "a"]
    assert tally.passed_over == {SHED: 1}


def test_damaged_messages_are_not_shed_and_counted_once() -> None:
    collector, tally = collected()
    collector.shedding = True
    message = bytearray(response("192.0.2.1"))
    message[11] = 1
    for _ in range(3):
        collector.add(bytes(message), time=1.0, client=None, sensor=None)
    assert len(collector) == 3
    assert tally.bad == {responses.DAMAGED_AFTER_ANSWERS: 3}
    assert tally.passed_over == {}


def test_memory_of_what_was_told_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(responses, "SHED_KEPT", 4)
    collector, _ = collected()
    collector.shedding = True
    for number in range(20):
        collector.add(response(f"192.0.2.{number}"), time=1.0, client=None, sensor=None)
    assert len(collector) == 20
    assert len(collector._told) <= 4


@pytest.mark.parametrize("time", [0.0, -1.0, float("nan"), float("inf"), 4_102_444_801.0])
def test_times_out_of_range_are_bad(time: float) -> None:
    collector, tally = collected(response("192.0.2.1"), time=time)
    assert len(collector) == tally.observations == 0
    assert tally.bad == {responses.TIME_OUT_OF_RANGE: 1}


def test_every_message_is_accounted_for() -> None:
    query = response(flags=0x0100)
    damaged = response("192.0.2.1")[:-1]
    collector, tally = collected(query, b"", b"\0" * 11, damaged, response(), response("192.0.2.1"))
    assert tally.records == 6
    assert tally.passed_over == {rrsets.QUERY: 1, rrsets.NO_ADDRESSES: 1}
    assert tally.bad == {wire.TOO_SHORT: 2, wire.CUT_SHORT: 1}
    assert len(collector) == 1


def test_cut_by_the_capture_is_told_apart() -> None:
    _, tally = collected(response("192.0.2.1")[:-1], cut=True)
    assert tally.bad == {responses.CUT_BY_CAPTURE: 1}


def test_damage_after_the_answers_leaves_the_answers() -> None:
    message = bytearray(response("192.0.2.1"))
    message[11] = 1  # an additional record that is not there
    collector, tally = collected(bytes(message))
    assert len(collector) == 1
    assert tally.bad == {responses.DAMAGED_AFTER_ANSWERS: 1}
    assert tally.passed_over == {}


@pytest.mark.parametrize(
    ("flags", "place"),
    [
        (RA | RD, "responder"),
        (RA | RD | AA, "responder"),
        (AA, "asker"),
        (AA | RD, "asker"),
        (0, "asker"),  # a referral
        (RD, "responder"),  # recursion asked for and not offered: nothing tells
    ],
)
def test_vantage_point_is_the_resolver(flags: int, place: str) -> None:
    octets = bytes([0, 0, flags >> 8, flags & 0xFF])
    assert vantage(octets, "asker", "responder") == place


def test_vantage_point_of_a_stub_of_a_message_is_the_responder() -> None:
    assert vantage(b"", None, None) is None


def test_batch_without_rows_is_a_batch() -> None:
    collector, _ = collected()
    assert collector.take().num_rows == 0
    assert len(collector) == 0
    assert not collector.full
