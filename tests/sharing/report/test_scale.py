from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from fluxhound.records import AddressSpan
from fluxhound.sharing.report.figure import LEFT, RIGHT, WIDTH
from fluxhound.sharing.report.scale import grid_lines, labels
from tests.sharing import builders
from tests.sharing.report.pictures import scale_of

SCALE = scale_of(builders.staircase("x.example", 40))


def test_times_lie_between_the_margins() -> None:
    assert SCALE.x(SCALE.extent.first) == LEFT
    assert SCALE.x(SCALE.extent.last) == LEFT + WIDTH
    assert SCALE.x(SCALE.extent.last + timedelta(days=9)) == LEFT + WIDTH
    assert SCALE.whole == LEFT + WIDTH + RIGHT


def test_pieces_are_shifted_by_the_margin() -> None:
    span = AddressSpan(first=SCALE.extent.first, last=SCALE.extent.last, count=2)
    assert SCALE.pieces([span]) == [(LEFT, WIDTH)]


def test_every_label_has_its_line() -> None:
    text = labels(SCALE, 20)
    assert "2026-11-20 UTC" in text
    assert text.count("<text") - 1 == len(re.findall("M", grid_lines(SCALE, 0, 10))) > 3


def test_one_moment_alone_can_be_drawn() -> None:
    moment = replace(SCALE.extent, last=SCALE.extent.first)
    assert "UTC" in labels(replace(SCALE, extent=moment), 20)
    grid_lines(replace(SCALE, extent=moment), 0, 10)
