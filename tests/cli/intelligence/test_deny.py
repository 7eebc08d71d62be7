from __future__ import annotations

import json

from tests.cli.intelligence.conftest import Call


def test_what_is_denied_may_be_blocked(intel: Call) -> None:
    intel("deny", "evil.example", "--reason", "case 7", "--alone")
    assert json.loads(intel("test", "evil.example")[1])["blocks"] is True
    assert json.loads(intel("test", "www.evil.example")[1])["blocks"] is False
