from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.errors import UnknownFormatError, UsageError
from fluxhound.sources.sniff import FORMATS, format_named, recognise
from tests.scenarios import FLUX
from tests.writers import WRITERS

TESTS = Path(__file__).parent.parent
TABLE = FLUX["classic"].table(duration_s=3_600)
#: Name of a writer -> the format that must claim what it writes.
WRITTEN = {
    "zeek-tsv": "zeek",
    "zeek-json": "zeek-json",
    "eve-v2": "suricata",
    "cof": "cof",
    "csv": "table",
}
KEPT = {
    "logs/zat/dns.log": "zeek",
    "logs/zat/dns.json": "zeek-json",
    "logs/zeek-json/variants.json": "zeek-json",
    "logs/suricata/v1.json": "suricata",
    "logs/suricata/v2-grouped.json": "suricata",
    "logs/suricata/v3.json": "suricata",
    "logs/route53/resolver.json": "route53",
    "logs/dnsmasq/syslog.log": "dnsmasq",
    "logs/table/semicolons.csv": "table",
    "logs/querylog/bind.log": "querylog",
    "captures/gopassivedns/a.pcap": "pcap",
    "captures/bind-dnstap/resolver.tap": "dnstap",
}


def head_of(path: Path) -> bytes:
    content = path.read_bytes()
    return (gzip.decompress(content) if path.suffix == ".gz" else content)[: 64 << 10]


@pytest.mark.parametrize("writer", WRITERS)
def test_what_is_written_is_recognised(writer: str) -> None:
    assert recognise(WRITERS[writer](TABLE)[: 64 << 10], "x").name == WRITTEN[writer]


@pytest.mark.parametrize("path", KEPT)
def test_kept_files_are_recognised(path: str) -> None:
    assert recognise(head_of(TESTS / path), path).name == KEPT[path]


@pytest.mark.parametrize(
    "head",
    [
        b"#separator \\x09\n#fields\tts\tquery\n",
        b"#separator \\x7c\n#set_separator|,\n",
        b"#fields\tts\tquery\n",
        b"# a remark\n#separator \\x09\n",
    ],
)
def test_zeek_headers_are_recognised(head: bytes) -> None:
    assert recognise(head, "x").name == "zeek"


def test_all_names_differ_and_are_found() -> None:
    names = [form.name for form in FORMATS]
    assert len(set(names)) == len(names)
    assert [format_named(name) for name in names] == list(FORMATS)


@pytest.mark.parametrize(("name", "near"), [("zek", "zeek"), ("pcapng", "pcap"), ("", None)])
def test_an_unknown_name_is_answered_with_the_nearest(name: str, near: str | None) -> None:
    with pytest.raises(UsageError) as caught:
        format_named(name)
    assert (f"Did you mean {near}?" in str(caught.value)) == (near is not None)
    assert all(form.name in str(caught.value) for form in FORMATS)


@pytest.mark.parametrize("head", [b"\x00\x01\x02", b"hello\n", b"\x7fELF", b"\x1b[31mred\n"])
def test_what_nobody_claims_is_told_without_its_controls(head: bytes) -> None:
    with pytest.raises(UnknownFormatError) as caught:
        recognise(head, "x.log")
    assert "x.log" in str(caught.value)
    assert "--input-format" in str(caught.value)
    assert str(caught.value).isprintable()


@given(st.binary(max_size=300))
def test_any_head_is_claimed_or_refused(head: bytes) -> None:
    try:
        assert recognise(head, "x") in FORMATS
    except UnknownFormatError as error:
        assert str(error).isprintable()  # noqa: PT017 - either way is right
