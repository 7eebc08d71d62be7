"""Alerts in every format, compared with files that a person has looked at.

To refresh them after a change that is meant:
REFRESH_GOLDENS=1 pytest tests/sharing/test_alert_goldens.py
Then look at the difference before it is committed.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

import fluxhound
from fluxhound.sharing.alertjson import told_document
from fluxhound.sharing.cef import cef_line
from fluxhound.sharing.document import Document
from fluxhound.sharing.ecs import ecs_document
from fluxhound.sharing.leef import leef_line
from fluxhound.sharing.ocsf import ocsf_document
from tests.sharing import alerting

GOLDENS = Path(__file__).parent.parent / "goldens" / "alerts"
ALL = alerting.everything()


def _lines(render: Callable[..., str]) -> str:
    return "".join(f"{render(told, alerting.ADDRESSES)}\n" for told in ALL)


def _documents(render: Callable[..., Document]) -> str:
    documents = [render(told, alerting.ADDRESSES) for told in ALL]
    return orjson.dumps(documents, option=orjson.OPT_INDENT_2).decode() + "\n"


RENDERINGS: dict[str, Callable[[], str]] = {
    "alerts.cef.txt": lambda: _lines(cef_line),
    "alerts.leef.txt": lambda: _lines(leef_line),
    "alerts.json": lambda: _documents(told_document),
    "alerts.ecs.json": lambda: _documents(ecs_document),
    "alerts.ocsf.json": lambda: _documents(ocsf_document),
}


@pytest.mark.parametrize("name", RENDERINGS)
def test_the_rendering_is_as_it_was_looked_at(name: str) -> None:
    text = RENDERINGS[name]().replace(fluxhound.__version__, "VERSION")
    path = GOLDENS / name
    if os.environ.get("REFRESH_GOLDENS"):
        path.write_text(text, encoding="utf-8", newline="")
    assert path.read_text(encoding="utf-8") == text, "see the top of this file for how to refresh"


def test_no_golden_is_left_behind() -> None:
    assert {path.name for path in GOLDENS.iterdir()} == {*RENDERINGS}
