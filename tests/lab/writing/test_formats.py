from __future__ import annotations

import io
from pathlib import Path

import pytest

from fluxhound.errors import UsageError
from fluxhound.lab.writing.formats import FORMATS, Pieces, Scene, format_named, format_of
from tests.lab.writing.made import TRAFFIC, batch


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("dns.log", "zeek"),
        ("a.tsv.gz", "zeek"),
        ("eve.json", "eve"),
        ("dns.json.zst", "zeek-json"),
        ("zeek.jsonl", "zeek-json"),
        ("cof.json", "cof"),
        ("A.PCAP", "pcap"),
        ("a.dnstap", "dnstap"),
        ("a.cof.gz", "cof"),
        ("a.parquet", "parquet"),
        ("a.csv", "csv"),
    ],
)
def test_the_ending_tells_the_format(name: str, form: str) -> None:
    assert format_of(Path(name)).name == form


@pytest.mark.parametrize("name", ["a", "a.json", "a.txt", "a.gz"])
def test_other_endings_do_not(name: str) -> None:
    with pytest.raises(UsageError, match="Add --format, one of zeek, "):
        format_of(Path(name))


def test_an_unknown_format_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"There is no format 'zek'.* Did you mean zeek\?"):
        format_named("zek")
    assert [format_named(each.name) for each in FORMATS] == list(FORMATS)


@pytest.mark.parametrize("form", FORMATS, ids=lambda each: each.name)
@pytest.mark.parametrize("above", [False, True])
def test_every_format_writes_no_traffic_and_some(form: object, above: bool) -> None:
    chosen = next(each for each in FORMATS if each is form)
    scene = Scene(above=above, aggregated=chosen.only_aggregates)
    sizes = []
    for rows in ((), TRAFFIC):
        sink = io.BytesIO()
        writer = chosen.open(sink, scene)
        if rows:
            writer.take(batch(rows))
        writer.finish()
        sizes.append(len(sink.getvalue()))
        assert bool(writer.records) is bool(rows)
        assert not writer.left_out
    assert sizes[0] < sizes[1]


def test_pieces_stand_between_head_and_foot() -> None:
    sink = io.BytesIO()
    writer = Pieces(sink, lambda rows: (rows.column("name"), {"odd": 1}), head=b"<", foot=b">")
    writer.take(batch(TRAFFIC[-1:]))
    writer.finish()
    assert sink.getvalue() == b"<b.example>"
    assert writer.left_out == {"odd": 1}
