"""RRsets of one message, flattened to rows."""

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from fluxhound.sources import rrsets, wire


def rows(
    question: str,
    *,
    answer: tuple[str, ...] = (),
    authority: tuple[str, ...] = (),
    additional: tuple[str, ...] = (),
    flags: str = "QR RA",
    rcode: str = "NOERROR",
) -> list[rrsets.Row] | str:
    head = f"id 1\nopcode QUERY\nrcode {rcode}\nflags {flags}\n;QUESTION\n{question}"
    built = dns.message.from_text(head)
    for section, lines in ((built.answer, answer), (built.authority, authority)):
        section.extend(one_record(line) for line in lines)
    built.additional.extend(one_record(line) for line in additional)
    message = wire.parse(built.to_wire())
    assert isinstance(message, wire.Message), message
    return rrsets.rows(message)


def one_record(line: str) -> dns.rrset.RRset:
    """Return an RRset of one record: dnspython shuffles those with more."""
    owner, ttl, klass, kind, rdata = line.split(maxsplit=4)
    return dns.rrset.from_text(owner, int(ttl), klass, kind, rdata)


def test_addresses_belong_to_the_name_that_was_asked() -> None:
    assert rows(
        "www.example.net. IN A",
        answer=(
            "www.example.net. 30 IN A 192.0.2.1",
            "www.example.net. 30 IN A 192.0.2.2",
        ),
    ) == [("www.example.net", "A", "192.0.2.1,192.0.2.2", 30)]


def test_chain_comes_before_the_addresses_and_the_ttl_is_theirs() -> None:
    assert rows(
        "www.example.net. IN AAAA",
        answer=(
            "www.example.net. 600 IN CNAME edge.example.org.",
            "edge.example.org. 500 IN CNAME a.example.com.",
            "a.example.com. 20 IN AAAA 2001:db8::1",
        ),
    ) == [("www.example.net", "AAAA", "edge.example.org,a.example.com,2001:db8::1", 20)]


def test_case_does_not_matter_and_is_kept() -> None:
    assert rows(
        "wWw.eXample.net. IN A",
        answer=(
            "WWW.example.NET. 600 IN CNAME Edge.example.org.",
            "EDGE.example.org. 20 IN A 192.0.2.1",
        ),
    ) == [("wWw.eXample.net", "A", "Edge.example.org,192.0.2.1", 20)]


def test_order_of_the_records_does_not_matter_for_the_chain() -> None:
    assert rows(
        "a.test. IN A",
        answer=(
            "c.test. 9 IN A 192.0.2.1",
            "b.test. 8 IN CNAME c.test.",
            "a.test. 7 IN CNAME b.test.",
        ),
    ) == [("a.test", "A", "b.test,c.test,192.0.2.1", 9)]


def test_largest_ttl_counts() -> None:
    query = dns.message.make_query("a.test", "A")
    response = dns.message.make_response(query)
    for ttl in (5, 70, 6):
        extra = dns.rrset.from_text("a.test.", ttl, "IN", "A", f"192.0.2.{ttl}")
        response.answer.append(extra)
    message = wire.parse(response.to_wire())
    assert isinstance(message, wire.Message)
    assert rrsets.rows(message) == [("a.test", "A", "192.0.2.5,192.0.2.70,192.0.2.6", 70)]


def test_name_servers_and_glue_have_rows_of_their_own() -> None:
    assert rows(
        "www.example.net. IN A",
        authority=("example.net. 900 IN NS ns1.example.net.", "example.net. 900 IN NS ns2.test."),
        additional=(
            "ns1.example.net. 800 IN A 192.0.2.53",
            "ns1.example.net. 700 IN AAAA 2001:db8::53",
        ),
    ) == [
        ("example.net", "NS", "ns1.example.net,ns2.test", 900),
        ("ns1.example.net", "A", "192.0.2.53", 800),
        ("ns1.example.net", "AAAA", "2001:db8::53", 700),
    ]


def test_name_servers_that_were_asked_for() -> None:
    assert rows(
        "example.net. IN NS",
        answer=("example.net. 900 IN NS ns1.example.net.", "example.net. 900 IN NS ns2.test."),
    ) == [("example.net", "NS", "ns1.example.net,ns2.test", 900)]


def test_addresses_of_another_owner_stay_with_that_owner() -> None:
    assert rows(
        "a.test. IN A",
        answer=("a.test. 9 IN A 192.0.2.1", "stranger.test. 8 IN A 203.0.113.1"),
    ) == [("a.test", "A", "192.0.2.1", 9), ("stranger.test", "A", "203.0.113.1", 8)]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((), rrsets.NO_ADDRESSES),
        (("a.test. 9 IN CNAME b.test.",), rrsets.NO_ADDRESSES),
        (("a.test. 9 IN CNAME b.test.", "b.test. 9 IN CNAME a.test."), rrsets.NO_ADDRESSES),
        (("a.test. 9 IN CNAME a.test.",), rrsets.NO_ADDRESSES),
        (("a.test. 9 IN TXT x",), rrsets.OTHER_TYPE),
        (("a.test. 9 IN MX 1 b.test.",), rrsets.OTHER_TYPE),
    ],
)
def test_what_holds_no_rows_is_told(answer: tuple[str, ...], reason: str) -> None:
    assert rows("a.test. IN A", answer=answer) == reason


def test_loop_of_aliases_with_addresses_ends() -> None:
    answer = (
        "a.test. 9 IN CNAME b.test.",
        "b.test. 9 IN CNAME a.test.",
        "b.test. 9 IN A 192.0.2.1",
    )
    assert rows("a.test. IN A", answer=answer) == [("b.test", "A", "192.0.2.1", 9)]


def test_long_chain_is_cut() -> None:
    answer = [f"n{i}.test. 9 IN CNAME n{i + 1}.test." for i in range(60)]
    answer.append("n60.test. 9 IN A 192.0.2.1")
    assert rows("n0.test. IN A", answer=tuple(answer)) == [("n60.test", "A", "192.0.2.1", 9)]


def test_root_is_no_name_of_ours() -> None:
    answer = (". 9 IN NS a.root.test.",)
    additional = ("a.root.test. 9 IN A 192.0.2.1",)
    assert rows(". IN NS", answer=answer, additional=additional) == [
        ("a.root.test", "A", "192.0.2.1", 9)
    ]
    assert rows("a.test. IN NS", answer=("a.test. 9 IN NS .",)) == rrsets.OTHER_TYPE


ANSWER = ("a.test. 9 IN A 192.0.2.1",)


@pytest.mark.parametrize(
    ("flags", "rcode", "reason"),
    [
        ("RD", "NOERROR", rrsets.QUERY),
        ("QR TC", "NOERROR", rrsets.TRUNCATED_RESPONSE),
        ("QR", "NXDOMAIN", rrsets.NO_SUCH_NAME),
        ("QR", "SERVFAIL", rrsets.ERROR_RESPONSE),
        ("QR", "BADVERS", rrsets.ERROR_RESPONSE),
    ],
)
def test_only_whole_answers_without_error_count(flags: str, rcode: str, reason: str) -> None:
    query = dns.message.make_query("a.test", "A", use_edns=0)
    response = dns.message.make_response(query)
    response.answer.append(dns.rrset.from_text("a.test.", 9, "IN", "A", "192.0.2.1"))
    response.flags = dns.flags.from_text(flags)
    response.set_rcode(dns.rcode.from_text(rcode))
    message = wire.parse(response.to_wire())
    assert isinstance(message, wire.Message)
    assert rrsets.rows(message) == reason


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("a.test. IN AXFR", rrsets.ZONE_TRANSFER),
        ("a.test. IN IXFR", rrsets.ZONE_TRANSFER),
        ("version.bind. CH TXT", rrsets.OTHER_CLASS),
        ("", rrsets.NO_QUESTION),
        ("a.test. IN A\nb.test. IN A", rrsets.SEVERAL_QUESTIONS),
    ],
)
def test_questions_that_tell_nothing(question: str, reason: str) -> None:
    assert rows(question, answer=ANSWER) == reason


def test_other_opcode_is_passed_over() -> None:
    octets = bytes.fromhex("0001 a400 0001 0000 0000 0000 01 61 00 0006 0001")
    message = wire.parse(octets)
    assert isinstance(message, wire.Message)
    assert rrsets.rows(message) == rrsets.OTHER_OPCODE


def test_hints_are_rows_of_the_owner() -> None:
    answer = ('a.test. 9 IN HTTPS 1 . alpn="h2" ipv4hint="192.0.2.1,192.0.2.2" ipv6hint="::1"',)
    assert rows("a.test. IN HTTPS", answer=answer) == [
        ("a.test", "A", "192.0.2.1,192.0.2.2", 9),
        ("a.test", "AAAA", "::1", 9),
    ]
