from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from fluxhound.lab.units import domain_days, evidence, network_days, strays
from tests.lab.tables import entity, judged, truth

NET: dict[str, Any] = {"kind": "network", "name": "network-00000001"}


def one(rows: list[object], kind: str = "classic") -> dict[str, object]:
    row: dict[str, object] = domain_days(judged(rows), truth([("a.test", kind)])).to_pylist()[0]
    return row


@pytest.mark.parametrize(
    ("rows", "alert", "suspect"),
    [
        ([], False, False),
        ([entity("a.test", "cdn")], False, False),
        ([entity("a.test", "single-flux")], True, False),
        ([entity("a.test", "static"), entity("a.test", "double-flux", kind="name")], True, False),
        ([entity("a.test", "name-server-flux", kind="name-server", name="ns.a.test")], True, False),
        ([entity("a.test", "flux-suspect")], False, True),
        ([entity("a.test", "flux-suspect"), entity("a.test", "single-flux")], True, False),
        ([entity("b.test", "single-flux")], False, False),  # another domain's
        ([entity(None, "single-flux", kind="name-server", name="ns")], False, False),
    ],
)
def test_any_entity_speaks_for_its_domain(
    rows: list[object], *, alert: bool, suspect: bool
) -> None:
    row = one(rows)
    assert (row["alert"], row["suspect"], row["through_network"]) == (alert, suspect, False)


@pytest.mark.parametrize(
    ("verdict", "through"), [("single-flux", True), ("flux-suspect", False), ("cdn", False)]
)
def test_a_network_accuses_none_of_its_members(verdict: str, *, through: bool) -> None:
    rows = [entity("a.test", "static", network=1), entity(None, verdict, **NET)]
    row = one(rows)
    assert (row["alert"], row["suspect"], row["through_network"]) == (False, False, through)
    assert row["in_network"]


def test_a_network_does_not_speak_for_others() -> None:
    rows = [entity("a.test", "static", network=7), entity(None, "single-flux", **NET)]
    row = one(rows)
    assert (row["alert"], row["in_network"]) == (False, False)
    assert not one([entity("a.test"), entity("a.test", "single-flux", **NET)])["alert"]


def test_a_domain_that_was_never_profiled_is_a_harmless_unit() -> None:
    row = one([])
    assert row["entities"] == 0
    assert row["score"] == -math.inf
    assert math.isnan(float(str(row["refreshes"])))
    assert math.isnan(float(str(row["first_seen"])))
    assert not row["servers_seen"]


def test_the_highest_of_the_entities_counts() -> None:
    row = one(
        [
            entity("a.test", odds=-3.0, answers=5, refreshes=None, first_seen=70.0),
            entity("a.test", odds=2.0, answers=9, refreshes=3, first_seen=80.0, kind="name"),
            entity("a.test", odds=8.0, barred=True, ns_addresses=2, refreshes=1, first_seen=90),
        ]
    )
    assert (row["entities"], row["answers"], row["refreshes"]) == (3, 9, 3)
    assert (row["score"], row["first_seen"], row["servers_seen"]) == (2.0, 70.0, True)


@pytest.mark.parametrize(
    ("verdicts", "double"),
    [
        (["double-flux"], True),
        (["single-flux"], False),
        (["single-flux", "name-server-flux"], True),
        (["name-server-flux"], False),
    ],
)
def test_double_flux_is_said_in_two_ways(verdicts: list[str], *, double: bool) -> None:
    assert one([entity("a.test", verdict) for verdict in verdicts])["said_double"] is double


def test_rules_take_the_highest_verdict_and_score() -> None:
    table = judged([entity("a.test"), entity("a.test", kind="name")])
    table = table.append_column("baseline_x", pa.array([-1, 1], pa.int8()))
    table = table.append_column("baseline_x_score", pa.array([math.nan, 3.5]))
    rows = domain_days(table, truth([("a.test", "-cdn"), ("b.test", "-cdn")])).to_pylist()
    assert (rows[0]["baseline_x"], rows[0]["baseline_x_score"]) == (1, 3.5)
    assert math.isnan(rows[1]["baseline_x"])


def test_alerts_without_truth_are_not_lost() -> None:
    table = judged(
        [entity("x.test", "single-flux"), entity("y.test"), entity("a.test", "single-flux")]
    )
    assert strays(table, truth([("a.test", "classic")])).column("name").to_pylist() == ["x.test"]


def test_networks_are_counted_by_what_they_hold() -> None:
    known = truth([("a.test", "classic"), ("b.test", "-cdn"), ("c.test", "classic")])
    table = judged(
        [
            entity(None, "single-flux", **NET),
            entity("a.test", network=0),
            entity("a.test", network=0, kind="name"),
            entity("b.test", network=0),
            entity("c.test"),
            entity("c.test", network=6),
            entity(None, **NET),
        ]
    )
    found = network_days(table, known).to_pylist()
    assert [(r["alert"], r["domains"], r["flux"]) for r in found] == [(True, 2, 1), (False, 1, 1)]


def test_units_keep_the_order_and_the_columns_of_the_truth() -> None:
    known = truth([("b.test", "-cdn"), ("a.test", "classic")], answers=[1, 2])
    units = domain_days(judged([entity("a.test", "single-flux")]), known)
    assert units.column("registered_domain").to_pylist() == ["b.test", "a.test"]
    assert units.column("alert").to_pylist() == [False, True]
    assert units.column("answers").to_pylist() == [0, 9]
    assert units.column_names.count("answers") == 1


def test_evidence_is_classed_by_responses() -> None:
    known = truth([(f"{i}.test", "-cdn") for i in range(8)], queries=[0, 1, 2, 3, 9, 10, 49, 50])
    expected = ["1-2", "1-2", "1-2", "3-9", "3-9", "10-49", "10-49", "50+"]
    assert evidence(known).tolist() == expected
    assert evidence(pa.table({"answers": np.array([60])})).tolist() == ["50+"]
