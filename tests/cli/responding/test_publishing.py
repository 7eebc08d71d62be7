from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from fluxhound.cli.responding import publishing
from fluxhound.cli.responding.publishing import NO_PRIMARY, publish
from fluxhound.config import Settings
from fluxhound.history.store import Store
from fluxhound.response.register import Register
from fluxhound.response.zone import Role, ZoneNames
from tests.response.responses import BOLD, NOW


@pytest.fixture
def register() -> Register:
    return Register(Store().connection.cursor())


def test_without_a_primary_it_is_said_that_nobody_was_told(register: Register) -> None:
    assert publish(Settings(), register, BOLD, NOW) == NO_PRIMARY


def test_what_is_in_force_is_published_with_what_passes(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Mapping[Role, Any]] = []

    class StandIn:
        def reconcile(self, records: Mapping[Role, Any]) -> Any:
            seen.append(records)
            return SimpleNamespace(seconds=0.25, added=4, removed=0)

    names = ZoneNames.below("rpz.lab")
    monkeypatch.setattr(publishing, "publisher_of", lambda _: (StandIn(), names))
    said = publish(Settings(), register, BOLD, NOW)
    assert said == "Published in 0.2 s: 4 records added, 0 removed."
    assert len(seen[0][Role.PASS]) == 4  # two domains, each with all below it
