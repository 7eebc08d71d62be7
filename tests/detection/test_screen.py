from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fluxhound.detection import screen as screen_module
from fluxhound.detection.bounds import most_of_feature
from fluxhound.detection.judgement import FINDING_SCORE, judge
from fluxhound.detection.model import Feature, Grid, Model, Steps, model
from fluxhound.detection.screen import could_be_flux
from fluxhound.enrichment.domains import domain_table
from fluxhound.enrichment.facts import AddressTable
from fluxhound.enrichment.opening import open_tables
from fluxhound.history.compaction import Compactor
from fluxhound.history.store import Store
from fluxhound.profiles.profile import build_profiles
from fluxhound.service.analysis import AnalysisOptions, analyze
from fluxhound.sharing.document import to_document
from tests.detection.grids import with_pairs
from tests.scenarios import Setting, flux
from tests.scenarios.pools import Shape, rotating, scattered
from tests.scenarios.traffic import observe, only
from tests.writers import csv_table

KINDS = ("access", "mobile", "hosting", "cdn", "cloud", "education", "volunteer", "peer")
DAY = 86_400

shapes = st.builds(
    Shape,
    size=st.integers(1, 8),
    ttl=st.sampled_from([0, 20, 60, 300, 1_800, 7_200]),
    pool=st.integers(8, 90),
    period=st.sampled_from([300.0, 1_800.0, 3 * 3_600.0]),
    turnover=st.sampled_from([0.0, 0.3, 1.0]),
    kind=st.sampled_from(KINDS),
    asns=st.sampled_from([None, 1, 2, 4, 12]),
)


def traffic(shape: Shape, seed: int, days: float, sensors: int, form: str) -> pa.Table:
    setting = Setting(
        rng=np.random.default_rng(seed),
        duration_s=days * DAY,
        start=1_793_577_600.0 + 14 * 3_600,  # so that a short log crosses midnight
        sensors=[f"r{i}" for i in range(sensors)],
        queries_per_day=300,
    )
    name = f"n{seed}.example{seed % 7}.com"
    if form == "wildcard":
        return observe(setting, rotating(shape, setting), flux.fresh_labels(name, setting))
    if form == "double":
        hosts = tuple(f"ns{i}.{name}" for i in range(flux.NAME_SERVERS))
        glue = flux._servers(name, setting, lambda _: hosts, ttl=600)
        return observe(setting, rotating(replace(shape, ttl=60), setting, [glue]), only(name))
    if form == "scattered":
        pool = setting.source(shape.kind, shape.pool, setting.rng, asns=shape.asns)
        return observe(setting, scattered(pool, shape.size, shape.ttl, setting), only(name))
    return observe(setting, rotating(shape, setting), only(name))


logs = st.lists(
    st.tuples(
        shapes,
        st.integers(0, 10_000),
        st.sampled_from([0.3, 0.5, 1.6]),
        st.integers(1, 3),
        st.sampled_from(["wildcard", "double", "scattered", "rotating"]),
    ),
    min_size=3,
    max_size=6,
    unique_by=lambda each: each[1],
)


class Recorded:
    """The screen of a model, and what it said of each candidate."""

    def __init__(self, rules: Model) -> None:
        self.rules = rules
        self.could: dict[int, bool] = {}

    def __call__(self, measures: pa.Table) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        found = could_be_flux(measures, using=self.rules)
        keys = measures.column("key").to_pylist()
        self.could.update(zip(keys, found.tolist(), strict=True))
        return found


def missed(table: pa.Table, tables: AddressTable, *models: Model) -> tuple[int, list[str]]:
    """Return how many candidates reach a finding's score, and which the screen would have lost."""
    screens = [Recorded(rules) for rules in models]

    def screen(measures: pa.Table) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        result: np.ndarray[tuple[int], np.dtype[np.bool_]] = np.any(
            [each(measures) for each in screens], axis=0
        )
        return result

    with Store(threads=1) as store:
        compactor = Compactor(store.connection)
        for batch in table.to_batches():
            compactor.take(batch)
        compactor.finish()
        profiles = build_profiles(
            store.connection,
            domains=domain_table().lookup,
            facts=tables.lookup,
            screen=screen,
            wide=True,
        )
        kinds, names = profiles.column("kind").to_pylist(), profiles.column("name").to_pylist()
        texts = [
            f"={n}" if k == "registered-domain" else n for k, n in zip(kinds, names, strict=True)
        ]
        asked = pa.table({"n": pa.array(range(len(texts)), pa.int64()), "text": texts})
        store.connection.register("asked_keys", asked)
        rows = store.connection.execute("SELECT n, hash(text) FROM asked_keys").fetchall()
    keys = dict(rows)
    found, lost = 0, []
    for each in screens:
        could = [each.could.get(keys[i]) for i in range(len(texts))]
        high = np.flatnonzero(judge(profiles, using=each.rules).flux >= FINDING_SCORE)
        found += len(high)
        lost += [f"{texts[i]} by {each.rules.version}" for i in high if could[i] is False]
    return found, lost


@pytest.fixture(scope="module")
def embedded() -> AddressTable:
    return open_tables()


@given(log=logs, with_tables=st.booleans(), seed=st.integers(0, 9999))
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_the_screen_leaves_out_is_no_finding(
    embedded: AddressTable,
    log: list[tuple[Shape, int, float, int, str]],
    *,
    with_tables: bool,
    seed: int,
) -> None:
    table = pa.concat_tables([traffic(*each) for each in log])
    models = [model(), *(with_pairs(seed + i) for i in range(4))]
    assert missed(table, embedded if with_tables else AddressTable(), *models)[1] == []


def test_there_are_findings_to_lose(embedded: AddressTable) -> None:
    shape = replace(flux.CLASSIC, pool=90)
    table = pa.concat_tables([traffic(shape, i, 0.5, 2, "rotating") for i in range(4)])
    found, lost = missed(table, embedded, model())
    assert found >= 4
    assert lost == []


STATIC = {
    "units": 9, "public_units": 8, "unroutable_share": 0.1, "eyeball_share": 0.5,
    "hosted_share": 0.3, "asn_coverage": 1.0, "operators": 4, "prefixes": 6, "any_mixed": True,
    "served": True, "is_domain": False, "several_sensors": True, "several_days": True,
}  # fmt: skip


def most(feature: Feature, **static: float | bool | None) -> float:
    """Return the most that one feature can give where *static* is known."""
    table = pa.Table.from_pylist([{**STATIC, **static}])
    return float(most_of_feature(feature, "lines", screen_module._ranges(table))[0])


def open_grid(first: str, second: str) -> Feature:
    """Return a pair with points 1 to 12: bounds 4 and 0.5, and 2."""
    points = ((1.0, 2.0, 10.0), (3.0, 4.0, 11.0), (5.0, 6.0, 12.0), (7.0, 8.0, 9.0))
    grid = Grid(bounds=(0.5, 4.0), by_bounds=(2.0,), points=points)
    return Feature(
        id="p", measure=first, by=second, text="", unit="", normal="", why="", cards={"lines": grid}
    )


@pytest.mark.parametrize(
    ("pair", "static", "expected"),
    [
        (("public_units", "operators"), {}, 6.0),  # 8 and 4: both known
        (("public_units", "operators"), {"operators": 1}, 5.0),
        (("public_units", "operators"), {"asn_coverage": 0.4}, 12.0),  # not observable
        (("public_units", "new_rate"), {}, 12.0),  # anything, or missing
        (("new_rate", "operators"), {}, 8.0),  # the same the other way round
        (("new_rate", "changes"), {}, 12.0),
        (("agreement", "operators"), {"several_sensors": False}, 8.0),
        (("agreement", "retention_3d"), {"several_sensors": False, "several_days": False}, 9.0),
        (("reused_share", "network_odds"), {}, 9.0),  # of a name it is missing
        (("ns_operators", "operators"), {"served": False}, 8.0),
        (("cdn_share", "operators"), {}, 8.0),  # at most 0.3, or missing
        (("cdn_share", "public_units"), {"hosted_share": 0.6}, 8.0),
        (("mixed_sets", "operators"), {"any_mixed": False}, 8.0),
        (("prefix_share", "operators"), {}, 4.0),  # 6 of 9
    ],
)
def test_a_pair_gives_at_most_what_it_can(
    pair: tuple[str, str], static: dict[str, float | bool], expected: float
) -> None:
    assert most(open_grid(*pair), **static) == expected


bounds_of = st.lists(st.integers(0, 6), max_size=4, unique=True).map(sorted)


@given(st.data(), bounds_of, st.sampled_from(["public_units", "new_rate", "cdn_share"]))
def test_steps_give_at_most_what_they_can(
    data: st.DataObject, bounds: list[int], measure: str
) -> None:
    points = data.draw(
        st.lists(st.floats(-3, 3), min_size=len(bounds) + 2, max_size=len(bounds) + 2)
    )
    steps = Steps(bounds=tuple(map(float, bounds)), points=tuple(points[:-1]), missing=points[-1])
    feature = Feature(
        id="s", measure=measure, text="", unit="", normal="", why="", cards={"lines": steps}
    )
    values = {"public_units": [8.0], "cdn_share": [0.0, 0.1, 0.2, 0.3, np.nan]}
    tried = np.array(values.get(measure, [-1.0, 0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, np.nan]))
    assert most(feature) == steps.contribute(tried).max()


def test_a_wider_gate_finds_the_same() -> None:
    """Byte for byte in the documents."""
    shape = replace(flux.CLASSIC, pool=90)
    forms = ("rotating", "wildcard", "double", "scattered")
    tables = [traffic(shape, i, 0.5, 1 + i % 2, form) for i, form in enumerate(forms)]
    for kind in ("volunteer", "cdn", "hosting", "access"):
        other = Shape(size=3, ttl=60, pool=40, period=1_800, kind=kind, asns=3)
        tables += [traffic(other, 100 + len(tables), 0.5, 2, "scattered")]
    log = csv_table(pa.concat_tables(tables))
    found = []
    for wide in (False, True):
        options = AnalysisOptions(threads=1, wide=wide)
        with analyze(io.BytesIO(log), options=options) as analysis:
            found.append([to_document(f) for f in analysis])
    assert len(found[0]) >= 4
    assert found[0] == found[1]
