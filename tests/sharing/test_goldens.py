"""Every rendering of the same findings, compared with files that a person has looked at.

To refresh them after a change that is meant: REFRESH_GOLDENS=1 pytest tests/sharing/test_goldens.py
Then look at the difference before it is committed.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
from rich.console import Console

import fluxhound
from fluxhound.records import Finding
from fluxhound.sharing.document import render_json, render_jsonl
from fluxhound.sharing.explanation import print_explanation
from fluxhound.sharing.intake import print_inputs
from fluxhound.sharing.report.page import render_html
from fluxhound.sharing.tabular import render_csv
from fluxhound.sharing.terminal import print_table
from fluxhound.sharing.ticket import render_markdown
from fluxhound.sharing.validation import validate
from tests.sharing import builders
from tests.sharing.consoles import written

GOLDENS = Path(__file__).parent.parent / "goldens" / "sharing"
ALL = builders.everything()


def _table(width: int, verbosity: int) -> str:
    def show(console: Console) -> None:
        print_table(console, ALL, builders.totals(), verbosity=verbosity, look_alikes=True)

    return written(width, show)


def _explained(finding: Finding, width: int, verbosity: int) -> str:
    timeline = builders.timelines().get((finding.entity, finding.name))
    return written(
        width, lambda console: print_explanation(console, finding, timeline, verbosity=verbosity)
    )


RENDERINGS: dict[str, Callable[[], str]] = {
    "findings.jsonl": lambda: b"".join(render_jsonl(ALL)).decode(),
    "findings.json": lambda: render_json(ALL, builders.totals()).decode(),
    "findings.csv": lambda: render_csv(ALL),
    "ticket.md.txt": lambda: render_markdown(ALL, builders.totals()),
    "report.html.txt": lambda: render_html(
        ALL, builders.totals(), builders.timelines(), now=builders.NOW
    ),
    "table-80.txt": lambda: _table(80, 0),
    "table-120.txt": lambda: _table(120, 0),
    "table-160-v.txt": lambda: _table(160, 1),
    "explain-single-120.txt": lambda: _explained(builders.single_flux(), 120, 0),
    "explain-double-80-v.txt": lambda: _explained(builders.double_flux(), 80, 1),
    "explain-suspect-100-vv.txt": lambda: _explained(builders.suspect(), 100, 2),
    "explain-hostile-120.txt": lambda: _explained(builders.hostile(), 120, 0),
    "explain-network-100.txt": lambda: _explained(builders.network(), 100, 0),
    "explain-pool-120.txt": lambda: _explained(builders.ntp_pool(), 120, 0),
    "explain-insufficient-80.txt": lambda: _explained(builders.insufficient(), 80, 0),
    "inputs-v.txt": lambda: written(
        100, lambda console: print_inputs(console, builders.totals(), 1)
    ),
    "inputs-none.txt": lambda: written(
        100, lambda console: print_inputs(console, builders.no_input())
    ),
}


@pytest.mark.parametrize("name", RENDERINGS)
def test_the_rendering_is_as_it_was_looked_at(name: str) -> None:
    text = RENDERINGS[name]().replace(fluxhound.__version__, "VERSION")
    path = GOLDENS / name
    if os.environ.get("REFRESH_GOLDENS"):
        path.write_text(text, encoding="utf-8", newline="")
    assert path.read_text(encoding="utf-8") == text, "see the top of this file for how to refresh"


def test_no_golden_is_left_behind() -> None:
    assert {path.name for path in GOLDENS.iterdir()} == {*RENDERINGS, "README.md"}


def test_saved_documents_keep_to_the_schema() -> None:
    lines = (GOLDENS / "findings.jsonl").read_bytes().splitlines()
    for line in lines:
        validate(orjson.loads(line))
    assert len(lines) == len(ALL)
