from __future__ import annotations

from dataclasses import replace

from rich.console import Console

from fluxhound.records import Timeline
from fluxhound.sharing.chronicle import print_networks, print_timeline
from fluxhound.sharing.glyphs import Writing
from fluxhound.sharing.sheet import Sheet
from tests.sharing import builders
from tests.sharing.consoles import written

FLUX = builders.staircase("x.example", 40)


def chronicle(timeline: Timeline, verbosity: int = 0) -> str:
    def show(console: Console) -> None:
        sheet = Sheet(console=console, write=Writing(), verbosity=verbosity)
        print_timeline(sheet, timeline)
        print_networks(sheet, timeline)

    return written(120, show)


def test_the_first_and_last_refreshes_are_shown_and_the_rest_counted() -> None:
    text = chronicle(FLUX)
    assert "11-20 06:00:00" in text
    assert "11-20 12:00:00" in text
    assert "not shown: 25 more answer sets (-v shows more)" in text
    assert text.index("…") < text.index("11-20 12:00:00")
    assert "not shown" not in chronicle(FLUX, 1)


def test_growth_is_a_sparkline_with_its_total() -> None:
    assert "40 distinct addresses seen so far" in chronicle(FLUX)
    cut = replace(FLUX, rows_left_out=5, changes_left_out=5)
    assert "at least 40 distinct addresses" in chronicle(cut)
    assert "5 addresses not kept" in chronicle(cut)


def test_addresses_are_shown_with_their_holders() -> None:
    text = chronicle(FLUX)
    assert "AS64496       Telefonia Ejemplo, S.A. 1 (ES)" in text
    assert "and 20 in 15 more ASNs" in text
    assert "ADDRESSES in order" in chronicle(FLUX, 2)


def test_without_tables_it_says_so() -> None:
    row = replace(FLUX.rows[0], facts=builders.facts("192.0.2.1", None))
    assert "no ASN data" in chronicle(replace(FLUX, rows=(row,)), 2)


def test_no_ttl_is_a_dash_and_no_history_no_picture() -> None:
    change = replace(FLUX.changes[0], ttl=None)
    assert "4 of 4       –" in chronicle(replace(FLUX, changes=(change,)))  # noqa: RUF001
    assert "distinct" not in chronicle(Timeline(name="x.example", rows=(), changes=()))
