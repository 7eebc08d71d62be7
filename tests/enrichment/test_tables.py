from __future__ import annotations

import csv
import hashlib
import ipaddress
import json
import random
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from fluxhound.enrichment.addresses import keys
from fluxhound.enrichment.tables import (
    FAMILIES,
    country_code,
    country_letters,
    embedded,
    embedded_table,
    folder,
    manifest,
    table_dates,
)

SAMPLES = Path(__file__).parent / "samples"
Line = tuple[int, int, tuple[str, ...]]


def stretches(name: str) -> list[list[Line]]:
    """Return the sampled lines, one list for each stretch of consecutive lines."""
    text = (SAMPLES / f"{name}.csv").read_text("utf-8")
    return [
        [
            (int(first), int(last), tuple(rest))
            for first, last, *rest in csv.reader(part.split("\n"))
        ]
        for part in text.strip().split("\n\n")
    ]


def naive(lines: list[Line], number: int) -> tuple[str, ...]:
    around = [line for line in lines if line[0] <= number <= line[1]]
    return max(around, key=lambda line: (line[0], -line[1]), default=(0, 0, ()))[2]


def probes(lines: list[Line], family: str) -> list[int]:
    """Return the edges of ranges and random numbers within the stretch; first of /64 for IPv6."""
    rng = random.Random(20260617)  # noqa: S311 - no secret
    first, last = lines[0][0], max(line[1] for line in lines)
    edges = [n + step for line in lines for n in line[:2] for step in (-1, 0, 1)]
    inner = [rng.randint(line[0], line[1]) for line in lines for _ in range(3)]
    chosen = [*edges, *inner, *(rng.randint(first, last) for _ in range(100))]
    if family == "ipv6":
        chosen = [n >> 64 << 64 for n in chosen]
    return [n for n in chosen if first <= n <= last]


def texts(numbers: list[int], family: str) -> list[str]:
    kind = ipaddress.IPv4Address if family == "ipv4" else ipaddress.IPv6Address
    return [str(kind(n)) for n in numbers]


@pytest.mark.parametrize("family", FAMILIES)
def test_networks_agree_with_a_search_of_the_source(family: str) -> None:
    for lines in stretches(f"asn-{family}"):
        numbers = probes(lines, family)
        codes, holders = embedded_table().networks(keys(texts(numbers, family)))
        names = holders.name.take(codes).to_pylist()
        found = [(str(asn), name) for asn, name in zip(holders.asn[codes], names, strict=True)]
        assert found == [naive(lines, n) or ("0", "") for n in numbers]


@pytest.mark.parametrize("family", FAMILIES)
def test_countries_agree_with_a_search_of_the_source(family: str) -> None:
    for lines in stretches(f"country-{family}"):
        numbers = probes(lines, family)
        codes = embedded_table().countries(keys(texts(numbers, family)))
        found = [country_letters(int(code)) for code in codes]
        assert found == ["".join(naive(lines, n)) for n in numbers]


def test_the_samples_hold_overlaps_and_gaps() -> None:
    pairs = [p for s in stretches("country-ipv4") for p in pairwise(s)]
    assert any(b[0] <= a[1] for a, b in pairs)
    assert any(b[0] > a[1] + 1 for s in stretches("asn-ipv6") for a, b in pairwise(s))


def test_all_hosts_of_a_64_are_in_one_network() -> None:
    found = keys(["2001:4860:4860::", "2001:4860:4860::8888", "2001:4860:4860:0:ffff:ffff:ffff:1"])
    codes, holders = embedded_table().networks(found)
    assert set(holders.asn[codes].tolist()) == {15169}


def test_tables_are_sound_ranges() -> None:
    for table in ("asn", "country", "kind"):
        for ranges in (embedded(table).ipv4, embedded(table).ipv6):
            starts = ranges.starts
            assert starts[0] == 0
            assert (starts[1:] > starts[:-1]).all()
            assert int(ranges.values.min()) == 0
    codes = np.concatenate([embedded("asn").ipv4.values, embedded("asn").ipv6.values])
    assert int(codes.max()) < len(embedded_table().holders.asn)


def test_tables_load_quickly() -> None:
    for cached in (embedded, embedded_table):
        cached.cache_clear()
    start = time.process_time()
    embedded_table()
    embedded("kind")
    assert time.process_time() - start < 1.0  # 0.1 s is usual; a generous bound for busy machines


def test_files_are_small_and_are_those_that_the_manifest_names() -> None:
    place = Path(str(folder()))
    stated = json.loads((place / "tables.json").read_text("utf-8"))["files"]
    files = sorted(place.glob("*.parquet"))
    assert [file.name for file in files] == sorted(stated)
    for file in files:
        assert file.stat().st_size < 2 << 20
        assert hashlib.sha256(file.read_bytes()).hexdigest() == stated[file.name]["sha256"]
    assert sum(file.stat().st_size for file in files) < 5_000_000


def test_every_table_states_source_date_and_licence_and_is_attributed() -> None:
    attribution = Path(str(folder())).joinpath("ATTRIBUTION.md").read_text("utf-8")
    assert set(manifest()) == {"asn", "country", "kind"}
    for stated in manifest().values():
        assert stated["source"]
        assert stated["licence"]
        assert stated["date"] in attribution
    for owner in ("DB-IP", "Route Views", "NRO", "ProjectDiscovery", "Maltrail"):
        assert owner in attribution


def test_table_dates_are_iso_8601() -> None:
    dates = table_dates()
    assert dates["asn"] == dates["country"] == "2026-06-17"
    assert set(dates) == {"asn", "country", "kind", "suffixes"}
    assert all(len(date) == len("2026-06-17") for date in dates.values())


@pytest.mark.parametrize(
    ("letters", "known"), [("DE", True), ("de", True), ("", False), ("DEU", False), ("D1", False)]
)
def test_country_codes(letters: str, known: bool) -> None:
    assert country_letters(country_code(letters)) == (letters.upper() if known else "")
