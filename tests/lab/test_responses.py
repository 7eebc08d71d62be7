from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from fluxhound.lab.vantage import Vantage
from tests.lab.runs import BUSY, rows, traffic

BELOW = Vantage(servers=False)


def seen(name: str, count: int = 5, **vantage: Any) -> pa.Table:
    run = traffic(
        1,
        counts={name: count},
        vantage=Vantage(**{"servers": False} | vantage),
        overrides={name: BUSY},
    )
    table = rows(run)
    return table.take(pc.sort_indices(table, [("time", "ascending")]))


@pytest.mark.parametrize("name", ["classic", "cdn-inside", "ordinary", "per-query", "balancer"])
def test_no_record_is_fetched_again_within_its_ttl(name: str) -> None:
    last: dict[tuple[str, str, str], tuple[float, int]] = {}
    for row in seen(name, position="above").to_pylist():
        held = (row["sensor"], row["name"], row["type"])
        if held in last:
            time, ttl = last[held]
            assert row["time"] >= time + ttl - 1e-5
        last[held] = row["time"], row["ttl"]


@pytest.mark.parametrize("name", ["classic", "cdn-inside", "balancer"])
def test_ttls_count_down_below_the_resolver(name: str) -> None:
    full = dict(columns(seen(name, position="above"), "name", "ttl"))
    fetched: dict[tuple[str, str, str], dict[str, Any]] = {}
    counted = 0
    for row in seen(name).to_pylist():
        held = (row["sensor"], row["name"], row["type"])
        before = fetched.get(held)
        if before is None or row["time"] >= before["time"] + before["ttl"] - 1e-5:
            assert row["ttl"] == full[row["name"]]
            fetched[held] = row
            continue
        age = row["time"] - before["time"]
        assert 0 < row["ttl"] == before["ttl"] - int(age + 1e-6)
        assert row["answers"] == before["answers"]
        counted += 1
    assert counted > 50


def columns(table: pa.Table, *names: str) -> Any:
    return zip(*(table.column(name).to_pylist() for name in names), strict=True)


def test_both_positions_see_the_same_fetches() -> None:
    above, below = seen("cdn-own", position="above"), seen("cdn-own")
    key = ("time", "name", "type", "answers", "sensor")
    assert set(columns(above, *key)) <= set(columns(below, *key))


def test_ttls_are_raised_and_cut_by_resolvers() -> None:
    below = seen("cdn-inside", min_ttl=100)
    above = seen("cdn-inside", position="above", min_ttl=100)
    assert pc.max(below.column("ttl")).as_py() == 100
    assert pc.max(above.column("ttl")).as_py() <= 60
    assert above.num_rows < seen("cdn-inside", position="above").num_rows
    assert pc.max(seen("ordinary", max_ttl=120).column("ttl")).as_py() == 120


def test_expired_records_are_served_for_thirty_seconds() -> None:
    fresh, stale = seen("classic"), seen("classic", serve_stale_share=1.0)
    assert fresh.num_rows == stale.num_rows
    old = [
        (a, b)
        for a, b in zip(fresh.to_pylist(), stale.to_pylist(), strict=True)
        if a["ttl"] != b["ttl"]
    ]
    assert old
    assert {b["ttl"] for _, b in old} == {30}
    assert any(a["answers"] != b["answers"] for a, b in old)


def test_names_in_mixed_case_are_the_same_names() -> None:
    plain, mixed = seen("ordinary"), seen("ordinary", mixed_case_share=1.0)
    assert pc.unique(pc.utf8_lower(mixed.column("name"))).sort() == (
        pc.unique(plain.column("name")).sort()
    )
    assert len(pc.unique(mixed.column("name"))) > 10 * len(pc.unique(plain.column("name")))


def test_clients_stand_behind_the_resolver_that_answers() -> None:
    for row in seen("ordinary").to_pylist():
        assert row["client"].split(".")[:2] == row["sensor"].split(".")[:2]
    for row in seen("ordinary", position="above").to_pylist():
        assert row["client"] == row["sensor"]


def test_dual_stack_names_are_answered_in_both_families() -> None:
    found = seen("anycast", 20)
    six = found.filter(pc.equal(found.column("type"), "AAAA"))
    assert 0.2 < six.num_rows / found.num_rows < 0.45
    assert all(":" in text.split(",")[-1] for text in six.column("answers").to_pylist())
