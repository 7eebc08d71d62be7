from __future__ import annotations

import re
from dataclasses import replace

from fluxhound.records import Timeline
from fluxhound.sharing.report.strips import POINTS, growth_strip, ttl_strip
from tests.sharing import builders
from tests.sharing.report.pictures import scale_of

FLUX = builders.staircase("x.example", 40)
SCALE = scale_of(FLUX)


def test_growth_rises_and_is_told_in_words() -> None:
    picture = growth_strip(FLUX, SCALE) or ""
    assert "Distinct addresses seen so far: 40 at the end" in picture
    line = re.search(r'd="(M[^"]+)" class="line"', picture)
    assert line is not None
    heights = [float(y) for y in re.findall(r"V([\d.]+)", line[1])]
    assert heights == sorted(heights, reverse=True)
    cut = replace(FLUX, rows_left_out=1, changes_left_out=1)
    assert "at least 40" in (growth_strip(cut, SCALE) or "")


def test_ttl_is_told_with_its_range() -> None:
    assert "300 s" in (ttl_strip(FLUX, SCALE) or "")
    first = replace(FLUX.changes[0], ttl=60)
    mixed = replace(FLUX, changes=(first, *FLUX.changes[1:]))
    assert "60 to 300 s" in (ttl_strip(mixed, SCALE) or "")
    zero = replace(FLUX, changes=(replace(first, ttl=0),))
    assert "0 s" in (ttl_strip(zero, SCALE) or "")


def test_what_was_not_seen_is_not_drawn() -> None:
    unknown = replace(FLUX, changes=tuple(replace(c, ttl=None) for c in FLUX.changes))
    assert ttl_strip(unknown, SCALE) is None
    assert growth_strip(Timeline(name="x.example", rows=(), changes=()), SCALE) is None


def test_lines_are_thinned() -> None:
    long = builders.staircase("x.example", 5_000)
    picture = growth_strip(long, scale_of(long)) or ""
    assert picture.count("H") <= 2 * (POINTS + 1)
