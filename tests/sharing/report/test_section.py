from __future__ import annotations

import re
from dataclasses import replace

from fluxhound.records import Timeline
from fluxhound.sharing.ranking import Fold
from fluxhound.sharing.report.figure import Style
from fluxhound.sharing.report.palette import palette
from fluxhound.sharing.report.section import FOLDED_SHOWN, anchor, section
from tests.sharing import builders

FLUX = builders.staircase("kx-delivery.example", 40)
STYLE = Style(palette=palette([FLUX]))


def one(item: Fold, timeline: Timeline | None = FLUX) -> str:
    return section(item, 1, timeline, None, STYLE, most=400)


def test_all_that_is_known_is_there() -> None:
    text = one(Fold(lead=builders.single_flux()))
    for part in (
        f'id="{anchor(1)}"',
        "behaves like single flux",
        "What to do next.",
        "Flux 0.98",
        "Malice 0.85",
        "Measures",
        "Published rules",
        "Look-alikes considered",
        "What would change the verdict",
        "Answer sets, from the first to the last (37)",
        "not computable here",
    ):
        assert part in text


def test_raw_names_stand_only_in_the_machine_block() -> None:
    text = one(Fold(lead=builders.single_flux()))
    blocks = re.findall(r"<code data-indicator=.*?</code>", text, re.DOTALL)
    assert "kx-delivery.example\n" in blocks[0]
    assert blocks[1].count("\n") == 40
    rest = re.sub(r"<code data-indicator=.*?</code>", "", text, flags=re.DOTALL)
    assert "kx-delivery.example" not in rest
    assert re.search(r"192\.0\.2\.\d", rest) is None


def test_a_name_with_a_line_end_is_one_line() -> None:
    text = one(Fold(lead=replace(builders.hostile(), name="a\nb.example")))
    assert "a\\nb.example\n</code>" in text


def test_folded_names_are_listed_and_cut() -> None:
    names = tuple(builders.folded_names(90))
    text = one(Fold(lead=builders.double_flux(), folded=names * 3))
    assert "270 more of the same registered domain" in text
    assert f"And {270 - FOLDED_SHOWN} more." in text


def test_without_history_there_is_no_picture() -> None:
    text = one(Fold(lead=builders.suspect()), None)
    assert "no picture" in text
    assert "<figure" not in text
    assert "Not observable" in text


def test_members_of_a_network_are_listed_and_are_its_indicators() -> None:
    text = one(Fold(lead=builders.network(3)), None)
    assert "It is made of the hosts that 3 registered domains share." in text
    assert "Registered domains of the network (3)" in text
    blocks = re.findall(r"<code data-indicator=.*?</code>", text, re.DOTALL)
    assert "mail-gate7.example\npool00.example\npool01.example\n" in blocks[0]
    assert "network-1f0c3a9e" not in blocks[0]
    assert "mail-gate7[.]example" in text
