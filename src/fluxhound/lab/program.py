"""The whole evaluation: every run that it takes, from seeds that training never saw."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import pyarrow as pa

from fluxhound.detection.model import Model, model
from fluxhound.enrichment.facts import AddressTable
from fluxhound.lab.ablation import ablated, groups_of, silenced
from fluxhound.lab.evaluation import Evaluation, evaluated
from fluxhound.lab.evasion import EVASIONS, Evasion, Point
from fluxhound.lab.families import left_out
from fluxhound.lab.looks import MINUTES, Looks, joined, looks
from fluxhound.lab.plan import EVALUATION, ONE, RESOLVERS, UNTABLED, VANTAGES, Stretch, setting_of
from fluxhound.lab.price import Price, price
from fluxhound.lab.setting import Setting
from fluxhound.lab.trial import Ground, Trial, early, judged_again, trial

Say = Callable[[str], None]

#: Seeds of the parts lie this far apart, so that no run is part of two.
_PART = 10_000
_WEEK, _VIEWS, _EVASIONS = 1, 2, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How much is simulated of each part; 0 leaves a part out."""

    #: Runs of one day, benign registered domains and domains of each flux archetype in each.
    runs: int = 20
    domains: int = 150_000
    flux: int = 30
    #: Of those runs: beside published rules; looked at several times; kept for other models.
    ruled: int = 3
    looked: int = 1
    kept: int = 20
    #: One run of seven days; one run from each other vantage point, and two of flux without
    #: siblings; domains for each evasion.
    week: int = 10_000
    views: int = 40_000
    evaders: int = 30


def seen_from(vantage: str, domains: int, *, days: float = 1.0, alone: bool = False) -> Stretch:
    """Return a stretch of one seed; how much flux and which seed come later."""
    return Stretch(vantage=vantage, seeds=1, domains=domains, flux=0, days=days, alone=alone)


@dataclass(slots=True, kw_only=True)
class Program:
    """The runs of one evaluation, one part after the other."""

    ground: Ground
    sizes: Sizes
    #: Benign family -> a model that was trained without it.
    without_family: Mapping[str, Model] = field(default_factory=dict)
    #: Group of features -> a model trained without it; others are silenced.
    without_group: Mapping[str, Model] = field(default_factory=dict)
    first_seed: int = EVALUATION
    say: Say = lambda _: None
    responses: int = 0

    def run(self) -> Evaluation:
        """Make all runs and return what was measured."""
        self._widen()
        days = self._days()
        seen = self._looks(days)
        ruled = [t.units for t in days[: self.sizes.ruled]]
        kept = days[: self.sizes.kept]
        return evaluated(
            _plain([t.units for t in days]),
            networks=pa.concat_tables(t.networks for t in days),
            strays=sum(t.strays.num_rows for t in days),
            ruled=pa.concat_tables(ruled) if ruled else None,
            week=self._week(),
            looks=seen,
            views=self._views(),
            families=list(left_out(self.without_family, self._without_family(kept))),
            ablations=list(ablated(self._groups(), self._without_group(kept))) if kept else (),
            prices=self._prices(),
            notes=[note for t in days for note in t.notes],
        )

    def _widen(self) -> None:
        """Let what other models could call flux be profiled as well."""
        others = [*self.without_family.values()]
        others += [self._model_without(group) for group in self._groups()]
        self.ground = replace(self.ground, others=tuple(others))

    def _trial(self, what: str, setting: Setting, *, rules: bool, keep: bool = False) -> Trial:
        ground = self.ground
        if setting.vantage.name == UNTABLED:
            ground = replace(ground, tables=AddressTable())
        if not keep:
            ground = replace(ground, others=())
        made = trial(setting, ground, rules=rules, keep=keep)
        self.responses += made.responses
        self.say(f"{what}: {made.units.num_rows:,} domains, {made.responses:,} responses")
        return made

    def _setting(self, part: int, number: int, stretch: Stretch) -> Setting:
        chosen = replace(stretch, flux=self.sizes.flux, hard=0.0)
        return setting_of(chosen, self.first_seed + part * _PART + number, self.ground.given)

    def _days(self) -> list[Trial]:
        sizes = self.sizes
        return [
            self._trial(
                f"day {i + 1} of {sizes.runs}",
                self._setting(0, i, seen_from(RESOLVERS, sizes.domains)),
                rules=i < sizes.ruled,
                keep=i < sizes.kept,
            )
            for i in range(sizes.runs)
        ]

    def _looks(self, days: list[Trial]) -> Looks | None:
        found = []
        for day in days[: self.sizes.looked]:
            units = {float(MINUTES[-1]): day.units}
            for minutes in MINUTES[:-1]:
                setting = early(day.setting, minutes)
                made = self._trial(f"look after {minutes} minutes", setting, rules=False)
                units[float(minutes)] = made.units
            found.append(looks(units, start=day.setting.start))
        return joined(found) if found else None

    def _week(self) -> pa.Table | None:
        if not self.sizes.week:
            return None
        setting = self._setting(_WEEK, 0, seen_from(RESOLVERS, self.sizes.week, days=7.0))
        return self._trial("seven days", setting, rules=False).units

    def _views(self) -> dict[str, pa.Table]:
        if not self.sizes.views:
            return {}
        stretches = {n: seen_from(n, self.sizes.views) for n in VANTAGES if n != RESOLVERS}
        for name in (RESOLVERS, ONE):
            stretches[f"{name}, flux without siblings"] = seen_from(
                name, self.sizes.views, alone=True
            )
        return {
            name: self._trial(f"seen from {name}", self._setting(_VIEWS, i, each), rules=True).units
            for i, (name, each) in enumerate(stretches.items())
        }

    def _groups(self) -> list[str]:
        return groups_of(self._whole()) if self.sizes.kept else []

    def _whole(self) -> Model:
        return self.ground.model or model()

    def _model_without(self, group: str) -> Model:
        trained = self.without_group.get(group)
        return silenced(self._whole(), group) if trained is None else trained

    def _without_group(self, kept: list[Trial]) -> Callable[[str], pa.Table]:
        def judged(group: str) -> pa.Table:
            return judged_again(kept, self._model_without(group) if group else self._whole())

        return judged

    def _without_family(self, kept: list[Trial]) -> Callable[[str], pa.Table]:
        return lambda family: judged_again(kept, self.without_family[family])

    def _prices(self) -> list[Price]:
        chosen = EVASIONS.values() if self.sizes.evaders else ()
        return [price(evasion, self._evading) for evasion in chosen]

    def _evading(self, evasion: Evasion, point: Point) -> pa.Table:
        place = list(EVASIONS).index(evasion.name) * 100 + evasion.points.index(point)
        setting = Setting(
            seed=self.first_seed + _EVASIONS * _PART + place,
            counts={evasion.archetype: self.sizes.evaders},
            days=evasion.days,
            vantage=VANTAGES[RESOLVERS],
            overrides=point.overrides(evasion.archetype),
        )
        return self._trial(f"{evasion.name}, {point.label}", setting, rules=False).units


def _plain(units: list[pa.Table]) -> pa.Table:
    """Join units of runs with and without published rules, without those."""
    shared = [n for n in units[0].column_names if all(n in table.column_names for table in units)]
    return pa.concat_tables([table.select(shared) for table in units])
