from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.sources.chunk import NOT_READABLE, UNKNOWN_FORMAT, read_chunk
from fluxhound.sources.format import ReadOptions
from fluxhound.sources.sniff import format_named

ZEEK_JSON = (
    b'{"ts":1700000000.5,"id.orig_h":"10.0.0.1","id.resp_h":"10.0.0.53","query":"a.example",'
    b'"qtype_name":"A","rcode_name":"NOERROR","answers":["192.0.2.1"],"TTLs":[60.0]}\n'
)
COF = (
    b'{"rrname":"a.example","rrtype":"A","rdata":["192.0.2.1"],'
    b'"time_first":1700000000,"time_last":1700000100,"count":3}\n'
)


@pytest.mark.parametrize(("octets", "name"), [(ZEEK_JSON, "zeek-json"), (COF, "cof")])
def test_a_chunk_is_recognised_and_read(octets: bytes, name: str) -> None:
    chosen, batches, tally = read_chunk(octets * 3, format=None, options=ReadOptions(), name="x")
    assert chosen is format_named(name)
    assert sum(batch.num_rows for batch in batches) == 3
    assert (tally.records, tally.observations) == (3, 3)


def test_what_no_format_claims_is_counted_line_by_line() -> None:
    chosen, batches, tally = read_chunk(
        b"\x01\x02\n\x03\n", format=None, options=ReadOptions(), name="x"
    )
    assert (chosen, batches, tally.records) == (None, (), 2)
    assert tally.bad[UNKNOWN_FORMAT] == 2


def test_what_the_named_format_cannot_read_is_counted() -> None:
    chosen, batches, tally = read_chunk(
        b"nonsense\n", format=format_named("dnstap"), options=ReadOptions(), name="x"
    )
    assert chosen is format_named("dnstap")
    assert not batches
    assert tally.bad[NOT_READABLE] == 1


@given(st.binary(max_size=300), st.sampled_from(["zeek", "zeek-json", "cof", "dnsmasq", None]))
def test_no_chunk_raises(octets: bytes, name: str | None) -> None:
    chosen = format_named(name) if name else None
    _, batches, tally = read_chunk(octets, format=chosen, options=ReadOptions(), name="x")
    assert sum(batch.num_rows for batch in batches) == tally.observations or tally.observations == 0
