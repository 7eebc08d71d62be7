"""Messages read together give what each gives alone, or are left to be read alone."""

import dns.message
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.sources import rrsets
from tests.sources.manyreading import NAMES, alone, plain, strange, together, written
from tests.sources.test_wire_oracle import FILES, messages

SHAPE = ("a.test.", "A", 0x8180)


@settings(max_examples=30)
@given(st.lists(plain(), min_size=1, max_size=8))
def test_common_messages_are_read_together(given_messages: list[bytes]) -> None:
    assert together(given_messages) == [alone(each) for each in given_messages]


@settings(max_examples=80)
@given(st.lists(strange() | plain(), min_size=1, max_size=8))
def test_any_messages_are_read_alike_or_are_odd(given_messages: list[bytes]) -> None:
    sound = [each for each in given_messages if len(each) >= 12 and each[2] >= 0x80]
    for each, found in zip(sound, together(sound), strict=True):
        assert found is None or found == alone(each)


@settings(max_examples=60)
@given(st.lists(st.binary(max_size=60), max_size=5))
def test_any_octets_are_read_alike_or_are_odd(tails: list[bytes]) -> None:
    heads = [b"\0\1\x81\x80\0\1\0\1\0\0\0\0", b"\0\1\x81\x80\0\1\0\0\0\1\0\1\1a\0\0\1\0\1"]
    given_messages = [head + tail for tail in tails for head in heads]
    for each, found in zip(given_messages, together(given_messages), strict=True):
        assert found is None or found == alone(each)


def test_messages_of_real_captures_are_read_alike_and_few_are_odd() -> None:
    found = [each for path in FILES for each in messages(path) if len(each) >= 12]
    found = [each for each in found if each[2] >= 0x80]
    told = together(found)
    assert [a for a, b in zip(told, map(alone, found), strict=True) if a not in (None, b)] == []
    assert sum(each is None for each in told) < len(found) / 5


def test_no_messages() -> None:
    assert together([]) == []


ADDRESS = ("A", "192.0.2.1")


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param([("a.test.", ("CNAME", ""), "a.test.", 1)], id="loop of one"),
        pytest.param(
            [
                ("www.a.test.", ("CNAME", ""), "test.", 1),
                ("a.test.", ("CNAME", ""), "www.a.test.", 1),
                ("test.", ADDRESS, "", 1),
            ],
            id="chain in another order",
        ),
        pytest.param(
            [
                ("a.test.", ("CNAME", ""), "test.", 1),
                ("test.", ("CNAME", ""), "A.test.", 1),
                ("a.test.", ("CNAME", ""), "www.a.test.", 1),
                ("www.a.test.", ADDRESS, "", 1),
            ],
            id="loop by another case",
        ),
        pytest.param(
            [("a.test.", ADDRESS, "", 1), ("test.", ADDRESS, "", 1), ("A.test.", ADDRESS, "", 1)],
            id="RRset in two parts",
        ),
        pytest.param([(".", ADDRESS, "", 1)], id="addresses of the root"),
        pytest.param([("test.", ("NS", ""), ".", 1)], id="root as name server"),
        pytest.param([(NAMES[8], ADDRESS, "", 1)], id="dot in a label"),
        pytest.param([(NAMES[9], ADDRESS, "", 1)], id="comma in a label"),
    ],
)
def test_what_needs_more_than_a_look_is_odd(
    answers: list[tuple[str, tuple[str, str], str, int]],
) -> None:
    common = written(*SHAPE, [[("a.test.", ADDRESS, "", 1)]])
    first, last = together([written(*SHAPE, [answers]), common])
    assert first is None
    assert last == alone(common)


def test_pointer_from_one_message_into_another_is_odd() -> None:
    common = written(*SHAPE, [[("a.test.", ADDRESS, "", 1)]])
    owner = len(common) - 16
    forward = common[:owner] + bytes([0xC0, len(common) + 12]) + common[owner + 2 :]
    into_label = common[:owner] + bytes([0xC0, 13]) + common[owner + 2 :]
    into_header = common[:owner] + b"\xc0\0" + common[owner + 2 :]
    told = together([forward, common, into_label, into_header, common])
    assert told == [None, alone(common), None, None, alone(common)]


def test_long_names_made_by_pointers_are_odd() -> None:
    deep = dns.message.make_response(dns.message.make_query("a.test.", "NS"))
    octets = bytearray(deep.to_wire())
    label = b"\x3f" + b"x" * 63
    octets[7] = 4
    at = 12
    for _ in range(4):
        octets += bytes([0xC0, 12]) + b"\0\2\0\1\0\0\0\1" + (len(label) + 2).to_bytes(2, "big")
        target = len(octets)
        octets += label + (0xC000 | at).to_bytes(2, "big")
        at = target
    told = together([bytes(octets)])
    assert told == [None]
    assert alone(bytes(octets))[1] == "name too long"


def test_reasons_come_in_the_order_of_one_message() -> None:
    cut_and_absent = written("a.test.", "A", 0x8383, [])
    other = written("a.test.", "TXT", 0x8180, [[("a.test.", ("TXT", "x"), "", 1)]])
    transfer = written("a.test.", "AXFR", 0x8180, [[("a.test.", ADDRESS, "", 1)]])
    assert together([cut_and_absent, other, transfer]) == [
        ([], rrsets.NO_SUCH_NAME),
        ([], rrsets.OTHER_TYPE),
        ([], rrsets.ZONE_TRANSFER),
    ]
