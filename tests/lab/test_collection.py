"""A small folder of profiles: one file for each setting, and weights that stand for a million."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from fluxhound.lab.collection import PRIOR_PER_MILLION, collect, weighted, weights_of
from fluxhound.lab.corpus import TRUTH
from fluxhound.lab.parameters import parameters, realistic
from fluxhound.lab.plan import FLUX, RESOLVERS, UNTABLED, Stretch, setting_of
from fluxhound.lab.world import World
from tests.lab.worlds import world

GIVEN = parameters()
COUNTS = {**realistic(5_000, GIVEN), **dict.fromkeys(FLUX, 9)}
PLAN = (
    Stretch(vantage=RESOLVERS, seeds=2, domains=60, flux=1, until=1_800.0, hard=0.02),
    Stretch(vantage=UNTABLED, seeds=1, domains=60, flux=1, until=1_800.0, hard=0.02),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Collect a tiny plan once."""
    chosen = tmp_path_factory.mktemp("profiles") / "new"
    said: list[str] = []
    opened = world()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(World, "open", lambda: opened)
        rows = collect(chosen, PLAN, first_seed=40, say=said.append)
    assert rows == sum(pq.read_metadata(path).num_rows for path in chosen.iterdir())
    assert [text.split(",")[0] for text in said] == [
        "1 of 3: seed 40",
        "2 of 3: seed 41",
        "3 of 3: seed 42",
    ]
    return chosen


def test_there_is_one_file_for_each_setting(folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == [
        "no-tables-42.parquet",
        "resolvers-40.parquet",
        "resolvers-41.parquet",
    ]


def test_all_files_have_the_same_columns_and_name_their_run(folder: Path) -> None:
    tables = {path.stem: pq.read_table(path) for path in folder.iterdir()}
    assert len({table.schema for table in tables.values()}) == 1
    for name, table in tables.items():
        assert {*TRUTH, "weight", "network", "network_share", "changes"} <= set(table.column_names)
        pairs = {
            (row["vantage"], row["seed"]) for row in table.select(["vantage", "seed"]).to_pylist()
        }
        assert {f"{vantage}-{seed}" for vantage, seed in pairs} == {name}
        assert pc.min(table.column("weight")).as_py() > 0


def test_without_tables_no_network_is_known(folder: Path) -> None:
    known = pq.read_table(folder / "resolvers-40.parquet").column("asn_coverage")
    unknown = pq.read_table(folder / "no-tables-42.parquet").column("asn_coverage")
    assert pc.max(known).as_py() > 0
    assert not pc.max(unknown).as_py()


def test_one_weight_for_each_archetype_of_a_slice(folder: Path) -> None:
    """Of two seeds that are seen alike, each domain stands for half as many."""
    weights: dict[str, dict[str, float]] = {}
    for path in folder.iterdir():
        table = pq.read_table(path, columns=["archetype", "weight", "vantage"])
        for row in table.to_pylist():
            found = weights.setdefault(row["vantage"], {})
            assert found.setdefault(row["archetype"], row["weight"]) == row["weight"]
    seed = Counter(setting_of(PLAN[0], 40, GIVEN).counts)
    for vantage, counts in ((RESOLVERS, seed + seed), (UNTABLED, seed)):
        expected = weights_of(counts, GIVEN)
        assert weights[vantage] == {name: expected[name] for name in weights[vantage]}


def test_weights_stand_for_a_million_domains() -> None:
    weights = weights_of(COUNTS, GIVEN)
    for name, count in COUNTS.items():
        archetype = GIVEN.archetypes[name]
        if not archetype.flux and name != "ordinary":
            assert weights[name] * count == pytest.approx(archetype.per_million)
    benign = sum(weights[name] * count for name, count in COUNTS.items() if name not in FLUX)
    flux_alone = sum(a.per_million for a in GIVEN.archetypes.values() if a.flux)
    assert benign == pytest.approx(1e6 - flux_alone)


def test_flux_weighs_what_a_score_assumes() -> None:
    weights = weights_of(COUNTS, GIVEN)
    assert sum(weights[name] * COUNTS[name] for name in FLUX) == pytest.approx(PRIOR_PER_MILLION)
    assert len({weights[name] for name in FLUX}) == 1


def test_what_is_not_there_weighs_nothing() -> None:
    weights = weights_of({"classic": 0, "double": 5, "ordinary": 10}, GIVEN)
    assert set(weights) == {"double", "ordinary"}
    table = weighted(pa.table({"archetype": ["double", "unknown", "double"]}), weights)
    assert table.column("weight").to_pylist() == [weights["double"], 0.0, weights["double"]]
