"""Messages that are known again: what is taken from memory equals what reading gives."""

import random
import struct
from pathlib import Path

import dns.edns
import dns.message
import dns.rrset
import dnstap_pb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.sources import repeats, wire
from fluxhound.sources.cursor import Cursor
from fluxhound.sources.dnstap import CONTENT_TYPE
from fluxhound.sources.framestream import frames
from fluxhound.sources.repeats import Outcome, Repeats, read
from fluxhound.sources.tally import Tally

CAPTURE = Path(__file__).parent.parent / "captures" / "bind-dnstap" / "resolver.tap"


def real_messages() -> list[bytes]:
    cursor = Cursor(iter([CAPTURE.read_bytes()]))
    found = [
        dnstap_pb.Dnstap.FromString(each) for each in frames(cursor, Tally(), "x", CONTENT_TYPE)
    ]
    return [each.message.response_message for each in found if each.message.response_message]


REAL = real_messages()


def message(
    *answers: str, number: int = 1, cookie: bytes = b"", authority: str = "", name: str = "a.test."
) -> bytes:
    built = dns.message.make_response(dns.message.make_query(name, "A", id=number))
    for each in answers:
        owner, ttl, klass, kind, rdata = each.split(maxsplit=4)
        built.answer.append(dns.rrset.from_text(owner, int(ttl), klass, kind, rdata))
    if authority:
        owner, ttl, klass, kind, rdata = authority.split(maxsplit=4)
        built.authority.append(dns.rrset.from_text(owner, int(ttl), klass, kind, rdata))
    if cookie:
        built.use_edns(options=[dns.edns.GenericOption(dns.edns.OptionType.COOKIE, cookie)])
    return built.to_wire()


def seen(outcome: Outcome, octets: bytes) -> tuple[object, ...]:
    """Return all that counts of an outcome, for one message."""
    rows = [(*row[:3], outcome.ttl(octets, at)) for at, row in enumerate(outcome.rows)]
    return rows, outcome.names, outcome.passed_over, outcome.bad, outcome.characters


def reads(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Return the list of the messages that are read from now on."""
    found: list[bytes] = []

    def noted(octets: bytes) -> Outcome:
        found.append(octets)
        return read(octets)

    monkeypatch.setattr(repeats, "read", noted)
    return found


def test_ttls_that_count_down_are_the_same_content(monkeypatch: pytest.MonkeyPatch) -> None:
    found, known = reads(monkeypatch), Repeats()
    for ttl in (300, 299, 1, 0):
        octets = message(
            f"a.test. {ttl + 5} IN CNAME b.test.",
            f"b.test. {ttl} IN A 192.0.2.1",
            f"b.test. {ttl + 1} IN A 192.0.2.2",
            number=ttl,
        )
        outcome = known.outcome(octets)
        assert seen(outcome, octets)[0] == [("a.test", "A", "b.test,192.0.2.1,192.0.2.2", ttl + 1)]
    assert len(found) == len(known) == 1


def test_cookies_and_unread_records_are_the_same_content(monkeypatch: pytest.MonkeyPatch) -> None:
    found, known = reads(monkeypatch), Repeats()
    for cookie in (b"12345678", b"abcdefgh"):
        known.outcome(message("a.test. 9 IN A 192.0.2.1", cookie=cookie))
        known.outcome(message(authority=f"test. 9 IN SOA a. b. {cookie[0]} 2 3 4 5"))
    assert len(found) == 2


@pytest.mark.parametrize(
    "other",
    [
        message("a.test. 9 IN A 192.0.2.2"),
        message("b.test. 9 IN A 192.0.2.1"),
        message("a.test. 9 IN A 192.0.2.1", name="b.test."),
        message("a.test. 9 IN A 192.0.2.1", cookie=b"12345678"),
        message("a.test. 9 IN A 192.0.2.1")[:-1],
        message("a.test. 9 IN A 192.0.2.1") + b"\0",
    ],
)
def test_other_content_is_read(other: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    found, known = reads(monkeypatch), Repeats()
    first = message("a.test. 9 IN A 192.0.2.1")
    for octets in (first, other, first, other):
        assert seen(known.outcome(octets), octets) == seen(read(octets), octets)
    assert found == [first, other]


def test_ttl_with_the_top_bit_means_zero() -> None:
    known = Repeats()
    for ttl, wanted in ((9, 9), (2**31, 0), (2**31 - 1, 2**31 - 1)):
        octets = bytearray(message("a.test. 9 IN A 192.0.2.1", "a.test. 9 IN A 192.0.2.2"))
        place = read(bytes(octets)).length - 10
        octets[place : place + 4] = struct.pack("!I", ttl)
        octets[place - 16 : place - 12] = struct.pack("!I", 0)
        assert seen(known.outcome(bytes(octets)), bytes(octets))[0] == [
            ("a.test", "A", "192.0.2.1,192.0.2.2", wanted)
        ]
    assert len(known) == 1


def test_name_read_from_a_ttl_is_part_of_the_content() -> None:
    """A pointer of a hostile message may lead into a TTL."""
    head = struct.pack("!6H", 1, 0x8180, 1, 2, 0, 0) + b"\1a\0" + struct.pack("!HH", 1, 1)
    at = len(head)
    for ttl in (b"\1x\0\0", b"\1y\0\0"):
        first = b"\xc0\x0c" + struct.pack("!HH", 1, 1) + ttl + b"\0\4\xc0\0\2\1"
        second = struct.pack("!HHHIH", 0xC000 | at + 6, 1, 1, 9, 4) + b"\xc0\0\2\2"
        octets = head + first + second
        assert read(octets).places == ()
        known = Repeats()
        known.outcome(head + first.replace(ttl, b"\1z\0\0") + second)
        assert seen(known.outcome(octets), octets) == seen(read(octets), octets)


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeats, "KEPT", 100)
    known = Repeats()
    for number in range(1000):
        known.outcome(message(f"a.test. 9 IN A 192.0.{number % 256}.{number // 256}"))
        assert len(known) <= 200
        assert len(known._masks) + len(known._old_masks) + len(known._last) <= 300
    monkeypatch.setattr(repeats, "KEPT_TOGETHER", 1000)
    for number in range(100):
        known.outcome(message(f"a.test. 9 IN A 198.51.100.{number}"))
    assert len(known) < 20


def test_content_in_use_outlives_the_generations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeats, "KEPT", 10)
    found, known = reads(monkeypatch), Repeats()
    often = message("often.test. 9 IN A 192.0.2.1", name="often.test.")
    for number in range(200):
        known.outcome(message(f"a.test. 9 IN A 192.0.2.{number}"))
        known.outcome(often)
    assert found.count(often) == 1


def test_long_messages_and_long_rows_are_not_kept() -> None:
    known = Repeats()
    many = [f"a.test. 9 IN A 192.0.{n // 250}.{n % 250}" for n in range(200)]
    label = b"\x3f" + b"\xff" * 63
    question = label * 3 + b"\x3a" + b"\xff" * 58 + b"\0" + b"\0\2\0\1"
    record = struct.pack("!HHHIH", 0xC00C, wire.NS, 1, 9, 2) + b"\xc0\x0c"
    swelling = struct.pack("!6H", 1, 0x8180, 1, 60, 0, 0) + question + record * 60
    for octets in (message(*many), swelling):
        assert seen(known.outcome(octets), octets) == seen(read(octets), octets)
    assert len(known) == 0


def test_memory_makes_no_difference_whatever_is_damaged() -> None:
    chance = random.Random(2)  # noqa: S311 - the same damage each time
    known = Repeats()
    for _ in range(4000):
        octets = bytearray(chance.choice(REAL))
        for _ in range(chance.randrange(4)):
            octets[chance.randrange(len(octets))] = chance.choice([0, 1, 0x0C, 0xC0, 255])
        one = bytes(octets)
        assert seen(known.outcome(one), one) == seen(read(one), one)


@given(st.lists(st.binary(max_size=60), max_size=6))
def test_any_octets_have_an_outcome(messages: list[bytes]) -> None:
    known = Repeats()
    for octets in messages * 2:
        assert seen(known.outcome(octets), octets) == seen(read(octets), octets)
