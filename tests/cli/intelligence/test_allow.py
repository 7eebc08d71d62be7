from __future__ import annotations

import json
from pathlib import Path

from tests.cli.intelligence.conftest import Call


def test_what_is_allowed_is_not_blocked(intel: Call, feed: Path) -> None:
    intel("add", "mine", str(feed))
    intel("allow", "evil.example", "--reason", "ours")
    assert json.loads(intel("test", "evil.example")[1])["stand"] == "allowed"
