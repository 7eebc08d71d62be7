from __future__ import annotations

from dataclasses import replace

from fluxhound.records import Timeline
from fluxhound.sharing.report.figure import LEGEND, Style, figure, legend, small_figure
from fluxhound.sharing.report.palette import palette
from tests.sharing import builders
from tests.sharing.report.pictures import rows_in

FLUX = builders.staircase("x.example", 40)
SERVERS = builders.staircase("x.example", 20, base=9)
STYLE = Style(palette=palette([FLUX, SERVERS]))
EMPTY = Timeline(name="x.example", rows=(), changes=())


def test_one_picture_holds_raster_growth_and_ttl() -> None:
    picture = figure(FLUX, None, STYLE, most=400) or ""
    assert rows_in(picture) == 40
    assert picture.count('class="strip"') == 2
    assert "name servers" not in picture


def test_name_servers_get_a_raster_of_their_own() -> None:
    picture = figure(FLUX, SERVERS, STYLE, most=400) or ""
    assert rows_in(picture) == 60
    assert "Addresses of the name servers" in picture


def test_what_is_left_out_is_said() -> None:
    picture = figure(FLUX, None, STYLE, most=30) or ""
    assert "Not drawn, beyond the first 30: 10 addresses." in picture


def test_no_ttl_is_said_to_be_unknown() -> None:
    unknown = replace(FLUX, changes=())
    assert "TTL: not observable" in (figure(unknown, None, STYLE, most=9) or "")


def test_nothing_seen_gives_no_picture() -> None:
    assert figure(EMPTY, None, STYLE, most=9) is None
    assert small_figure(EMPTY, STYLE) is None


def test_the_legend_names_the_largest_networks_and_counts_the_rest() -> None:
    text = legend([FLUX], STYLE.palette)
    assert text.count("<li>") == LEGEND + 1
    assert "AS64496 Telefonia Ejemplo, S.A. 1 (ES)" in text
    assert "and 13 more networks" in text


def test_small_pictures_are_cut_and_say_so() -> None:
    long = builders.staircase("x.example", 50)
    picture = small_figure(long, STYLE) or ""
    assert rows_in(picture) == 40
    assert "Not drawn, beyond the first 40: 10 addresses." in picture
    assert "<text" not in picture
