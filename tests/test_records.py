from __future__ import annotations

import pytest

from fluxhound.records import (
    FLUX_VERDICTS,
    KEPT_COLUMN,
    OBSERVATION,
    OPTIONAL_COLUMNS,
    SEVERITIES,
    Evidence,
    Severity,
    VerdictKind,
)


@pytest.mark.parametrize(("points", "supports"), [(0.1, True), (0.0, False), (-0.1, False)])
def test_evidence_supports_where_it_adds_points(points: float, *, supports: bool) -> None:
    given = Evidence(id="ttl", points=points, text="", value=None, unit="s", normal="")
    assert given.supports is supports
    assert given.score == "flux"


def test_columns_that_may_be_missing_are_those_without_a_must() -> None:
    assert set(OPTIONAL_COLUMNS) == {field.name for field in OBSERVATION if field.nullable}
    assert KEPT_COLUMN not in OBSERVATION.names


def test_severities_go_from_least_to_most() -> None:
    assert (SEVERITIES[0], SEVERITIES[-1]) == (Severity.INFO, Severity.CRITICAL)


def test_no_look_alike_is_a_finding() -> None:
    assert {v for v in VerdictKind if "flux" in v.value} == FLUX_VERDICTS
