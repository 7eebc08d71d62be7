from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from fluxhound.records import Finding
from fluxhound.sharing.explanation import print_explanation
from tests.sharing import builders, strategies
from tests.sharing.consoles import WIDTHS, in_ascii, widest_line, written

NEXT = re.compile(r"^next: .*$", re.MULTILINE)


def explained(finding: Finding, width: int = 120, verbosity: int = 0) -> str:
    timeline = builders.timelines().get((finding.entity, finding.name))
    return written(
        width, lambda console: print_explanation(console, finding, timeline, verbosity=verbosity)
    )


def test_everything_is_there_in_order() -> None:
    text = explained(builders.single_flux())
    parts = [
        "behaves like single flux",
        "FLUX: does it behave",
        "MALICE: is there reason",
        "PUBLISHED RULES",
        "TIMELINE",
        "ADDRESSES BY ASN",
        "LOOK-ALIKES CONSIDERED",
        "WHAT WOULD CHANGE THE VERDICT",
        "next: fluxhound explain",
    ]
    places = [text.index(part) for part in parts]
    assert places == sorted(places)


def test_columns_stand_side_by_side_only_where_there_is_room() -> None:
    assert re.search(r"^FOR {10,}AGAINST$", explained(builders.single_flux(), 100), re.MULTILINE)
    assert re.search(r"^AGAINST$", explained(builders.single_flux(), 99), re.MULTILINE)


@pytest.mark.parametrize("width", WIDTHS[2:])
@pytest.mark.parametrize("finding", [builders.double_flux(), builders.suspect()], ids=["2", "?"])
def test_no_line_is_wider_than_the_console(width: int, finding: Finding) -> None:
    for verbosity in range(3):
        text = explained(finding, width, verbosity)
        assert widest_line(NEXT.sub("", text)) <= width


def test_unknown_measures_are_for_the_most_verbose() -> None:
    assert "MEASURES" not in explained(builders.double_flux())
    assert "new name-server addresses  " not in explained(builders.double_flux(), verbosity=1)
    assert "new name-server addresses  " in explained(builders.double_flux(), verbosity=2)
    assert re.search(r"largest TTL +–", explained(builders.suspect(), verbosity=1))  # noqa: RUF001


def test_without_history_the_rest_is_explained() -> None:
    text = written(80, lambda console: print_explanation(console, builders.single_flux(), None))
    assert "TIMELINE" not in text
    assert "WHAT WOULD CHANGE" in text


def test_too_little_to_judge_is_said() -> None:
    assert "seen too little" in explained(builders.insufficient())


def test_plain_ascii_is_enough() -> None:
    timeline = builders.timelines()[(builders.hostile().entity, builders.HOSTILE_NAME)]

    def show(console: Console) -> None:
        print_explanation(console, builders.hostile(), timeline, verbosity=2)

    assert in_ascii(120, show)


@settings(max_examples=40)
@given(strategies.findings, st.sampled_from(WIDTHS), st.integers(0, 2))
def test_any_finding_is_explained_and_cannot_act(
    finding: Finding, width: int, verbosity: int
) -> None:
    text = explained(finding, width, verbosity)
    assert text.replace("\n", "").isprintable()
