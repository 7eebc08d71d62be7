from __future__ import annotations

from pathlib import Path

import pytest

from fluxhound.records import Severity
from fluxhound.sharing.document import render_jsonl
from tests.cli.conftest import fluxhound, plain_environment
from tests.cli.stand_in import finding

__all__ = ["fluxhound", "plain_environment"]


@pytest.fixture
def saved() -> str:
    findings = [
        finding(),
        finding("b.example", Severity.LOW),
        finding("cdn.example", Severity.INFO),
    ]
    Path("saved.jsonl").write_bytes(b"".join(render_jsonl(findings)))
    Path("key").write_text("k" * 40 + "\n")
    return "saved.jsonl"
