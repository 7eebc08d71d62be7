"""That no more is left out than the gate leaves out is shown by ``test_analysis``."""

from __future__ import annotations

import pytest

from fluxhound.profiles.gate import ANSWER_LIMIT, CHAIN_LIMIT
from fluxhound.service.spark import reduction
from fluxhound.service.spark.reduction import reduce_history


class Session:
    """Stands in for Spark: it notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def sql(self, query: str) -> Session:
        self.asked.append(query)
        return self

    def mapInArrow(self, *_: object) -> Session:  # noqa: N802 - Spark's name
        return self


@pytest.mark.parametrize(
    ("wide", "gap", "least"), [(False, ">= 2 ", str(1 << 60)), (True, ">= 1 ", "3")]
)
def test_the_gate_is_as_wide_as_the_embedded_one(
    monkeypatch: pytest.MonkeyPatch, *, wide: bool, gap: str, least: str
) -> None:
    session, kept = Session(), []
    monkeypatch.setattr(reduction, "keep", lambda _, view: kept.append(view))
    monkeypatch.setattr(reduction, "keep_all", lambda _, steps: kept.extend(steps))
    reduce_history(session, wide=wide)  # type: ignore[arg-type]
    assert kept == ["pair", "zone_host", "shown", "owner_domain", "mattering"]
    gate = session.asked[-1]
    assert f"four - largest_four {gap}" in gate
    assert f"four + six >= {least})" in gate


def test_answers_are_cut_where_the_gate_cuts_them() -> None:
    assert f"1, {ANSWER_LIMIT})" in reduction._PAIRS
    assert f"1, {CHAIN_LIMIT})" in reduction._PAIRS
