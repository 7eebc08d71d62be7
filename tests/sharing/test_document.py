from __future__ import annotations

import math
from datetime import datetime, timedelta, timezone

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.records import Finding
from fluxhound.sharing.document import (
    render_json,
    render_jsonl,
    timestamp,
    to_document,
    totals_document,
    valid,
)
from fluxhound.sharing.validation import validate
from tests.sharing import builders, strategies

CONTRACT = [
    "schema_version", "name", "entity", "registered_domain", "verdict", "finding", "flux",
    "malice", "severity", "first_seen", "last_seen", "evidence", "measures", "baselines",
    "not_observable",
]  # fmt: skip


def test_keys_stand_in_the_order_of_the_contract() -> None:
    document = to_document(builders.single_flux())
    assert list(document)[: len(CONTRACT)] == CONTRACT
    assert list(document)[len(CONTRACT) :] == [
        "look_alikes", "counterfactuals", "network", "members", "tool_version",
    ]  # fmt: skip
    assert list(document["evidence"][0]) == [
        "id", "for", "points", "text", "value", "unit", "normal", "score",
    ]  # fmt: skip


def test_names_are_not_defanged_for_machines() -> None:
    assert to_document(builders.single_flux())["name"] == "kx-delivery.example"


def test_numbers_are_rounded_and_none_stays_none() -> None:
    item = builders.evidence("x", 1.23456, "t", 0.123456789, "share", "n")
    finding = builders.finding(
        flux=0.98264999,
        evidence=(item,),
        measures=builders.measures(
            new_rate=np.float64(1 / 3),
            asns=np.int64(4),  # type: ignore[arg-type]
            ttl_max=None,
        ),
        baselines={"a": np.bool_(1), "b": None},
    )
    document = to_document(finding)
    assert document["flux"] == 0.9826
    assert document["evidence"][0]["points"] == 1.235
    assert document["evidence"][0]["value"] == 0.123457
    assert document["measures"]["new_rate"] == 0.333333
    assert document["measures"]["asns"] == 4
    assert document["measures"]["ttl_max"] is None
    assert document["baselines"] == {"a": True, "b": None}
    orjson.dumps(document)


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_null(odd: float) -> None:
    item = builders.evidence("x", odd, "t", odd, "s", "n")
    document = to_document(builders.finding(flux=odd, evidence=(item,)))
    assert document["flux"] == 0
    assert document["evidence"][0]["value"] is None
    assert document["evidence"][0]["points"] == 0
    assert document["evidence"][0]["for"] is False


def test_points_that_round_to_nothing_speak_for_nothing() -> None:
    item = builders.evidence("x", 0.0001, "t", 1, "s", "n")
    assert to_document(builders.finding(evidence=(item,)))["evidence"][0]["for"] is False


def test_times_are_utc_and_sort_as_text() -> None:
    east = timezone(timedelta(hours=2))
    assert timestamp(datetime(2026, 1, 1, 1, 30, tzinfo=east)) == "2025-12-31T23:30:00.000Z"
    assert timestamp(datetime(2026, 1, 1)) == "2026-01-01T00:00:00.000Z"  # noqa: DTZ001


def test_lines_end_and_hold_one_object_each() -> None:
    lines = list(render_jsonl([builders.single_flux(), builders.cdn()]))
    assert all(line.endswith(b"}\n") and line.count(b"\n") == 1 for line in lines)


def test_the_one_object_holds_totals_and_findings() -> None:
    whole = orjson.loads(render_json([builders.cdn()], builders.totals()))
    assert list(whole) == ["schema_version", "tool_version", "totals", "findings"]
    assert whole["totals"]["records"] == 4_812_451
    assert whole["totals"]["inputs"][0]["bad"] == {"line too short": 14, "time out of range": 3}
    validate(whole["findings"][0])


def test_totals_without_a_record_have_no_times() -> None:
    document = totals_document(builders.no_input())
    assert (document["first"], document["last"]) == (None, None)


@given(strategies.findings)
def test_every_document_keeps_to_the_schema(finding: Finding) -> None:
    line = next(iter(render_jsonl([finding])))
    validate(orjson.loads(line))


@given(st.text(st.characters(exclude_categories=())))
def test_valid_text_can_be_written(text: str) -> None:
    assert valid(valid(text)) == valid(text)
    valid(text).encode("utf-8")
