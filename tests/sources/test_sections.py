"""Records read together: what is kept of them, and which messages are odd."""

import pytest

from fluxhound.sources import wire
from fluxhound.sources.labels import Labels
from fluxhound.sources.sections import IN_A, IN_AAAA, IN_CNAME, RECORDS, Reader, Sections
from tests.sources.manyreading import joined, written

A_RECORD = ("a.test.", ("A", "192.0.2.1"), "", 60)
MESSAGE = written("a.test.", "A", 0x8180, [[A_RECORD]])


def sections(*messages: bytes) -> Sections:
    octets, start, end = joined(messages)
    return Reader(Labels(octets), start, end).read()


def test_records_stand_behind_each_other_in_the_order_of_their_messages() -> None:
    alias = ("a.test.", ("CNAME", ""), "b.test.", 5)
    address = ("b.test.", ("A", "192.0.2.2"), "", 6)
    both = written("a.test.", "A", 0x8180, [[alias, address], [], [address]], opt=True)
    read = sections(both, written("x.", "A", 0x8183, []), MESSAGE)
    assert read.odd.tolist() == [False] * 3
    assert read.message.tolist() == [0, 0, 0, 0, 2]
    assert read.section.tolist() == [0, 0, 2, 2, 0]
    assert read.kind[[0, 1, 4]].tolist() == [IN_CNAME, IN_A, IN_A]
    assert read.ttl[[0, 1, 4]].tolist() == [5, 6, 60]
    assert read.address[[1, 4]].tolist() == [0xC0000202, 0xC0000201]
    assert read.owner[[0, 4]].tolist() == [12, len(both) + 19 + 12]
    assert (read.answers.tolist(), read.type.tolist()) == ([2, 0, 1], [1, 1, 1])


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(MESSAGE[:-1], id="cut"),
        pytest.param(MESSAGE[:12], id="no question"),
        pytest.param(MESSAGE[:-6] + b"\0\3abc", id="address of three octets"),
        pytest.param(MESSAGE[:4] + b"\0\2" + MESSAGE[6:], id="two questions"),
        pytest.param(MESSAGE[:2] + b"\xa8" + MESSAGE[3:], id="other opcode"),
        pytest.param(MESSAGE[:12] + b"\xc0\x0c" + MESSAGE[14:], id="pointer in the question"),
        pytest.param(written(".", "NS", 0x8180, []), id="root asked"),
        pytest.param(written("a.test.", "A", 0x8180, [[A_RECORD] * (RECORDS + 1)]), id="many"),
        pytest.param(
            written("a.test.", "HTTPS", 0x8180, [[("a.test.", ("HTTPS", "1 ."), "", 1)]])[:-3]
            + b"\0\1\x40",
            id="hints with a label of a bad kind",
        ),
    ],
)
def test_what_is_not_common_is_odd(octets: bytes) -> None:
    assert sections(octets, MESSAGE).odd.tolist() == [True, False]


def test_upper_bits_of_the_rcode_are_odd() -> None:
    plain = written("a.test.", "A", 0x8180, [[A_RECORD]], opt=True)
    assert wire.parse(plain[:-6] + b"\1" + plain[-5:]).rcode == 16  # type: ignore[union-attr]
    assert sections(plain[:-6] + b"\1" + plain[-5:], plain).odd.tolist() == [True, False]


def test_what_few_have_is_left() -> None:
    long = written("a.test.", "A", 0x8180, [[A_RECORD] * 9])
    assert sections(long, *[MESSAGE] * 10).odd.sum() == 0
    assert sections(long, *[MESSAGE] * 2100).odd.sum() == 1


def test_hints_stand_behind_their_records_as_addresses() -> None:
    hint = ("a.test.", ("HTTPS", "1 . ipv6hint=2001:db8::1 ipv4hint=192.0.2.7,192.0.2.8"), "", 9)
    read = sections(written("a.test.", "HTTPS", 0x8180, [[hint], [A_RECORD]]), MESSAGE)
    assert read.odd.tolist() == [False, False]
    assert read.kind.tolist() == [65 << 16 | 1, IN_A, IN_A, IN_AAAA, IN_A, IN_A]
    assert read.address[[1, 2]].tolist() == [0xC0000207, 0xC0000208]
    assert read.ttl.tolist() == [9, 9, 9, 9, 60, 60]
    assert read.section.tolist() == [0, 0, 0, 0, 1, 0]
    assert read.message.tolist() == [0] * 5 + [1]
