"""DNS messages as they travel: hostile shapes, names as text, and agreement with dnspython."""

import struct
import time

import dns.flags
import dns.message
import dns.name
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.sources import wire

HEADER = struct.Struct("!6H")
QUESTION = b"\x03www\x07example\x03net\0" + b"\0\1\0\1"
POINTER_TO_QUESTION = b"\xc0\x0c"


def message(
    body: bytes, *, questions: int = 1, answers: int = 0, authority: int = 0, additional: int = 0
) -> bytes:
    return HEADER.pack(7, 0x8180, questions, answers, authority, additional) + body


def record(owner: bytes, kind: int, rdata: bytes, ttl: int = 60, klass: int = 1) -> bytes:
    return owner + struct.pack("!HHIH", kind, klass, ttl, len(rdata)) + rdata


def parsed(octets: bytes) -> wire.Message:
    found = wire.parse(octets)
    assert isinstance(found, wire.Message), found
    return found


A_RECORD = record(POINTER_TO_QUESTION, wire.A, b"\xc0\0\2\1")


def test_reads_header_question_and_records() -> None:
    found = parsed(message(QUESTION + A_RECORD, answers=1))
    assert (found.id, found.opcode, found.rcode, found.questions) == (7, 0, 0, 1)
    assert (found.name, found.type, found.klass) == ("www.example.net", wire.A, wire.IN)
    assert found.records == [(wire.ANSWER, "www.example.net", wire.A, 60, "192.0.2.1")]
    assert found.damage is None


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (b"", wire.TOO_SHORT),
        (b"\0" * 11, wire.TOO_SHORT),
        (message(b""), wire.CUT_SHORT),
        (message(QUESTION[:-1]), wire.CUT_SHORT),
        (message(b"\x3fabc"), wire.CUT_SHORT),
        (message(b"\xc0"), wire.CUT_SHORT),
        (message(b"\xc0\x0c\0\1\0\1"), wire.BAD_POINTER),  # to itself
        (message(b"\xc0\x20" + b"\0" * 40), wire.BAD_POINTER),  # forward
        (message(b"\x01a\xc0\x0c\0\1\0\1"), wire.BAD_POINTER),  # a loop through a label
        (message(b"\x40" + b"a" * 64 + b"\0\0\1\0\1"), wire.BAD_LABEL),
        (message(b"\x80a\0\0\1\0\1"), wire.BAD_LABEL),
        (message((b"\x3f" + b"a" * 63) * 4 + b"\0\0\1\0\1"), wire.NAME_TOO_LONG),
        (message(QUESTION + A_RECORD[:-1], answers=1), wire.CUT_SHORT),
        (message(QUESTION + A_RECORD, answers=2), wire.CUT_SHORT),
        (message(QUESTION + A_RECORD, answers=65_535), wire.CUT_SHORT),
        (message(b"", questions=65_535), wire.CUT_SHORT),
        (message(QUESTION + record(b"\0", wire.A, b"abc"), answers=1), wire.BAD_LENGTH),
        (message(QUESTION + record(b"\0", wire.AAAA, b"abcd"), answers=1), wire.BAD_LENGTH),
        (message(QUESTION + record(b"\0", wire.NS, b"\x01a\0x"), answers=1), wire.BAD_LENGTH),
        (message(QUESTION + record(b"\0", wire.CNAME, b""), answers=1), wire.CUT_SHORT),
    ],
)
def test_refuses_damaged_messages(octets: bytes, reason: str) -> None:
    assert wire.parse(octets) == reason


def test_two_pointers_to_each_other_end() -> None:
    body = QUESTION + record(b"\xc0\x2d", wire.NS, b"\xc0\x21")
    assert wire.parse(message(body, answers=1)) in (wire.BAD_POINTER, wire.CUT_SHORT)


@pytest.mark.parametrize("section", ["authority", "additional"])
def test_keeps_the_sections_before_the_damage(section: str) -> None:
    damaged = record(POINTER_TO_QUESTION, wire.A, b"abc")
    octets = message(QUESTION + A_RECORD * 2 + damaged, answers=1, **{section: 2})
    found = parsed(octets)
    assert found.damage == wire.BAD_LENGTH
    assert [entry[0] for entry in found.records] == [wire.ANSWER]


def test_name_of_255_octets_is_read_and_256_is_not() -> None:
    label = b"\x3f" + b"a" * 63
    longest = label * 3 + b"\x3d" + b"b" * 61 + b"\0"
    assert len(longest) == 255
    assert len(parsed(message(longest + b"\0\1\0\1")).name) == 253
    longer = label * 3 + b"\x3e" + b"b" * 62 + b"\0"
    assert wire.parse(message(longer + b"\0\1\0\1")) == wire.NAME_TOO_LONG


@pytest.mark.parametrize("prefix", [b"", b"\x01a", b"\x02ab"])
def test_pointer_counts_what_it_leads_to(prefix: bytes) -> None:
    label = b"\x3f" + b"a" * 63
    question = label * 3 + b"\x3b" + b"b" * 59 + b"\0" + b"\0\1\0\1"  # 253 octets
    found = wire.parse(message(question + record(b"\0", wire.NS, prefix + b"\xc0\x0c"), answers=1))
    if len(prefix) <= 2:
        assert isinstance(found, wire.Message)
    else:
        assert found == wire.NAME_TOO_LONG


@pytest.mark.parametrize(
    ("label", "text"),
    [
        (b"plain-0_9", "plain-0_9"),
        (b"MiXeD", "MiXeD"),
        (b"a.b", r"a\.b"),
        (b"a,b", r"a\044b"),
        (b"a b", r"a\032b"),
        (b"a\\b", r"a\092b"),
        (b"\x1b[31m", r"\027[31m"),
        (b"\0", r"\000"),
        (b"\x7f\x80\xff", r"\127\128\255"),
        ("ü".encode(), r"\195\188"),
        (b".", r"\."),
    ],
)
def test_escapes_what_is_not_plain(label: bytes, text: str) -> None:
    question = bytes([len(label)]) + label + b"\x03net\0" + b"\0\1\0\1"
    assert parsed(message(question)).name == f"{text}.net"
    rdata = bytes([len(label)]) + label + b"\xc0\x0c"
    found = parsed(message(QUESTION + record(b"\0", wire.NS, rdata), answers=1))
    assert found.records[0][4] == f"{text}.www.example.net"


def test_root_is_the_empty_name() -> None:
    found = parsed(message(b"\0\0\2\0\1" + record(b"\0", wire.NS, b"\x01a\0"), answers=1))
    assert found.name == ""
    assert found.records == [(wire.ANSWER, "", wire.NS, 60, "a")]


@pytest.mark.parametrize(
    ("ttl", "read"), [(0, 0), (0x7FFFFFFF, 0x7FFFFFFF), (0x80000000, 0), (0xFFFFFFFF, 0)]
)
def test_ttl_with_the_top_bit_is_zero(ttl: int, read: int) -> None:
    octets = message(QUESTION + record(b"\0", wire.A, b"\1\2\3\4", ttl), answers=1)
    assert parsed(octets).records[0][3] == read


def test_skips_unknown_types_and_other_classes() -> None:
    body = QUESTION + record(b"\0", 65_280, b"???") + record(b"\0", wire.A, b"x", klass=3)
    assert parsed(message(body + A_RECORD, answers=3)).records == [
        (wire.ANSWER, "www.example.net", wire.A, 60, "192.0.2.1")
    ]


def test_rcode_takes_its_upper_bits_from_edns() -> None:
    body = QUESTION + record(b"\0", wire.OPT, b"", ttl=0x8100_0000, klass=1232)
    assert parsed(message(body, additional=1)).rcode == 0x810


HINTS = b"\0\1\0" + b"\0\1\0\3\x02h2" + b"\0\4\0\x08\1\2\3\4\5\6\7\x08" + b"\0\6\0\x10" + b"\0" * 16


@pytest.mark.parametrize("kind", [wire.SVCB, wire.HTTPS])
def test_address_hints_are_addresses_of_the_owner(kind: int) -> None:
    found = parsed(message(QUESTION + record(POINTER_TO_QUESTION, kind, HINTS), answers=1))
    assert [(entry[1], entry[2], entry[4]) for entry in found.records] == [
        ("www.example.net", wire.A, "1.2.3.4"),
        ("www.example.net", wire.A, "5.6.7.8"),
        ("www.example.net", wire.AAAA, "::"),
    ]


@pytest.mark.parametrize(
    "rdata",
    [b"", b"\0", b"\0\1", b"\0\0\0", HINTS[:-1], HINTS + b"\0", b"\0\1\0\0\4\0\3abc", b"\0\1\x3fa"],
)
def test_malformed_hints_are_none(rdata: bytes) -> None:
    found = parsed(message(QUESTION + record(b"\0", wire.HTTPS, rdata) + A_RECORD, answers=2))
    assert [entry[4] for entry in found.records] == ["192.0.2.1"]


def test_chain_of_pointers_is_followed_in_linear_time() -> None:
    """The worst that fits in a message: each record's name is a pointer to the one before."""
    body = bytearray(QUESTION)
    before = 12
    count = 0
    while len(body) + 12 < 16_000:
        here = 12 + len(body)
        body += struct.pack("!HHHIH", 0xC000 | before, wire.NS, 1, 60, 2)
        body += struct.pack("!H", 0xC000 | before)
        before = here
        count += 1
    started = time.perf_counter()
    found = parsed(message(bytes(body), answers=count))
    assert len(found.records) == count
    assert time.perf_counter() - started < 1


def test_more_pointers_than_labels_are_refused() -> None:
    pointers = b"".join(
        struct.pack("!H", 0xC000 | (12 + len(QUESTION) + 11 + 2 * i)) for i in range(200)
    )
    hidden = record(b"\0", 65_280, b"\0\0" + pointers)  # an unknown type is not read
    last = 12 + len(QUESTION) + 11 + 2 * 200
    body = QUESTION + hidden + record(struct.pack("!H", 0xC000 | last), wire.A, b"\1\2\3\4")
    assert wire.parse(message(body, answers=2)) == wire.BAD_POINTER


@given(st.binary(max_size=600))
def test_any_octets_are_parsed_or_refused(octets: bytes) -> None:
    found = wire.parse(octets)
    assert isinstance(found, (str, wire.Message))


@given(st.binary(max_size=200), st.tuples(*[st.integers(0, 4)] * 4))
def test_any_body_is_parsed_or_refused(body: bytes, counts: tuple[int, int, int, int]) -> None:
    found = wire.parse(HEADER.pack(0, 0x8180, *counts) + body)
    if isinstance(found, wire.Message):
        for _, owner, _, ttl, rdata in found.records:
            assert 0 <= ttl <= wire.TTL_LIMIT
            assert (owner + rdata).isascii()
            assert "," not in owner + rdata
            assert len(owner) <= 1024


LABELS = st.lists(st.binary(min_size=1, max_size=20), min_size=1, max_size=8)


@given(LABELS, LABELS, st.integers(0, 2**32 - 1), st.booleans())
def test_names_survive_the_way_through_text(
    asked: list[bytes], target: list[bytes], ttl: int, repeat: bool
) -> None:
    """Written by dnspython (compressed), read by us, read back by dnspython."""
    name = dns.name.Name([*asked, b"net", b""])
    other = dns.name.Name([*target, *(asked if repeat else []), b"net", b""][-9:])
    query = dns.message.make_query(name, "NS")
    response = dns.message.make_response(query)
    answer = dns.rrset.from_text(name, ttl & wire.TTL_LIMIT, "IN", "NS", other.to_text())
    response.answer.append(answer)
    found = parsed(response.to_wire())
    assert dns.name.from_text(found.name) == name
    assert dns.name.from_text(found.records[0][4]) == other
    assert found.records[0][3] == ttl & wire.TTL_LIMIT
