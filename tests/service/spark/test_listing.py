from __future__ import annotations

import gzip

import pytest

from fluxhound.errors import FluxhoundError
from fluxhound.service.spark.listing import (
    WHOLE_FILE_BYTES,
    Place,
    _hidden,
    _kind,
    _local,
    is_remote,
)
from tests.service.drafts import traffic
from tests.writers import cof, csv_table, eve_v2, zeek_json, zeek_tsv

TABLE = traffic().slice(0, 40)


def place(length: int = 1000) -> Place:
    return Place(name="x", path="file:/x", length=length)


@pytest.mark.parametrize(
    ("content", "name", "by_lines"),
    [
        (zeek_tsv(TABLE), "zeek", True),
        (zeek_json(TABLE), "zeek-json", True),
        (cof(TABLE), "cof", True),
        (eve_v2(TABLE), "suricata", False),
        (csv_table(TABLE), "table", False),
        (gzip.compress(zeek_tsv(TABLE)), "zeek", False),
    ],
)
def test_formats_are_told_by_their_first_bytes(
    content: bytes, name: str, *, by_lines: bool
) -> None:
    kind = _kind(content, place(), None)
    assert (kind.format.name, kind.by_lines) == (name, by_lines)


def test_the_header_of_a_log_says_only_how_to_read_it() -> None:
    header = _kind(zeek_tsv(TABLE), place(), None).header
    assert b"#fields\t" in header
    assert b"#open" not in header
    assert all(line.startswith(b"#") for line in header.splitlines())


@pytest.mark.parametrize(
    ("content", "length", "told"),
    [
        (b"", 0, "empty"),
        (b"nothing that we know", 20, "not recognised"),
        (gzip.compress(zeek_tsv(TABLE)), WHOLE_FILE_BYTES + 1, "above 512 MiB are not read on"),
        (b"BZh91AY&SY", 10, "bzip2 -dc"),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(
    content: bytes, length: int, told: str
) -> None:
    with pytest.raises(FluxhoundError, match=told):
        _kind(content, place(length), None)


def test_addresses_of_storage_are_no_local_paths() -> None:
    assert [is_remote(name) for name in ("s3a://logs/dns/", "hdfs://n:8020/x")] == [True, True]
    assert [is_remote(name) for name in ("dns.log", "/var/log", "c:/x")] == [False] * 3


def test_local_names_are_no_patterns() -> None:
    assert _local("/logs/a[1]*.log") == r"file:/logs/a\[1\]\*.log"


@pytest.mark.parametrize(
    ("path", "hidden"), [("/a/b.log", False), ("/_tmp/x", True), ("/.x", True)]
)
def test_what_spark_passes_over_is_hidden(path: str, *, hidden: bool) -> None:
    assert _hidden(path) is hidden
