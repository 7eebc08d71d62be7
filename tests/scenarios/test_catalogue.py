from __future__ import annotations

from collections import defaultdict
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from fluxhound.detection.baselines import evaluate
from fluxhound.records import FLUX_VERDICTS, OBSERVATION, EntityKind
from tests.detection.baselines.columns import Answer, measured
from tests.scenarios import BENIGN, FLUX, SCENARIOS, asn_of, mixed

KINDS = pytest.mark.parametrize("kind", SCENARIOS)


@cache
def built(kind: str) -> pa.Table:
    return SCENARIOS[kind].table()


def judged(kind: str) -> list[dict[str, Any]]:
    """Return the answers that belong to the judged entity."""
    scenario = SCENARIOS[kind]
    below = scenario.entity is EntityKind.REGISTERED_DOMAIN
    return [
        row
        for row in built(kind).to_pylist()
        if row["type"] in {"A", "AAAA"}
        and (row["name"] == scenario.judged or (below and row["name"].endswith(scenario.judged)))
    ]


def addresses(row: dict[str, Any]) -> list[str]:
    return [a for a in row["answers"].split(",") if ":" in a or a.replace(".", "").isdigit()]


@KINDS
def test_tables_are_observations_in_order_and_repeatable(kind: str) -> None:
    table = built(kind)
    assert table.schema == OBSERVATION
    times = table["time"].to_numpy()
    assert np.all(np.diff(times) >= 0)
    assert len(table) > 500
    assert table.equals(SCENARIOS[kind].table())
    assert not table.equals(SCENARIOS[kind].table(seed=2))


@KINDS
def test_a_cache_repeats_the_answer_and_counts_down(kind: str) -> None:
    by_cache: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in judged(kind):
        by_cache[row["name"], row["sensor"]].append(row)
    for rows in by_cache.values():
        for before, after in pairwise(rows):
            if after["time"] < before["time"] + before["ttl"] - 1:
                assert set(addresses(after)) == set(addresses(before))
                passed = after["time"] - before["time"]
                assert after["ttl"] == pytest.approx(before["ttl"] - passed, abs=1)


@KINDS
def test_what_is_expected_is_consistent(kind: str) -> None:
    scenario = SCENARIOS[kind]
    assert scenario.finding == (scenario.verdicts <= FLUX_VERDICTS)
    assert scenario.finding == (kind in FLUX)
    assert len(judged(kind)) > 100


@pytest.mark.parametrize(
    ("kind", "least", "most", "asns"),
    [
        ("classic", 450, 700, (40, 60)),
        ("one-address", 120, 220, (25, 40)),
        ("ttl-zero", 450, 500, (40, 60)),
        ("ttl-1800", 90, 150, (25, 50)),
        ("slow", 25, 50, (12, 30)),
        ("regional", 900, 1_300, (8, 10)),
        ("ipv6", 350, 550, (20, 25)),
        ("wildcard", 450, 700, (40, 60)),
        ("double", 450, 700, (40, 60)),
        ("double-by-glue", 450, 700, (40, 60)),
        ("volunteer-pool", 1_300, 2_500, (100, 210)),
        ("peer-seeds", 950, 1_000, (100, 200)),
        ("cdn-in-networks", 250, 320, (20, 40)),
        ("cdn-own-network", 300, 400, (1, 1)),
        ("balancer", 6, 12, (1, 2)),
        ("round-robin", 6, 6, (1, 2)),
        ("anycast", 2, 2, (1, 1)),
        ("dynamic-host", 4, 6, (1, 1)),
        ("dynamic-apex", 350, 700, (60, 130)),
        ("parked", 2, 2, (1, 1)),
        ("ordinary", 1, 1, (1, 1)),
    ],
)
def test_numbers_are_in_the_ranges_of_the_literature(
    kind: str, least: int, most: int, asns: tuple[int, int]
) -> None:
    distinct = {a for row in judged(kind) for a in addresses(row)}
    assert least <= len(distinct) <= most
    assert asns[0] <= len({asn_of(a) for a in distinct}) <= asns[1]


@pytest.mark.parametrize(
    ("kind", "holz", "zeek"),
    [
        ("classic", 1, 1),
        ("one-address", 1, 1),
        ("regional", 1, 0),  # many addresses for each network
        ("slow", 1, 0),  # answers with a TTL above 30 minutes do not exist for the script
        ("volunteer-pool", 1, 1),
        ("peer-seeds", 1, 1),
        ("cdn-in-networks", 1, 1),
        ("cdn-own-network", 1, 0),
        ("dynamic-apex", 1, 1),
        ("balancer", 0, 0),
        ("round-robin", 0, 0),
        ("anycast", 0, 0),
        ("dynamic-host", 0, 0),
        ("ordinary", 0, 0),
    ],
)
def test_published_rules_err_where_the_literature_says(kind: str, holz: int, zeek: int) -> None:
    rows = [
        Answer(time=row["time"], addresses=addresses(row), ttl=row["ttl"]) for row in judged(kind)
    ]
    found = evaluate(measured([rows], cache(asn_of)))
    assert (found["holz_24h"][0], found["zeek_script"][0]) == (holz, zeek)


def test_only_double_flux_moves_its_name_servers() -> None:
    glue: dict[str, set[str]] = {}
    for kind in SCENARIOS:
        rows = built(kind).to_pylist()
        hosts = {h for row in rows if row["type"] == "NS" for h in row["answers"].split(",")}
        glue[kind] = {row["answers"] for row in rows if row["name"] in hosts}
    assert all(len(glue[kind]) > 50 for kind in ("double", "double-by-glue"))
    assert len(glue["volunteer-pool"]) == 6
    assert len(glue["ordinary"]) == 2
    others = SCENARIOS.keys() - {"double", "double-by-glue", "volunteer-pool", "ordinary"}
    assert not any(glue[kind] for kind in others)


def test_name_servers_keep_their_names_where_only_the_glue_rotates() -> None:
    def names(kind: str) -> set[str]:
        return {row["answers"] for row in built(kind).to_pylist() if row["type"] == "NS"}

    assert len(names("double-by-glue")) == 1
    assert len(names("double")) == 24


def test_a_mixture_is_in_order_and_holds_all() -> None:
    table = mixed(scenarios=("classic", "ordinary", "dynamic-host"))
    assert np.all(np.diff(table["time"].to_numpy()) >= 0)
    names = set(table["name"].to_pylist())
    assert {SCENARIOS[k].judged for k in ("classic", "ordinary", "dynamic-host")} <= names


def test_settings_can_be_chosen() -> None:
    def made_up(kind: str, n: int, rng: np.random.Generator, **_: Any) -> list[str]:
        return [f"198.18.{i // 250}.{i % 250 + 1}" for i in range(n)]

    table = FLUX["classic"].table(
        duration_s=3_600, start=1_000_000.0, sensors=["192.0.2.1"], clients=3, source=made_up
    )
    assert set(table["sensor"].to_pylist()) == {"192.0.2.1"}
    assert len(set(table["client"].to_pylist())) == 3
    assert 1_000_000 <= min(table["time"].to_pylist()) <= max(table["time"].to_pylist()) < 1_003_600
    assert all(a.startswith("198.18.") for a in table["answers"].to_pylist())
    assert BENIGN["ordinary"].table(duration_s=0).num_rows == 0
