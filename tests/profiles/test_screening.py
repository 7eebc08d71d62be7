from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from tests.profiles.building import DAY, HOUR, Row, build, profiles, row, stored


def passed(rows: list[Row], **given: Any) -> set[str]:
    """Return the names and domains that the strict gate lets through."""
    return {name for _, name in profiles(rows, wide=False, **given)}


def shown(*texts: str, name: str = "a.one.com") -> list[Row]:
    return [row(i * 60, text, name=name) for i, text in enumerate(texts)]


def nothing(measures: pa.Table) -> NDArray[np.bool_]:
    return np.zeros(measures.num_rows, dtype=bool)


def test_the_screen_decides_after_the_counts() -> None:
    rows = shown("80.0.0.1", "80.0.0.2", "80.0.0.3")
    assert passed(rows, screen=nothing) == set()
    assert ("name", "a.one.com") in profiles(rows, screen=nothing)  # the wide gate asks no screen
    assert passed(rows, screen=nothing, wanted=("a.one.com",)) == {"a.one.com"}


def screened(rows: list[Row]) -> list[dict[str, Any]]:
    """Return what the screen is shown."""
    found: list[dict[str, Any]] = []

    def look(measures: pa.Table) -> NDArray[np.bool_]:
        found.extend(measures.to_pylist())
        return np.ones(measures.num_rows, dtype=bool)

    with stored(rows) as connection:
        build(connection, screen=look, wide=False)
    return found


@pytest.mark.parametrize(
    ("begins", "lasts", "several"),
    [(0, 20 * HOUR, False), (12 * HOUR, 13 * HOUR, True), (0, DAY + HOUR, True)],
)
def test_days_are_those_of_the_calendar(begins: int, lasts: int, *, several: bool) -> None:
    """Retention is measured from one calendar day to the next, also within 24 hours."""
    rows = [row(begins + i * lasts / 9, f"80.0.0.{i + 1}") for i in range(10)]
    assert {s["several_days"] for s in screened(rows)} == {several}


def test_the_screen_is_shown_what_is_known_without_history() -> None:
    rows = [row(i, f"80.{i}.0.1,82.{i}.0.1", name="a.one.com") for i in range(4)]
    rows += [row(i, "82.0.0.9", name="b.two.com", sensor="other") for i in range(4)]
    rows += [row(0, "ns.two.com", name="one.com")]
    (found,) = [s for s in screened(rows) if not s["is_domain"]]
    assert (found["units"], found["prefixes"], found["operators"]) == (8, 8, 4)
    assert (found["eyeball_share"], found["hosted_share"], found["asn_coverage"]) == (0.5, 0.5, 1)
    assert found["any_mixed"]
    assert found["served"]
    assert found["several_sensors"]


def test_more_names_than_a_portion_are_all_screened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fluxhound.profiles.screening._PORTION", 3)
    rows = [
        row(i * 60 + k, f"80.0.{i}.{k + 1}", name=f"a.one{i}.com")
        for i in range(10)
        for k in range(3)
    ]
    assert len(passed(rows)) == 10
