"""What it does on a cluster is shown by ``test_analysis``; here, that a plan ends with its step."""

from __future__ import annotations

import os

import pytest

from fluxhound.service.spark.views import keep_all
from tests.servers.spark import usable


class Session:
    """Stands in for Spark: it notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def sql(self, query: str) -> str:
        self.asked.append(query)
        return query


def test_steps_are_kept_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    session, kept = Session(), []
    monkeypatch.setattr(
        "fluxhound.service.spark.views.keep", lambda frame, view: kept.append((view, frame))
    )
    keep_all(session, {"one": "SELECT 1", "two": "SELECT 2"})  # type: ignore[arg-type]
    assert kept == [("one", "SELECT 1"), ("two", "SELECT 2")]


def test_where_ci_runs_spark_can_be_run() -> None:
    assert usable() or "CI" not in os.environ
