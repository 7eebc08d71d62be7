"""That what is brought back suffices is shown by ``test_analysis``."""

from __future__ import annotations

from typing import Any

import pytest

from fluxhound.profiles.links import HUB_DOMAINS, SERVED_DOMAINS
from fluxhound.service.spark import context
from fluxhound.service.spark.context import COLUMNS, find_context, partial_owners, short_rows


def test_every_step_is_made_before_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    made: dict[str, str] = {}
    monkeypatch.setattr(context, "keep_all", lambda _, steps: made.update(steps))
    session: Any = None
    find_context(session)
    names = list(made)
    for place, query in enumerate(made.values()):
        words = set(query.replace("(", " ").replace(")", " ").split())
        assert not words & {f"{name}" for name in names[place:]} - {"server"}
    assert names[-1] == "brought"


def test_hubs_and_providers_are_cut_where_the_networks_cut_them() -> None:
    assert f"<= {HUB_DOMAINS + 1}" in context._HUB_OWNERS
    assert f"<= {SERVED_DOMAINS + 1}" in context._OTHER_ZONES


def test_what_came_along_in_part_is_completed_in_short() -> None:
    assert "LEFT ANTI JOIN known" in partial_owners(real="some", known="known")
    assert COLUMNS in short_rows(partial="partial", real="some")
