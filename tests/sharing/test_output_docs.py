"""docs/output.md tells the whole contract, and nothing that is not in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fluxhound.records import EntityKind, Severity, VerdictKind
from fluxhound.sharing.measures import KNOWN
from fluxhound.sharing.report import closing, page
from fluxhound.sharing.validation import schema

DOCS = Path(__file__).parent.parent.parent / "docs" / "output.md"
TEXT = DOCS.read_text(encoding="utf-8")


def keys_under(heading: str) -> list[str]:
    part = re.split(r"^##+ ", TEXT.split(f"# {heading}\n")[1], maxsplit=1, flags=re.MULTILINE)[0]
    cells = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", part, re.MULTILINE)
    return [key for cell in cells for key in re.findall(r"`(\w+)`", cell)]


def test_every_key_is_documented_and_no_other() -> None:
    assert keys_under("The machine contract") == list(schema()["properties"])
    assert set(keys_under("Evidence")) == set(schema()["$defs"]["evidence"]["properties"])


def test_measures_are_documented_in_the_same_words() -> None:
    assert keys_under("Measures") == [measure.key for measure in KNOWN]
    for measure in KNOWN:
        assert f"| {measure.about.removesuffix('.')} |" in TEXT


@pytest.mark.parametrize("word", [*EntityKind, *VerdictKind, *Severity])
def test_the_vocabulary_is_documented(word: str) -> None:
    assert f"`{word}`" in TEXT


def test_the_bounds_of_the_report_are_as_documented() -> None:
    for amount, what in (
        (page.IN_FULL, "findings in full"),
        (page.RASTER_ROWS, "rows in a raster"),
        (page.LATER_RASTER_ROWS, "after"),
        (page.DETAILED, "findings"),
        (closing.LOOK_ALIKES_SHOWN, "look-alikes"),
    ):
        assert re.search(rf"\b{amount}\b\s+(?:\w+\s+)?{what}", TEXT), what
