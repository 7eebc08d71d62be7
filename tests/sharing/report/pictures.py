"""A scale to draw on, and what a picture holds."""

from __future__ import annotations

import re

from fluxhound.records import Timeline
from fluxhound.sharing import series
from fluxhound.sharing.report.figure import LEFT, RIGHT, WIDTH
from fluxhound.sharing.report.scale import Scale


def scale_of(timeline: Timeline) -> Scale:
    extent = series.extent([timeline])
    assert extent is not None
    return Scale(extent=extent, left=LEFT, width=WIDTH, right=RIGHT)


def rows_in(picture: str) -> int:
    return len(re.findall(r'<g class="row ', picture))
