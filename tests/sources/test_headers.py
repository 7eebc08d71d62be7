"""Pieces of a log are read as the log would be, with what its beginning says."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fluxhound.errors import FluxhoundError, UnknownFormatError
from fluxhound.sources.bookmark import HEADER_BYTES
from fluxhound.sources.format import ReadOptions
from fluxhound.sources.headers import LineReader
from fluxhound.sources.stream import HEAD_BYTES
from fluxhound.sources.tally import Tally
from tests.following import HEADER, zeek, zeek_json


class Reader(LineReader):
    """Takes bytes."""

    def read(  # type: ignore[override]
        self, lines: bytes, *, at_beginning: bool
    ) -> tuple[tuple[pa.RecordBatch, ...], Tally]:
        return super().read(memoryview(lines), at_beginning=at_beginning)

    def ready(self, lines: bytes, *, waited: bool) -> int:  # type: ignore[override]
        return super().ready(memoryview(lines), waited)


def reader(form: str = "") -> Reader:
    return Reader(ReadOptions(), name="log", form=form)


def test_zeek_needs_its_header() -> None:
    fresh = reader("zeek")
    _, tally = fresh.read(zeek(1), at_beginning=False)
    assert tally.bad == {"record before #fields": 1}
    assert fresh.lacks_header
    fresh.begin(HEADER + zeek(0))
    assert not fresh.lacks_header
    assert b"#types" not in fresh.header
    batches, tally = fresh.read(zeek(1), at_beginning=False)
    assert [batch.num_rows for batch in batches] == [1]
    assert tally.records == 1


def test_a_header_is_handed_on() -> None:
    first = reader()
    first.read(HEADER + zeek(0), at_beginning=True)
    second = reader()
    second.restore(first.form, first.header.decode("latin-1"))
    batches, _ = second.read(zeek(1), at_beginning=False)
    assert batches
    third = reader("zeek-json")  # the user says otherwise now
    third.restore(first.form, first.header.decode("latin-1"))
    assert third.form == "zeek-json"
    assert third.header == b""


def test_only_the_lines_before_the_first_record_hold_for_the_beginning() -> None:
    log = reader()
    log.read(HEADER + zeek(0), at_beginning=True)
    turned = b"#fields\tquery\tts\tqtype_name\tanswers\tTTLs\n"
    after = b"b.example\t1795507203.0\tA\t203.0.113.9\t30.0\n"
    batches, tally = log.read(zeek(1) + turned + after, at_beginning=True)
    assert sum(batch.num_rows for batch in batches) == 2
    assert not tally.bad


def test_a_header_beyond_bounds_is_not_kept() -> None:
    log = reader()
    log.begin(b"#fields\t" + b"x" * HEADER_BYTES + b"\n")
    assert log.header == b""


def test_a_mark_of_byte_order_is_no_part_of_a_record() -> None:
    for content in (zeek_json(0), b"ts,query,ip\n1795507200,a.example,192.0.2.1\n"):
        batches, tally = reader().read(b"\xef\xbb\xbf" + content, at_beginning=True)
        assert sum(batch.num_rows for batch in batches) == 1
        assert not tally.bad


def test_keys_of_later_files_are_added() -> None:
    log = reader()
    log.begin(b'{"ts": 1, "query": "a.example", "ip": "192.0.2.1"}\n')
    log.begin(b'{"ts": 1, "query": "a.example", "ip": "192.0.2.1", "ttl": 5}\n')
    batches, tally = log.read(b'{"ts": 1795507200}\n', at_beginning=False)
    assert batches == ()
    assert tally.records == 1
    line = b'{"ts": 1795507200, "query": "a.example", "ip": "192.0.2.1", "ttl": 7}\n'
    batches, tally = log.read(line, at_beginning=False)
    assert batches[0].to_pylist()[0]["ttl"] == 7
    assert not tally.bad
    assert not tally.samples


def test_unknown_lines_wait_until_they_are_many() -> None:
    log = reader()
    assert log.ready(b"something else\n", waited=True) == 0
    assert log.unknown is not None
    with pytest.raises(UnknownFormatError):
        log.ready(b"something else\n" * (HEAD_BYTES // 10), waited=True)
    _, tally = log.read(b"something else\n", at_beginning=True)
    assert tally.bad == {"format not recognised": 1}


def test_answer_sets_wait_until_they_waited() -> None:
    log = reader("dnsmasq")
    line = b"Nov 24 08:00:00 dnsmasq[1]: reply a.example is 192.0.2.1\n"
    assert log.ready(line, waited=False) == 0
    assert log.ready(line, waited=True) == len(line)


@pytest.mark.parametrize("form", ["pcap", "dnstap", "querylog", "none"])
def test_formats_without_lines_of_answers_are_refused(form: str) -> None:
    with pytest.raises(FluxhoundError):
        reader(form)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    form=st.sampled_from(["", "zeek", "zeek-json", "suricata", "dnsmasq", "table"]),
    head=st.binary(max_size=100) | st.sampled_from([HEADER, b"ts,query,ip\n", zeek_json(1)]),
    lines=st.binary(min_size=1, max_size=200),
    at_beginning=st.booleans(),
)
def test_anything_is_survived(form: str, head: bytes, lines: bytes, *, at_beginning: bool) -> None:
    log = reader(form)
    told = ""
    try:
        log.begin(head)
        log.ready(lines + b"\n", waited=False)
        _, tally = log.read(lines + b"\n", at_beginning=at_beginning)
    except FluxhoundError as error:
        told = str(error)
    else:
        assert tally.records >= 0
        assert min(tally.bad.values(), default=0) >= 0
        assert len(log.header) <= HEADER_BYTES
    assert told or log.form in (form, "") or not form
