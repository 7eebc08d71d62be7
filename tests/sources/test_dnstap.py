"""The dnstap format: every kind of message, real and made up."""

import io
import random
import struct
from collections import Counter
from pathlib import Path
from typing import Any

import dns.message
import dns.rrset
import dnstap_pb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.errors import FluxhoundError, UnreadableInputError
from fluxhound.sources import dnstap, responses, rrsets
from fluxhound.sources.format import ReadOptions
from fluxhound.sources.stream import Stream
from fluxhound.sources.tally import Tally

CAPTURES = Path(__file__).parent.parent / "captures"
CLIENT, RESOLVER, SERVER = b"\x0a\0\0\1", b"\x0a\0\0\2", b"\xc0\0\2\x35"
KINDS = dnstap_pb.Message


def control(kind: int, content: bytes = dnstap.CONTENT_TYPE) -> bytes:
    fields = struct.pack("!II", 1, len(content)) + content if content else b""
    return struct.pack("!III", 0, 4 + len(fields), kind) + fields


def tap(*frames: bytes) -> bytes:
    body = b"".join(struct.pack("!I", len(frame)) + frame for frame in frames)
    return control(2) + body + control(3, b"")


def response(flags: str = "QR RD RA") -> bytes:
    built = dns.message.from_text(f"id 1\nflags {flags}\n;QUESTION\na.test. IN A")
    built.answer.append(dns.rrset.from_text("a.test.", 9, "IN", "A", "192.0.2.1"))
    return built.to_wire()


def frame(kind: int, octets: bytes | None = None, identity: bytes = b"", **fields: Any) -> bytes:
    message = {
        "type": kind,
        "query_address": CLIENT,
        "response_address": SERVER,
        "response_time_sec": 100,
        "response_time_nsec": 500_000_000,
        "response_message": response() if octets is None else octets,
        **fields,
    }
    built = dnstap_pb.Dnstap(type=1, identity=identity, message=dnstap_pb.Message(**message))
    return bytes(built.SerializeToString())


def read(
    octets: bytes, options: ReadOptions | None = None, rows: list[dict[str, Any]] | None = None
) -> tuple[list[dict[str, Any]], Tally]:
    """Return rows and tally; *rows* keeps what was read before an error."""
    rows, tally = [] if rows is None else rows, Tally()
    stream = Stream(io.BytesIO(octets), name="x")
    try:
        for batch in dnstap.read(stream, tally, options or ReadOptions()):
            rows += batch.to_pylist()
    finally:
        stream.close()
    return rows, tally


@pytest.mark.parametrize(
    ("kind", "identity", "flags", "client", "sensor"),
    [
        (KINDS.CLIENT_RESPONSE, b"", "QR RD RA", "10.0.0.1", "192.0.2.53"),
        (KINDS.CLIENT_RESPONSE, b"ns-1", "QR RD RA", "10.0.0.1", "ns-1"),
        (KINDS.RESOLVER_RESPONSE, b"", "QR AA", None, "10.0.0.1"),
        (KINDS.RESOLVER_RESPONSE, b"ns-1", "QR AA", None, "ns-1"),
        (KINDS.FORWARDER_RESPONSE, b"ns-1", "QR RD RA", None, "ns-1"),
        (KINDS.AUTH_RESPONSE, b"ns-1", "QR AA", "10.0.0.1", "10.0.0.1"),
        (KINDS.STUB_RESPONSE, b"", "QR RD RA", "10.0.0.1", "192.0.2.53"),
        (KINDS.TOOL_RESPONSE, b"", "QR RD RA", "10.0.0.1", "192.0.2.53"),
    ],
)
def test_client_and_sensor_of_each_kind(
    kind: int, identity: bytes, flags: str, client: str | None, sensor: str
) -> None:
    rows, tally = read(tap(frame(kind, response(flags), identity)))
    assert [(row["client"], row["sensor"]) for row in rows] == [(client, sensor)]
    assert [(row["time"], row["name"], row["answers"], row["ttl"]) for row in rows] == [
        (100.5, "a.test", "192.0.2.1", 9)
    ]
    assert (tally.records, tally.observations) == (1, 1)


def test_sensor_of_the_user_comes_first() -> None:
    octets = tap(frame(KINDS.CLIENT_RESPONSE, identity=b"ns-1"))
    rows, _ = read(octets, ReadOptions(sensor="mine"))
    assert [row["sensor"] for row in rows] == ["mine"]


@pytest.mark.parametrize("address", [b"", b"\0" * 4, b"\0" * 16, b"abc"])
def test_unknown_address_of_the_resolver_is_no_sensor(address: bytes) -> None:
    rows, _ = read(tap(frame(KINDS.RESOLVER_RESPONSE, query_address=address)))
    assert [row["sensor"] for row in rows] == [None]


def test_identity_is_cut_and_escaped() -> None:
    octets = tap(frame(KINDS.CLIENT_RESPONSE, identity=b"a\x1b[31m\xff" + b"x" * 1000))
    rows, _ = read(octets)
    sensor = rows[0]["sensor"]
    assert sensor.startswith("a\\027[31m\\xffxxx")
    assert len(sensor) < 300


def test_queries_are_passed_over() -> None:
    queries = [number for name, number in KINDS.Type.items() if name.endswith("QUERY")]
    rows, tally = read(tap(*[frame(kind) for kind in queries]))
    assert (rows, tally.records) == ([], len(queries))
    assert tally.passed_over == {rrsets.QUERY: len(queries)}


def test_time_of_the_query_stands_in() -> None:
    times: dict[str, Any] = {
        "response_time_sec": 0,
        "query_time_sec": 7,
        "query_time_nsec": 250_000_000,
    }
    rows, _ = read(tap(frame(KINDS.CLIENT_RESPONSE, **times)))
    assert [row["time"] for row in rows] == [7.25]


@pytest.mark.parametrize("seconds", [0, 2**64 - 1])
def test_impossible_time_is_bad(seconds: int) -> None:
    rows, tally = read(
        tap(frame(KINDS.CLIENT_RESPONSE, response_time_sec=seconds, response_time_nsec=0))
    )
    assert rows == []
    assert tally.bad == {responses.TIME_OUT_OF_RANGE: 1}


@pytest.mark.parametrize(
    ("action", "kept"),
    [(dnstap_pb.Policy.PASS, 1), (dnstap_pb.Policy.LOCAL_DATA, 0), (dnstap_pb.Policy.NODATA, 0)],
)
def test_what_our_own_policy_made_is_passed_over(action: int, kept: int) -> None:
    policy = dnstap_pb.Policy(action=action)
    rows, tally = read(tap(frame(KINDS.CLIENT_RESPONSE, policy=policy)))
    assert len(rows) == kept
    assert tally.passed_over == ({} if kept else {dnstap.REWRITTEN: 1})


def test_bad_frames_are_counted_and_the_rest_is_read() -> None:
    without = dnstap_pb.Dnstap(type=1).SerializeToString()
    empty = frame(KINDS.CLIENT_RESPONSE, b"")
    rows, tally = read(tap(b"\xff" * 9, without, empty, frame(KINDS.CLIENT_RESPONSE)))
    assert len(rows) == 1
    assert tally.records == 4
    assert tally.bad == {dnstap.NOT_DNSTAP: 1, dnstap.NO_MESSAGE: 2}


def test_what_was_read_before_the_damage_is_yielded() -> None:
    octets = control(2) + tap(frame(KINDS.CLIENT_RESPONSE))[42:] + b"\xff" * 8
    rows: list[dict[str, Any]] = []
    with pytest.raises(FluxhoundError, match="damaged"):
        read(octets, rows=rows)
    assert len(rows) == 1


def test_recognises_its_own() -> None:
    assert dnstap.FORMAT.matches(tap())
    assert dnstap.FORMAT.matches(control(4))
    assert not dnstap.FORMAT.matches(control(2, b"protobuf:other"))
    assert not dnstap.FORMAT.matches(b"")
    assert dnstap.FORMAT.name == "dnstap"


def test_real_file_of_a_real_resolver() -> None:
    octets = (CAPTURES / "bind-dnstap" / "resolver.tap").read_bytes()
    assert dnstap.FORMAT.matches(octets)
    rows, tally = read(octets)
    assert (tally.records, tally.observations, tally.bad) == (66, 66, {})
    assert tally.passed_over == {
        rrsets.QUERY: 33,
        rrsets.NO_ADDRESSES: 5,
        rrsets.NO_SUCH_NAME: 2,
        rrsets.OTHER_TYPE: 1,
    }
    assert {row["sensor"] for row in rows} == {"resolver-1"}
    assert {row["client"] for row in rows} == {None, "127.0.0.1"}
    many = {
        ",".join(sorted(row["answers"].split(",")))
        for row in rows
        if (row["name"], row["type"]) == ("many.flux.test", "A")
    }
    assert many == {"192.0.2.1,192.0.2.2,198.51.100.7,203.0.113.200,203.0.113.9"}
    names = Counter(row["name"] for row in rows)
    assert names["mIxEd-CaSe.flux.test"] == names[r"wild\.dot.flux.test"] == 2
    chain = [row["answers"] for row in rows if row["name"] == "www.flux.test"]
    assert all(answers.startswith("edge.flux.test,many.flux.test,") for answers in chain)
    assert ("h3.flux.test", "A", "192.0.2.90,192.0.2.91") in {
        (row["name"], row["type"], row["answers"]) for row in rows
    }


def test_any_damage_to_a_real_file_is_survived() -> None:
    octets = (CAPTURES / "bind-dnstap" / "resolver.tap").read_bytes()
    chance = random.Random(1)  # noqa: S311 - the same damage each time
    for _ in range(150):
        broken = bytearray(octets)
        for _ in range(chance.randrange(1, 30)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        try:
            rows, tally = read(bytes(broken))
        except FluxhoundError:
            continue
        assert len(rows) == tally.observations


def test_other_input_is_refused_in_one_sentence() -> None:
    assert read(b"")[0] == []
    with pytest.raises(UnreadableInputError, match="no dnstap file"):
        read(b"plain text\n" * 10)


@given(st.lists(st.binary(max_size=200), max_size=4))
def test_any_frames_are_read_or_counted(frames: list[bytes]) -> None:
    rows, tally = read(tap(*[octets for octets in frames if octets]))
    assert tally.observations == len(rows)
    assert tally.records >= sum(1 for octets in frames if octets)


def both_ways(octets: bytes, monkeypatch: pytest.MonkeyPatch) -> tuple[object, Tally]:
    """Read frames together as far as possible, and compare with reading them one by one."""
    monkeypatch.setattr(dnstap, "FEW", 1)
    together = read(octets)
    monkeypatch.setattr(dnstap, "FEW", len(octets) + 1)
    assert together == read(octets)
    return together


def test_captures_are_read_alike_in_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    for path in CAPTURES.glob("bind-dnstap/*.tap"):
        assert both_ways(path.read_bytes(), monkeypatch)[1].observations


def test_odd_frames_come_in_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = KINDS.CLIENT_RESPONSE
    escaped = response().replace(b"a\4test", b"\\\4test")
    frames = [frame(kind), frame(kind, escaped), frame(kind), b"\xff", frame(kind, b"short")]
    rows, tally = read(tap(*frames))
    assert [row["name"] for row in rows] == ["a.test", r"\092.test", "a.test"]
    assert (tally.records, tally.bad.total()) == (5, 2)
    both_ways(tap(*frames), monkeypatch)
