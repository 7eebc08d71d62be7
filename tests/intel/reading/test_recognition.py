from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.errors import UnknownFormatError, UnreadableInputError, UsageError
from fluxhound.intel.indicator import Kind
from fluxhound.intel.reading.form import FeedOptions
from fluxhound.intel.reading.recognition import (
    FORMS,
    Feed,
    form_named,
    read_feed,
    read_path,
    recognise,
    together,
)
from tests.intel.readers import FEEDS, SOME, read, survives, taken

#: Every real feed, its format, and its indicators by kind, counted by hand (grep, sort, jq).
COUNTS: dict[str, tuple[str, dict[str, int]]] = {
    "infoblox/abusing_arpa_20260226.csv": ("csv", {"domain": 1035}),
    "infoblox/dcloud_20260625_iocs.csv": ("csv", {"domain": 48}),
    "infoblox/drop_catch_iii_20260813.csv": ("csv", {"domain": 27}),
    "infoblox/vextrio_cta_20240123_iocs.csv": ("csv", {"domain": 23, "url": 5}),
    "infoblox/misp-2e259cec-4fdb-4f25-88de-c51c4c18c854.json": ("json", {"domain": 27}),
    "infoblox/misp-68f58844-4aa6-4e1c-8ee5-cfb58eb6665e.json": (
        "json",
        {"domain": 10, "address": 12},
    ),
    "infoblox/misp-8c8ec60d-d6f4-461a-9427-dbe1b5d504ac.json": ("json", {"domain": 41}),
    "infoblox/misp-987842c3-0a53-4404-8e8c-05929b7e4f21.json": ("json", {"domain": 29}),
    "infoblox/misp-aacc7574-34ba-40fa-b39c-b682cea1387b.json": ("json", {"domain": 23, "url": 5}),
    "maltrail/avalanche.txt": ("text", {"domain": 3}),
    "maltrail/bankerflux.txt": ("text", {"domain": 2}),
    "maltrail/cdn_ranges.txt": ("text", {"network": 673, "address": 20}),
    "maltrail/darkcloud.txt": ("text", {"domain": 3049}),
    "unit42/2022_02_Gamaredon_UPDATE.txt": ("text", {"domain": 501}),
    "unit42/Gamaredon_IoCs_DEC2022.txt": ("text", {"domain": 596, "address": 18, "url": 17}),
    "unit42/2024-03-06-Pikabot-with-Meduza-Stealer.json": (
        "json",
        {"url": 20, "host": 2, "address": 1},
    ),
    "unit42/2024-04-12-MidnightEclipse.json": ("json", {"url": 2, "host": 1, "address": 23}),
    "unit42/2024-06-25-Latrodectus.json": ("json", {"url": 3, "host": 8, "address": 1}),
    "unit42/2024-10-17-cybersquatting-domains-from-new-TLDs.json": (
        "json",
        {"url": 26, "host": 13},
    ),
    # Nothing in these events is marked for detection.
    "eset/gaming_supply_chain.misp_event.json": ("json", {}),
    "eset/kessel.json": ("json", {}),
    "eset/misp-mosquito-event.json": ("json", {}),
    "eset/misp-turla-comrat-v4-event.json": ("json", {}),
    "eset/misp-turla-crutch-event.json": ("json", {}),
    "eset/misp-turla-outlook-event.json": ("json", {}),
}
#: The same events, if the marking is waived.
UNMARKED: dict[str, dict[str, int]] = {
    "eset/gaming_supply_chain.misp_event.json": {"url": 5, "domain": 2},
    "eset/kessel.json": {"domain": 1},
    "eset/misp-mosquito-event.json": {"url": 7, "host": 14},
    "eset/misp-turla-comrat-v4-event.json": {"domain": 27},
    "eset/misp-turla-crutch-event.json": {"domain": 4, "url": 1},
    "eset/misp-turla-outlook-event.json": {"url": 1},
}
BROKEN = "eset/malicious_pypi_packages.shortened.misp-event.json"


def kinds(feed: Feed) -> dict[str, int]:
    return dict(Counter(Kind(kind).word for kind in feed.table["kind"].to_pylist()))


@pytest.mark.parametrize("name", COUNTS)
def test_real_feeds_hold_what_was_counted(name: str) -> None:
    form, expected = COUNTS[name]
    feed = read_path(FEEDS / name, FeedOptions())
    assert feed.forms == (form,)
    assert kinds(feed) == expected
    assert not feed.tally.bad


@pytest.mark.parametrize("name", UNMARKED)
def test_the_marking_for_detection_may_be_waived(name: str) -> None:
    assert kinds(read_path(FEEDS / name, FeedOptions(to_ids=False))) == UNMARKED[name]


def test_the_broken_feed_is_refused_in_one_sentence() -> None:
    with pytest.raises(UnreadableInputError) as caught:
        read_path(FEEDS / BROKEN, FeedOptions())
    told = str(caught.value).removeprefix(str(FEEDS / BROKEN))
    assert told == (
        ": the JSON is broken at line 138, column 12 (trailing comma is not allowed), so nothing "
        "of it was taken. Ask its producer for a sound one."
    )


def test_every_file_is_in_the_table() -> None:
    there = {
        path.relative_to(FEEDS).as_posix()
        for path in FEEDS.rglob("*.*")
        if path.name != "README.md" and "sinkholes" not in path.parts
    }
    assert there == {*COUNTS, BROKEN}


def test_a_folder_of_lists_is_one_feed() -> None:
    feed = read_path(FEEDS / "maltrail" / "sinkholes", FeedOptions())
    assert feed.table.num_rows == 1383
    assert feed.tally.bad == {"no top-level domain that exists": 1}
    assert feed.refused == ()


def test_what_cannot_be_read_in_a_folder_is_told() -> None:
    feed = read_path(FEEDS / "eset", FeedOptions(to_ids=False))
    assert len(feed.refused) == 1
    assert feed.table.num_rows == 62


def test_a_misp_feed_is_read_by_its_manifest(tmp_path: Path) -> None:
    event = FEEDS / "infoblox" / "misp-2e259cec-4fdb-4f25-88de-c51c4c18c854.json"
    uuid = "2e259cec-4fdb-4f25-88de-c51c4c18c854"
    (tmp_path / f"{uuid}.json").write_bytes(event.read_bytes())
    (tmp_path / "unlisted.json").write_text("{}")
    manifest = {uuid: {"info": "x"}, "00000000-0000-4000-8000-000000000000": {}}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    assert read_path(tmp_path, FeedOptions()).table.num_rows == 27


def test_links_out_of_a_folder_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("secret.example\n")
    folder = tmp_path / "feeds"
    folder.mkdir()
    (folder / "a.txt").write_text("a.example\n")
    (folder / "link.txt").symlink_to(outside)
    assert read_path(folder, FeedOptions()).table["value"].to_pylist() == ["a.example"]


def test_a_folder_is_bounded_as_a_whole(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.txt").write_text("a.example\n" * 100)
    with pytest.raises(UnreadableInputError, match="larger than"):
        read_path(tmp_path, FeedOptions(limit_bytes=2_500))


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInputError, match="no feed in this folder"):
        read_path(tmp_path, FeedOptions())
    with pytest.raises(UnreadableInputError, match="No such file"):
        read_path(tmp_path / "nothing", FeedOptions())


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "empty"),
        (b" \n ", "empty"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]>', "XML, which is not read"),
        (b"\xff\xfea\0.\0", "UTF-16"),
        (b"\x7fELF\0\0", "binary"),
    ],
)
def test_what_is_no_feed_is_told(content: bytes, told: str) -> None:
    with pytest.raises(UnknownFormatError, match=told):
        read(content)


@pytest.mark.parametrize("packed", ["gzip", "zstd"])
def test_compressed_feeds_are_read(packed: str) -> None:
    content = b"evil.example\n"
    octets = gzip.compress(content) if packed == "gzip" else pa.compress(content, "zstd")
    assert taken(bytes(octets)) == ["domain evil.example"]


def test_a_damaged_archive_gives_nothing() -> None:
    octets = gzip.compress(b"".join(b"h%d.example\n" % n for n in range(10_000)))[:-100]
    with pytest.raises(UnreadableInputError, match="damaged"):
        read(octets)


def test_formats_are_named() -> None:
    assert [form_named(form.name) for form in FORMS] == list(FORMS)
    with pytest.raises(UsageError, match="Did you mean hosts"):
        form_named("host")


def test_feeds_together_hold_each_once() -> None:
    parts = [read("a.example\nb.example\n"), read("b.example\ncom\n")]
    whole = together(parts, ["x is broken."])
    assert whole.table["value"].to_pylist() == ["a.example", "b.example"]
    assert whole.tally.passed_over["repeated"] == 1
    assert whole.tally.samples == {"a single label": ["com"]}
    assert whole.refused == ("x is broken.",)


def test_a_file_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("a.example\n")
    file = path.open("rb")
    read_feed(file, "a", FeedOptions())
    assert file.closed


@SOME
@given(st.binary(max_size=300))
def test_any_bytes_are_survived(content: bytes) -> None:
    survives(content)
    survives(gzip.compress(content, 1))


@SOME
@given(st.text("[]{}\"':,.#|^=/ \n\taexmpl019", max_size=200))
def test_any_text_is_recognised(text: str) -> None:
    survives(text.encode())


def test_the_beginning_decides() -> None:
    assert recognise(b"a.example\n", "feed").name == "text"
