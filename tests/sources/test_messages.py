"""Payloads to observations: what is in a message, and that one cannot spoil the others."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.errors import ConfigurationError, UsageError
from fluxhound.sources.messages import (
    BINARY,
    EMPTY,
    LINE_FORMATS,
    MESSAGE_BYTES,
    TOO_LARGE,
    Messages,
    line_format,
)
from fluxhound.sources.tally import Tally, merge
from tests.subscribing import line


def ours(number: int) -> bytes:
    return orjson.dumps(
        {"time": 1_700_000_000 + number, "name": f"n{number}.test", "answers": ["192.0.2.1"]}
    )


EVE = orjson.dumps(
    {
        "timestamp": "2026-11-24T10:00:00.000000+0000",
        "event_type": "dns",
        "src_ip": "10.0.0.1",
        "dest_ip": "10.0.0.2",
        "dns": {
            "version": 2,
            "type": "answer",
            "rcode": "NOERROR",
            "rrname": "e.test",
            "rrtype": "A",
            "answers": [{"rrname": "e.test", "rrtype": "A", "ttl": 9, "rdata": "192.0.2.9"}],
        },
    }
)
COF = orjson.dumps(
    {
        "rrname": "c.test",
        "rrtype": "A",
        "rdata": "192.0.2.3",
        "time_first": 1_700_000_000,
        "time_last": 1_700_000_500,
        "count": 7,
    }
)


def read(
    payloads: Sequence[bytes], named: str = "", messages: Messages | None = None
) -> tuple[list[str], Tally, str]:
    """Return the names seen, the counts and the format."""
    reading = messages or Messages(name="t", format=line_format(named) if named else None)
    batches, tally = reading.read(payloads)
    names = [name for batch in batches for name in batch.column("name").to_pylist()]
    return sorted(names), tally, reading.format.name if reading.format else ""


@pytest.mark.parametrize(
    ("payload", "name", "form"),
    [
        (ours(1), "n1.test", "table"),
        (line(1), "n1.example.test", "zeek-json"),
        (EVE, "e.test", "suricata"),
        (COF, "c.test", "cof"),
        (b"\xef\xbb\xbf" + ours(1) + b"\r\n", "n1.test", "table"),
    ],
)
def test_the_format_is_told_by_the_content(payload: bytes, name: str, form: str) -> None:
    assert read([payload]) == ([name], Tally(records=1, observations=1), form)


def test_a_message_may_hold_many_lines() -> None:
    hundred = [b"\n".join(line(10 * ten + one) for one in range(10)) for ten in range(10)]
    names, tally, _ = read([*hundred, line(100) + b"\n"])
    assert len(names) == tally.records == tally.observations == 101


def test_what_cannot_be_read_is_counted_beside_what_can() -> None:
    payloads = [
        b"",
        b"\r\n",
        gzip.compress(line(1)),
        b"#" * (MESSAGE_BYTES + 1),
        b"hello",
        line(2),
        b'{"half": ',
        b"\xff\xfe",
    ]
    names, tally, form = read(payloads)
    assert (names, form) == (["n2.example.test"], "zeek-json")
    assert tally.bad[EMPTY] == 2
    assert tally.bad[BINARY] == tally.bad[TOO_LARGE] == 1
    assert sum(tally.bad.values()) == 7
    assert tally.records == len(payloads)


def test_nothing_recognised_is_bad_and_what_comes_next_is_looked_at_again() -> None:
    messages = Messages(name="t")
    _, tally, form = read([b"hello", b"world"], messages=messages)
    assert (tally.bad, tally.records, form) == ({"format not recognised": 2}, 2, "")
    assert read([ours(1)], messages=messages)[0] == ["n1.test"]


def test_a_producer_may_change_its_format() -> None:
    messages = Messages(name="t")
    forms = [read([payload], messages=messages)[::2] for payload in (EVE, line(1), COF, ours(2))]
    assert forms == [
        (["e.test"], "suricata"),
        (["n1.example.test"], "zeek-json"),
        (["c.test"], "cof"),
        (["n2.test"], "table"),
    ]


def test_a_named_format_is_kept() -> None:
    messages = Messages(name="t", format=line_format("suricata"))
    assert read([line(1)], messages=messages)[::2] == ([], "suricata")


def test_a_message_of_many_columns_does_not_spoil_the_others() -> None:
    wide = json.dumps({f"k{n}": n for n in range(3000)}).encode()
    shadow = b'{"TIME": 1, "Name": 2, "Answers": 3}'
    payloads = [wide, shadow, *map(ours, range(300))]
    names, tally, _ = read(payloads, "table")
    assert len(names) == 300
    assert tally.records == 302


def test_text_before_the_table_does_not_make_it_one_of_text() -> None:
    payloads = [b"time,name,answers\n1700000000,x.test,192.0.2.1", ours(1)]
    assert read(payloads)[0] == ["n1.test"]


@pytest.mark.parametrize("name", ["pcap", "dnstap", "zeek"])
def test_formats_that_need_their_beginning_are_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match=", ".join(LINE_FORMATS)):
        line_format(name)
    with pytest.raises(UsageError):
        line_format("sericata")


ODD = st.one_of(
    st.binary(max_size=30),
    st.sampled_from([b"\x1f\x8b", b"PAR1", b"BZh", b"\x28\xb5\x2f\xfd", b"\n\n", b"{", b"[]"]),
    st.builds(lambda text: text.encode(), st.text(max_size=20)),
    st.dictionaries(
        st.sampled_from(["ts", "TIME", "query", "rrname", "event_type", "x", "answers", "time"]),
        st.one_of(st.none(), st.integers(), st.text(max_size=5), st.lists(st.integers())),
    ).map(lambda record: json.dumps(record).encode()),
)


@settings(max_examples=60)
@given(st.lists(ODD, max_size=4), st.integers(0, 6), st.sampled_from(["table", "zeek-json"]))
def test_a_good_record_is_read_whatever_stands_beside_it(
    odd: list[bytes], place: int, named: str
) -> None:
    good = ours(1) if named == "table" else line(1)
    names, tally, _ = read([*odd[:place], good, *odd[place:]], named)
    assert names[:1] == ["n1.test" if named == "table" else "n1.example.test"]
    accounted = sum(tally.bad.values()) + sum(tally.passed_over.values())
    assert accounted <= tally.records


@settings(max_examples=60)
@given(st.lists(ODD, max_size=6))
def test_any_payloads_are_read_or_counted(odd: list[bytes]) -> None:
    _, tally, _ = read(odd)
    assert sum(tally.bad.values()) <= tally.records


def test_counts_are_added_up_with_their_samples() -> None:
    tally = Tally(records=1, observations=1)
    for number in range(2):
        other = Tally(records=5)
        other.reject("odd", f"sample {number}", 3)
        other.reject("plain", None, 1)
        other.pass_over("query", 1)
        merge(tally, other)
    assert (tally.records, tally.observations) == (11, 1)
    assert tally.bad == {"odd": 6, "plain": 2}
    assert tally.passed_over == {"query": 2}
    assert tally.samples["odd"] == ["sample 0", "sample 1"]
