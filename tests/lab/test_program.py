"""The program with a stand-in for the runs: which are made, and what becomes of them."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from fluxhound.detection.model import model
from fluxhound.enrichment.facts import AddressTable
from fluxhound.lab import program
from fluxhound.lab.evasion import EVASIONS
from fluxhound.lab.looks import MINUTES
from fluxhound.lab.parameters import parameters
from fluxhound.lab.plan import EVALUATION, FLUX, ONE, RESOLVERS, UNTABLED, VANTAGES
from fluxhound.lab.program import Program, Sizes
from fluxhound.lab.setting import Setting
from fluxhound.lab.trial import Ground, Trial
from tests.lab.measured import KNOWN, NETWORKS, units

TABLES = AddressTable()


class Runs:
    """Notes every run, and gives the same units for each."""

    def __init__(self) -> None:
        self.made: list[tuple[Setting, Ground, bool, bool]] = []

    def trial(
        self, setting: Setting, ground: Ground, *, rules: bool = True, keep: bool = False
    ) -> Trial:
        self.made.append((setting, ground, rules, keep))
        found = units(missed=1)
        found = found.append_column("seed", pa.array([setting.seed] * found.num_rows))
        for name in ("size", "live", "turnover"):
            found = found.append_column(name, pa.array([1.0] * found.num_rows))
        if not rules:
            found = found.drop_columns(["baseline_holz_24h", "baseline_holz_24h_score"])
        return Trial(
            setting=setting, units=found, strays=KNOWN.slice(0, 1), networks=NETWORKS,
            notes=("a note",), responses=7, profiles=KNOWN, truth=KNOWN,
        )  # fmt: skip


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Runs:
    made = Runs()
    monkeypatch.setattr(program, "trial", made.trial)
    monkeypatch.setattr(program, "judged_again", lambda kept, _: units(len(kept)))
    return made


def made(sizes: Sizes, **more: Any) -> Program:
    ground = Ground(tables=TABLES, world=None, given=parameters())  # type: ignore[arg-type]
    return Program(ground=ground, sizes=sizes, **more)


def test_every_part_is_run_from_seeds_of_its_own(runs: Runs) -> None:
    sizes = Sizes(runs=3, domains=1_000, ruled=1, looked=1, kept=2, week=100, views=200, evaders=2)
    told: list[str] = []
    whole = made(sizes, without_family={"cdn": model()}, say=told.append)
    found = whole.run()
    points = sum(len(e.points) for e in EVASIONS.values())
    assert len(runs.made) == len(told) == 3 + len(MINUTES) - 1 + 1 + len(VANTAGES) + 1 + points
    assert whole.responses == 7 * len(runs.made)
    whole_days = [s.seed for s, _, _, _ in runs.made if s.until is None]
    assert len(set(whole_days)) == len(whole_days)
    assert min(whole_days) == EVALUATION
    assert [(rules, keep) for _, _, rules, keep in runs.made[:3]] == [
        (True, True), (False, True), (False, False),
    ]  # fmt: skip
    assert found.day.rates.found.n == 150
    assert found.day.rivals["holz_24h"].found.n == 50  # of the one run with rules
    assert found.looks is not None
    assert found.week is not None
    assert len(found.views) == len(VANTAGES) - 1 + 2
    assert [f.family for f in found.families] == ["cdn"]
    assert found.ablated[0].found.k == 40  # two kept runs: two of each kind are missed
    assert len(found.prices) == len(EVASIONS)
    assert (found.strays, found.notes) == (3, ("a note",))


def test_two_views_are_of_flux_without_siblings(runs: Runs) -> None:
    """The same place is seen as in a large network, and as in one where each domain is alone."""
    sizes = Sizes(runs=1, domains=100, ruled=1, looked=0, kept=0, week=0, views=200, evaders=0)
    found = made(sizes).run()
    alone = [name for name in found.views if name.endswith("flux without siblings")]
    assert alone == ["resolvers, flux without siblings", "one, flux without siblings"]
    views = [setting for setting, _, _, _ in runs.made[1:]]
    assert list(found.views) == [n for n in VANTAGES if n != RESOLVERS] + alone
    assert [s.vantage.name for s in views[-2:]] == [RESOLVERS, ONE]
    assert [bool(s.overrides) for s in views] == [False] * (len(VANTAGES) - 1) + [True] * 2
    assert all(rules for _, _, rules, _ in runs.made[1:])
    for setting in views[-2:]:
        assert set(setting.overrides) == set(FLUX)
        assert setting.counts == views[0].counts


def test_other_models_widen_only_what_is_kept(runs: Runs) -> None:
    sizes = Sizes(runs=2, domains=100, ruled=0, looked=0, kept=1, week=0, views=100, evaders=0)
    made(sizes, without_family={"cdn": model()}).run()
    assert [bool(ground.others) for _, ground, _, _ in runs.made[:2]] == [True, False]
    without = next(g for s, g, _, _ in runs.made if s.vantage.name == UNTABLED)
    assert without.tables is not TABLES


def test_parts_can_be_left_out(runs: Runs) -> None:
    sizes = Sizes(runs=1, domains=100, ruled=1, looked=0, kept=0, week=0, views=0, evaders=0)
    found = made(sizes).run()
    assert len(runs.made) == 1
    assert (found.week, found.looks, found.views) == (None, None, {})
    assert [*found.families, *found.ablated, *found.prices] == []
