from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings

from fluxhound.errors import UsageError
from fluxhound.lab.writing.formats import FORMATS, Scene, format_named
from fluxhound.lab.writing.recording import record
from fluxhound.service.analysis import analyze
from tests.lab.writing.made import (
    RESOLVER,
    START,
    TRAFFIC,
    Row,
    answers_only,
    batch,
    compared,
    read,
    row,
    traffic,
    write,
)

ALL = ("time", "name", "type", "answers", "ttl", "client", "sensor")
SINGLE = [each.name for each in FORMATS if not each.only_aggregates]
#: Formats that hold all sections, and those that lack the additional one, or all but the answers.
WHOLE, NO_GLUE, ANSWERS = ("pcap", "dnstap", "parquet", "csv"), ("eve",), ("zeek", "zeek-json")
ENDINGS = {"eve": "eve.json", "zeek-json": "dns.json", "zeek": "dns.log"}


def place(folder: Path, form: str, suffix: str = "") -> Path:
    return folder / (ENDINGS.get(form, f"dns.{form}") + suffix)


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
@pytest.mark.parametrize("form", SINGLE)
def test_what_was_written_is_read_back(form: str, suffix: str, tmp_path: Path) -> None:
    if form == "parquet" and suffix:
        return
    path = place(tmp_path, form, suffix)
    written = write(TRAFFIC, path, form)
    expected = list(TRAFFIC)
    if form in ANSWERS:
        expected = answers_only(TRAFFIC)
    elif form in NO_GLUE:
        expected = [
            each for each in TRAFFIC if each["name"] not in ("ns1.shop.example", "ns2.shop.example")
        ]
    assert compared(read(path), *ALL) == compared(expected, *ALL)
    assert written.observations == len(TRAFFIC)
    assert written.records == (len(TRAFFIC) if form in ("parquet", "csv") else 6)
    assert written.octets == path.stat().st_size
    assert not written.left_out


@pytest.mark.parametrize("form", SINGLE)
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=traffic())
def test_any_traffic_is_read_back(form: str, tmp_path: Path, rows: list[Row]) -> None:
    path = place(tmp_path, form)
    write(rows, path, form)
    assert compared(read(path), *ALL) == compared(rows, *ALL)


@pytest.mark.parametrize("form", SINGLE)
def test_above_a_resolver_the_sensor_is_the_one_who_asks(form: str, tmp_path: Path) -> None:
    rows = [each | {"client": None} for each in answers_only(TRAFFIC)]
    path = place(tmp_path, form)
    write(rows, path, form, above=True)
    found = read(path)
    columns = ("time", "name", "type", "answers", "ttl", "sensor")
    assert compared(found, *columns) == compared(rows, *columns)
    known = {RESOLVER} if form in ("zeek", "zeek-json", "eve", "pcap") else {None}
    assert {each.get("client") for each in found} == known


@pytest.mark.parametrize("form", ["zeek", "zeek-json", "eve", "pcap", "dnstap"])
def test_clients_are_made_up_where_the_rows_have_none(form: str, tmp_path: Path) -> None:
    path = place(tmp_path, form)
    write([row(client=None), row(time=START + 1, client=None)], path, form)
    found = read(path)
    assert all(each["client"].startswith("10.1") for each in found)
    assert {each["sensor"] for each in found} == {RESOLVER}


def test_the_same_traffic_makes_the_same_octets(tmp_path: Path) -> None:
    for form in SINGLE:
        one, other = place(tmp_path, form, ".gz"), tmp_path / f"other-{form}.gz"
        write(TRAFFIC, one, form)
        write(TRAFFIC, other, form)
        assert one.read_bytes() == other.read_bytes(), form


def test_batches_may_end_within_a_response(tmp_path: Path) -> None:
    pieces = [batch(TRAFFIC[at : at + 1]) for at in range(len(TRAFFIC))]
    path = tmp_path / "a.pcap"
    told: list[int] = []
    form = format_named("pcap")
    written = record(pieces, path, form=form, scene=Scene(), tell=told.append)
    assert written.records == 6
    assert told == sorted(told)
    assert told[-1] == len(TRAFFIC)
    assert compared(read(path), *ALL) == compared(TRAFFIC, *ALL)


def test_an_interrupt_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("before")

    def interrupted() -> Iterator[pa.RecordBatch]:
        yield batch(TRAFFIC)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        record(interrupted(), path, form=format_named("zeek"), scene=Scene())
    assert path.read_text() == "before"
    assert [each.name for each in tmp_path.iterdir()] == ["a.log"]


def test_single_responses_and_aggregates_do_not_mix(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no aggregates"):
        write(TRAFFIC, tmp_path / "a.log", "zeek", aggregated=True)


@pytest.mark.parametrize("form", ["cof", "parquet", "csv"])
def test_aggregates_are_read_back(form: str, tmp_path: Path) -> None:
    rows = [
        row(time=START, time_last=START + 60, count=7, ttl=None, client=None, sensor=None),
        row(name="b.example", type="NS", answers="ns1.b.example,ns2.b.example", ttl=None)
        | {"client": None, "sensor": None, "time_last": START + 5, "count": 2},
    ]
    path = place(tmp_path, form)
    write(rows, path, form, aggregated=True)
    columns = ("time", "time_last", "name", "type", "answers", "ttl", "count")
    assert compared(read(path), *columns) == compared(rows, *columns)


def test_the_truth_stands_beside(tmp_path: Path) -> None:
    truth = pa.table({"registered_domain": ["a.example"], "flux": [True], "ttl": [5]})
    scene = Scene()
    lines = record([], tmp_path / "a.log", form=format_named("zeek"), scene=scene, truth=truth)
    assert lines.truth == tmp_path / "a.log.truth.jsonl"
    assert lines.truth.read_text() == '{"registered_domain":"a.example","flux":true,"ttl":5}\n'
    table = record([], tmp_path / "a.pq", form=format_named("parquet"), scene=scene, truth=truth)
    assert table.truth == tmp_path / "a.pq.truth.parquet"
    assert pa.parquet.read_table(table.truth).to_pylist() == truth.to_pylist()


def test_the_engine_takes_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "dns.log.gz"
    write(TRAFFIC, path, "zeek")
    assert gzip.decompress(path.read_bytes()).startswith(b"#separator")
    with analyze([path]) as analysis:
        assert analysis.totals.inputs[0].observations == 6
        assert not analysis.totals.inputs[0].bad
