from __future__ import annotations

from functools import cache

import pytest

from fluxhound.lab.world import World

_opened = cache(World.open)


@pytest.fixture(autouse=True)
def one_world(monkeypatch: pytest.MonkeyPatch) -> None:
    """Open the world once for all tests, which takes longer than what they do in it."""
    monkeypatch.setattr(World, "open", _opened)
