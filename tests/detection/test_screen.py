from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fluxhound.detection.judgement import judge
from fluxhound.detection.screen import could_be_flux
from fluxhound.enrichment.domains import domain_table
from fluxhound.enrichment.facts import AddressTable
from fluxhound.enrichment.opening import open_tables
from fluxhound.history.compaction import Compactor
from fluxhound.history.store import Store
from fluxhound.profiles.profile import build_profiles
from fluxhound.service.analysis import AnalysisOptions, analyze
from fluxhound.sharing.document import to_document
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
    """The screen, and what it said of each candidate."""

    def __init__(self) -> None:
        self.could: dict[int, bool] = {}

    def __call__(self, measures: pa.Table) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        found = could_be_flux(measures)
        keys = measures.column("key").to_pylist()
        self.could.update(zip(keys, found.tolist(), strict=True))
        return found


def missed(table: pa.Table, tables: AddressTable) -> tuple[int, list[str]]:
    """Return how many candidates are findings, and which of them the screen would have lost."""
    screen = Recorded()
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
        j = judge(profiles)
        kinds, names = profiles.column("kind").to_pylist(), profiles.column("name").to_pylist()
        texts = [
            f"={n}" if k == "registered-domain" else n for k, n in zip(kinds, names, strict=True)
        ]
        asked = pa.table({"n": pa.array(range(len(texts)), pa.int64()), "text": texts})
        store.connection.register("asked_keys", asked)
        rows = store.connection.execute("SELECT n, hash(text) FROM asked_keys").fetchall()
    keys = dict(rows)
    could = [screen.could.get(keys[i]) for i in range(len(texts))]
    high = np.flatnonzero(j.flux >= 0.5)
    return len(high), [texts[i] for i in high if could[i] is False]


@pytest.fixture(scope="module")
def embedded() -> AddressTable:
    return open_tables()


@given(log=logs, with_tables=st.booleans())
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_the_screen_leaves_out_is_no_finding(
    embedded: AddressTable,
    log: list[tuple[Shape, int, float, int, str]],
    *,
    with_tables: bool,
) -> None:
    table = pa.concat_tables([traffic(*each) for each in log])
    assert missed(table, embedded if with_tables else AddressTable())[1] == []


def test_there_are_findings_to_lose(embedded: AddressTable) -> None:
    shape = replace(flux.CLASSIC, pool=90)
    table = pa.concat_tables([traffic(shape, i, 0.5, 2, "rotating") for i in range(4)])
    assert missed(table, embedded) == (4, [])


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
