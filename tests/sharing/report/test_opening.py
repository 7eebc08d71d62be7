from __future__ import annotations

import re

import pytest

from fluxhound.records import Finding
from fluxhound.sharing.ranking import findings_of, folds
from fluxhound.sharing.report.figure import Style
from fluxhound.sharing.report.opening import headline, masthead, ranked_table
from fluxhound.sharing.report.palette import palette
from tests.sharing import builders

STYLE = Style(palette=palette([]))


@pytest.mark.parametrize(
    ("findings", "said"),
    [
        ([], "Nothing here behaves like fast flux"),
        ([builders.single_flux()], "1 name behaves like fast flux"),
        ([builders.suspect()], "1 name may be fast flux"),
        (
            [builders.single_flux(), builders.double_flux(), builders.suspect()],
            "2 names behave like fast flux, 1 more may be",
        ),
    ],
)
def test_the_headline_claims_no_more_than_was_found(findings: list[Finding], said: str) -> None:
    assert headline(folds(findings)) == said


def test_the_table_is_ranked_and_links_to_the_sections() -> None:
    listed = folds(findings_of(builders.everything()))
    text = ranked_table(listed, 2, STYLE) or ""
    assert re.findall(r'href="#(finding-\d+)"', text) == ["finding-1", "finding-2"]
    assert text.index("mail-gate7[.]example") < text.index("kx-delivery[.]example")
    assert "+ 3 names" in text
    assert ranked_table([], 2, STYLE) is None


def test_the_tiles_hold_the_totals() -> None:
    text = masthead([], builders.totals(), builders.NOW)
    for part in ("4,812,451", ">17<", "88,410", "61,204", "2026-11-21 07:30 UTC"):
        assert part in text
    assert "<dd>none</dd>" in masthead([], builders.no_input(), builders.NOW)
