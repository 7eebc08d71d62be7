from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fluxhound.detection.bounds import SEEN, UNSEEN
from fluxhound.detection.judgement import FINDING_SCORE, judge
from fluxhound.detection.model import EVERY_CARD, Model, model
from fluxhound.detection.reach import _Known, could_reach
from fluxhound.detection.screen import could_be_flux
from fluxhound.enrichment.domains import domain_table
from fluxhound.enrichment.facts import AddressTable
from fluxhound.enrichment.opening import open_tables
from fluxhound.history.compaction import Compactor
from fluxhound.history.store import Store
from fluxhound.profiles.profile import build_profiles
from tests.detection.grids import with_pairs
from tests.detection.test_screen import logs, traffic
from tests.scenarios import mixed
from tests.scenarios.pools import Shape

Reach = Callable[[pa.Table], NDArray[np.bool_]]


def profiled(table: pa.Table, tables: AddressTable, reach: Reach | None) -> pa.Table:
    with Store(threads=1) as store:
        compactor = Compactor(store.connection)
        for batch in table.to_batches():
            compactor.take(batch)
        compactor.finish()
        given: dict[str, Any] = {"domains": domain_table().lookup, "screen": could_be_flux}
        return build_profiles(store.connection, facts=tables.lookup, reach=reach, **given)


def found(profiles: pa.Table, rules: Model) -> dict[tuple[str, str], float]:
    """Return what is a finding by some rules, and its log-odds."""
    judgement = judge(profiles, using=rules)
    names = zip(
        profiles.column("kind").to_pylist(), profiles.column("name").to_pylist(), strict=True
    )
    scored = zip(names, judgement.flux, judgement.log_odds, strict=True)
    return {name: float(odds) for name, score, odds in scored if score >= FINDING_SCORE}


def of_all(*models: Model) -> Reach:
    """Let pass what could be a finding by one of some models."""

    def reach(sketch: pa.Table) -> NDArray[np.bool_]:
        result: NDArray[np.bool_] = np.any([could_reach(sketch, using=m) for m in models], axis=0)
        return result

    return reach


@pytest.fixture(scope="module")
def embedded() -> AddressTable:
    return open_tables()


@given(log=logs, with_tables=st.booleans(), seed=st.integers(0, 9999))
@settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_is_left_out_is_no_finding(
    embedded: AddressTable,
    log: list[tuple[Shape, int, float, int, str]],
    *,
    with_tables: bool,
    seed: int,
) -> None:
    table = pa.concat_tables([traffic(*each) for each in log])
    tables = embedded if with_tables else AddressTable()
    models = [model(), *(with_pairs(seed + i) for i in range(seed % 3))]
    whole, narrowed = (profiled(table, tables, reach) for reach in (None, of_all(*models)))
    for rules in models:
        assert found(narrowed, rules) == pytest.approx(found(whole, rules))


def test_there_is_something_to_leave_out_and_to_find(embedded: AddressTable) -> None:
    table = mixed(seed=7)
    whole, narrowed = (profiled(table, embedded, reach) for reach in (None, could_reach))
    assert len(found(whole, model())) >= 3
    assert found(narrowed, model()) == pytest.approx(found(whole, model()))
    assert narrowed.num_rows < whole.num_rows


@pytest.mark.parametrize("with_tables", [True, False])
def test_what_is_said_to_be_known_is_so(embedded: AddressTable, *, with_tables: bool) -> None:
    """Every measure that the model reads lies in the range that each sketch gives it."""
    sketches: list[pa.Table] = []

    def look(sketch: pa.Table) -> NDArray[np.bool_]:
        sketches.append(sketch)
        return np.ones(sketch.num_rows, dtype=bool)

    tables = embedded if with_tables else AddressTable()
    judgement = judge(profiled(mixed(seed=7), tables, look))
    number = judgement.profiles.column("entity").to_numpy()
    read = {m for card in EVERY_CARD for feature in model().of(card) for m in feature.measures}
    wrong = []
    for turn, sketch in enumerate(sketches):
        rows = np.searchsorted(sketch.column("entity").to_numpy(), number)
        known = _Known(sketch)
        even = ~sketch.column("odd").to_numpy(zero_copy_only=False)[rows]
        for measure in sorted(read - {"network_odds", "hours", "clients"}):
            values, range_ = judgement.columns[measure], known.of(measure).at(rows)
            inside = (values >= range_.low) & (values <= range_.high)
            missing = np.isnan(values) & (range_.state != SEEN)
            good = np.where(range_.state == UNSEEN, np.isnan(values), inside | missing)
            if not good[even].all():
                wrong.append((turn, measure))
    assert len(sketches) == 2
    assert number.size > 20
    assert wrong == []
