from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest

from fluxhound.records import AddressRow, AddressSpan, Timeline
from fluxhound.sharing.report.palette import palette
from fluxhound.sharing.report.raster import PIECES, Raster, raster
from tests.sharing import builders
from tests.sharing.report.pictures import rows_in, scale_of

FLUX = builders.staircase("x.example", 40)


def drawn(timeline: Timeline, most: int = 400, *, defanged: bool = True) -> Raster:
    return raster(
        timeline, scale_of(timeline), palette([timeline]), most=most, title="t", defanged=defanged
    )


def starts(picture: str) -> list[int]:
    return [int(x) for x in re.findall(r'd="M(\d+) [\d.]+h\d+', picture)]


@pytest.mark.parametrize("count", [1, 9, 40, 44, 45, 143, 400])
def test_there_is_one_row_for_each_address(count: int) -> None:
    result = drawn(builders.staircase("x.example", count, per_answer=1))
    assert result.rows == rows_in(result.picture) == count
    assert f'data-rows="{count}"' in result.picture


def test_flux_is_a_staircase() -> None:
    result = drawn(FLUX)
    assert starts(result.picture) == sorted(starts(result.picture))
    assert len(set(starts(result.picture))) > 30


def test_a_pool_repeats_its_stripes() -> None:
    pool = [builders.access_facts(place, 12) for place in range(12)]
    result = drawn(builders.stripes("x.example", 12, pool=pool))
    assert len(re.findall(r"h\d+", result.picture)) >= 12 * 7
    assert len(set(starts(result.picture))) == 3


def test_rows_left_out_are_counted() -> None:
    result = drawn(replace(FLUX, rows_left_out=100), most=30)
    assert (result.rows, result.left_out) == (30, 110)


def test_the_size_of_a_picture_is_bounded() -> None:
    minute = timedelta(minutes=1)
    spans = tuple(
        AddressSpan(first=builders.START + minute * n, last=builders.START + minute * n, count=1)
        for n in range(0, 1_440, 2)
    )
    rows = tuple(
        AddressRow(facts=builders.access_facts(place), spans=spans) for place in range(400)
    )
    result = drawn(Timeline(name="x.example", rows=rows, changes=()))
    assert result.merged > 0
    assert len(re.findall(r"h\d+", result.picture)) <= PIECES
    assert len(result.picture) < 200_000


def test_each_row_tells_address_network_and_time() -> None:
    picture = drawn(FLUX).picture
    title = re.search(r"<title>(192\.0\.2\[\.\]1[^<]*)", picture)
    assert title is not None
    for part in ("AS64496 Telefonia Ejemplo", "ES", "2026-11-20 06:00:00Z to", "4 answers"):
        assert part in title[1]
    assert "192.0.2.1: " in drawn(FLUX, defanged=False).picture


def test_addresses_without_a_network_are_grey_and_say_so() -> None:
    row = replace(FLUX.rows[0], facts=builders.facts("2001:db8:1:2:3:4:5:6", None))
    picture = drawn(replace(FLUX, rows=(row,))).picture
    assert 'class="row nx"' in picture
    assert "no ASN data" in picture
    assert "…" in picture


def test_the_picture_is_well_formed() -> None:
    for timeline in builders.timelines().values():
        ET.fromstring(drawn(timeline).picture)  # noqa: S314 - our own output
