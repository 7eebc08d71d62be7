from __future__ import annotations

from collections import defaultdict
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from fluxhound.lab.vantage import Vantage
from tests.lab.runs import BUSY, rows, traffic

ABOVE = Vantage(position="above")


def told(name: str, count: int = 8, **changes: Any) -> tuple[pa.Table, pa.Table]:
    """Return all rows of a run, and its truth."""
    overrides = {name: BUSY | {"taken_down": 0.0, "dual_stack": 0.0} | changes}
    run = traffic(1, counts={name: count}, vantage=ABOVE, overrides=overrides)
    return rows(run), run.truth


def sets(table: pa.Table) -> dict[str, list[str]]:
    """Return the NS sets of each zone."""
    found = defaultdict(list)
    for row in table.filter(pc.equal(table.column("type"), "NS")).to_pylist():
        found[row["name"]].append(row["answers"])
    return found


def hosts(table: pa.Table) -> dict[str, list[dict[str, Any]]]:
    """Return the address rows of each name server."""
    servers = {server for zone in sets(table).values() for s in zone for server in s.split(",")}
    found = defaultdict(list)
    for row in table.to_pylist():
        if row["name"] in servers and row["type"] == "A":
            found[row["name"]].append(row)
    return found


@pytest.mark.parametrize("name", ["ordinary", "classic", "slow", "parked", "cloud"])
def test_stable_servers_stay(name: str) -> None:
    table, truth = told(name)
    zones = sets(table)
    asked = truth.filter(pc.equal(truth.column("role"), "domain"))
    assert set(zones) == set(asked.column("registered_domain").to_pylist())
    assert all(len(set(found)) == 1 for found in zones.values())
    for found in hosts(table).values():
        assert len({row["answers"] for row in found}) == 1


def test_servers_of_double_flux_rotate_and_their_ttl_is_short() -> None:
    table, _ = told("double", ns_names=3)
    rotated, short = [], []
    for found in hosts(table).values():
        own = [row for row in found if row["ttl"] < 172_800]
        if len(own) > 30:
            rotated.append(len({row["answers"] for row in own}))
            short.append(max(row["ttl"] for row in own))
    assert len(rotated) >= 5
    assert max(rotated) > 8
    assert max(short) <= 1800
    assert any(len(set(found)) > 1 for found in sets(table).values())  # names rotate as well


def test_rotating_servers_look_the_same_to_every_resolver() -> None:
    table, _ = told("double", 4)
    for found in hosts(table).values():
        moments = defaultdict(set)
        for row in found:
            if row["ttl"] < 172_800:
                moments[row["time"] // 60].add(row["answers"])
        assert max(map(len, moments.values()), default=1) <= 2


def test_the_parent_is_behind_the_child() -> None:
    table, _ = told("double", 8)
    behind = 0
    for found in hosts(table).values():
        parent = {row["answers"] for row in found if row["ttl"] == 172_800}
        child = {row["answers"] for row in found if row["ttl"] < 172_800}
        behind += bool(parent - child) and bool(child - parent)
    assert behind > 2


def test_glue_comes_along_for_about_half_of_the_delegations() -> None:
    table, truth = told("ordinary", 80, ns={"provider": 1.0})
    glued = set(hosts(table))
    zones = sets(table)
    with_glue = sum(any(s in glued for s in found[0].split(",")) for found in zones.values())
    assert 0.3 < with_glue / len(zones) < 0.9
    assert truth.num_rows > 80


def test_servers_of_an_edge_stand_near_who_asks() -> None:
    table, _ = told("cdn-inside", 10)
    differing = 0
    for name, found in hosts(table).items():
        places = defaultdict(set)
        for row in found:
            places[int(row["sensor"].split(".")[1]) % 3].add(row["answers"])
        if name.startswith("n0") and len(places) == 3:
            differing += not places[0] & places[1]
    assert differing >= 1


def test_a_parent_is_asked_once_a_day_by_each_resolver() -> None:
    table, _ = told("classic", 12)
    asked: dict[str, list[str]] = defaultdict(list)
    for row in table.filter(pc.equal(table.column("type"), "NS")).to_pylist():
        asked[row["name"]].append(row["sensor"])
    # Of the others, the servers themselves tell of themselves as well.
    once = [sensors for sensors in asked.values() if len(sensors) == len(set(sensors))]
    assert len(once) >= 4


def test_without_servers_there_are_none() -> None:
    run = traffic(1, counts={"double": 3}, vantage=Vantage(servers=False))
    assert "NS" not in rows(run).column("type").to_pylist()
