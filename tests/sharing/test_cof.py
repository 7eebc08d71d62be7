from __future__ import annotations

import orjson
from hypothesis import given

from fluxhound.sharing.cof import cof_lines, record_lines
from fluxhound.sharing.past import Past
from fluxhound.sources.chunk import read_chunk
from fluxhound.sources.format import ReadOptions
from tests.sharing import builders, exporting
from tests.sharing.exporting import rrset

RRSETS = tuple(exporting.rrsets(builders.single_flux()))


def test_one_line_for_each_rrset_that_may_leave() -> None:
    lines = [orjson.loads(line) for line in cof_lines(RRSETS, origin="https://flux.example")]
    assert [(e["rrname"], e["rrtype"], e["rdata"]) for e in lines] == [
        ("edge.kx-delivery.example", "A", ["192.0.2.1", "198.51.100.9"]),
        ("kx-delivery.example", "CNAME", "edge.kx-delivery.example"),
        ("kx-delivery.example", "NS", ["ns1.badhost.example", "ns2.badhost.example"]),
        ("kx-delivery.example", "A", "192.0.2.1"),
        ("kx-delivery.example", "AAAA", "2001:db8::7"),
    ]
    assert lines[0]["origin"] == "https://flux.example"
    assert lines[0]["time_last"] - lines[0]["time_first"] == 600


def test_one_line_for_each_value() -> None:
    lines = [orjson.loads(line) for line in cof_lines(RRSETS, single=True)]
    assert len(lines) == 7
    assert all(isinstance(line["rdata"], str) for line in lines)


def test_no_vantage_point_is_told() -> None:
    assert not any(b"sensor" in line for line in cof_lines(RRSETS))


def test_names_that_nobody_can_look_up_stay() -> None:
    assert (
        list(cof_lines([rrset("com", "A", "192.0.2.1"), rrset("a\x1b.x", "A", "192.0.2.1")])) == []
    )


def test_our_own_reader_reads_it() -> None:
    octets = b"".join(cof_lines(RRSETS))
    form, batches, tally = read_chunk(octets, format=None, options=ReadOptions(), name="x")
    assert form is not None
    assert form.name == "cof"
    assert sum(batch.num_rows for batch in batches) == 4
    assert not tally.bad


@given(exporting.pasts)
def test_any_record_is_one_line_of_json(past: Past) -> None:
    lines = list(record_lines(past.records))
    assert len(lines) == len(past.records)
    for line, record in zip(lines, past.records, strict=True):
        assert orjson.loads(line)["rrname"] == record.name
        assert line.count(b"\n") == 1
