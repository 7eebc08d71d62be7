"""Exports in every format, compared with files that a person has looked at.

To refresh them after a change that is meant:
REFRESH_GOLDENS=1 pytest tests/sharing/test_export_goldens.py
Then look at the difference before it is committed.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import fluxhound
from fluxhound.sharing.exports import FORMATS, Material, export
from tests.sharing import builders, exporting

GOLDENS = Path(__file__).parent.parent / "goldens" / "exports"
#: The page is a golden of the report already.
NAMES = [name for name in FORMATS if name not in {"html", "csv", "json", "markdown"}]
FINDINGS = [builders.single_flux(), builders.double_flux(), builders.suspect(), builders.cdn()]
MATERIAL = Material(rrsets=exporting.rrsets)


@pytest.mark.parametrize("name", NAMES)
def test_the_export_is_as_it_was_looked_at(name: str) -> None:
    made = export(name, FINDINGS, exporting.TERMS, MATERIAL)
    text = "".join(
        (f"== {file}\n" if file else "") + content.decode()
        for file, content in sorted(made.files.items())
    ).replace(fluxhound.__version__, "VERSION")
    path = GOLDENS / f"findings.{name}.txt"
    if os.environ.get("REFRESH_GOLDENS"):
        path.write_text(text, encoding="utf-8", newline="")
    assert path.read_text(encoding="utf-8") == text, "see the top of this file for how to refresh"


def test_no_golden_is_left_behind() -> None:
    assert {path.name for path in GOLDENS.iterdir()} == {f"findings.{name}.txt" for name in NAMES}
