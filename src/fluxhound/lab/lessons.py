"""What training showed: worth of features, recall at budgets, and the hardest rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from fluxhound.detection.model import Model
from fluxhound.lab.calibration import Band, reliability
from fluxhound.lab.card import spread_of
from fluxhound.lab.samples import Ints, Labels, Mask, Reals, Samples
from fluxhound.lab.tail import MILLION, Line, Tail, fitted_tail, line, measured
from fluxhound.records import EntityKind

#: Budgets of false findings per million registered-domain-days, and the line of the contract.
BUDGETS = (1.0, 10.0)
ALERT = float(np.log(0.9 / 0.1))
HARDEST = 20
#: Log-odds of what showed too little for a profile: surely below every line.
NEVER_PROFILED = -100.0
TOLD_FEATURES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """One feature on one card: the range of its points, and how well it alone tells flux."""

    card: str
    feature: str
    range: float
    area: float  # under the ROC curve, benign rows weighted; 0.5 is chance
    missing_flux: float  # share of rows where it is not observable
    missing_benign: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardest:
    """The rows of an archetype nearest the wrong side, and the features that took them there."""

    archetype: str
    flux: bool
    log_odds: tuple[float, float]  # the extreme one, and the mean of the hardest
    features: tuple[tuple[str, float], ...]  # points more (flux: fewer) than benign (flux) rows


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lessons:
    """Everything that the report tells, out of fold but for points."""

    rows: int
    worth: tuple[Worth, ...]
    lines: tuple[Line, ...]
    alert: Line
    tail: Tail | None
    #: Slice or "all" -> archetype -> (units, recall at each line: alert, then budgets).
    recall: Mapping[str, Mapping[str, tuple[int, tuple[float, ...]]]]
    #: Benign archetype -> (units, false findings per million of all benign at each line).
    false: Mapping[str, tuple[int, tuple[float, ...]]]
    hardest: tuple[Hardest, ...]
    bands: tuple[Band, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Units:
    """One row per registered domain as one slice of one seed sees it."""

    log_odds: Reals
    weight: Reals
    flux: Mask
    archetype: Labels
    slice: Labels
    evidence: Reals


def units(samples: Samples, log_odds: Reals, evidence: Reals) -> Units:
    """Return registered domains: the highest score of their names, servers and themselves."""
    single = np.flatnonzero(~samples.kind.among([EntityKind.NETWORK.value]))
    order = single[np.lexsort((log_odds[single], samples.unit[single]))]
    last = np.append(np.diff(samples.unit[order]) != 0, [True])[: len(order)]
    top = order[last]
    starts = np.concatenate([[0], np.flatnonzero(last)[:-1] + 1]).astype(np.int64)
    return Units(
        log_odds=log_odds[top],
        weight=np.maximum.reduceat(samples.weight[order], starts),
        flux=samples.flux[top],
        archetype=samples.archetype.of(top),
        slice=samples.slice.of(top),
        evidence=np.maximum.reduceat(evidence[order], starts),
    )


def drawn(
    samples: Samples, model: Model, log_odds: Reals, cards: tuple[str, ...], evidence: Reals
) -> Lessons:
    """Return the lessons of out-of-fold *log_odds* and of the final *model*."""
    by = units(samples, log_odds, evidence)
    harmless, weights = all_benign(by)
    lines = tuple(line(harmless, weights, b) for b in BUDGETS)
    alert = measured(harmless, weights, ALERT)
    ats = (ALERT, *(each.at for each in lines))
    contributions = {c: _contributions(samples, model, c) for c in cards}
    return Lessons(
        rows=samples.rows,
        worth=tuple(w for c in cards for w in _worth(samples, c, contributions[c], model)),
        lines=lines,
        alert=alert,
        tail=fitted_tail(harmless, weights),
        recall=_recalls(by, ats),
        false=_false(by, ats),
        hardest=tuple(_hardest(samples, log_odds, contributions)),
        bands=reliability(by.log_odds, by.flux, by.weight, by.evidence),
    )


def all_benign(by: Units) -> tuple[Reals, Reals]:
    """Return the scores and weights of benign units, with one for all that were never profiled.

    The weights of a slice stand for a million registered domains, most of which show nothing.
    """
    benign = ~by.flux
    seen = float(by.weight[benign].sum())
    slices = len(np.unique(by.slice.codes))
    rest = max(slices * MILLION - seen, 0.0)
    return (
        np.append(by.log_odds[benign], NEVER_PROFILED),
        np.append(by.weight[benign], rest),
    )


def _contributions(samples: Samples, model: Model, card: str) -> dict[str, Reals]:
    return {f.id: f.contribute(card, samples.measures).astype(np.float32) for f in model.of(card)}


def _worth(
    samples: Samples, card: str, contributions: Mapping[str, Reals], model: Model
) -> Iterator[Worth]:
    bad, good = samples.flux & samples.hosts.among([card]), ~samples.flux
    for feature in model.of(card):
        points = contributions[feature.id]
        missing = np.isnan(samples.measures[feature.measure])
        yield Worth(
            card=card,
            feature=feature.id,
            range=spread_of(feature.cards[card]),
            area=area(points[bad], points[good], samples.weight[good]),
            missing_flux=float(missing[bad].mean()),
            missing_benign=float(np.average(missing[good], weights=samples.weight[good])),
        )


def area(flux: Reals, benign: Reals, weight: Reals) -> float:
    """Return the chance that flux has more points than a benign row; ties count half."""
    levels, place = np.unique(np.concatenate([flux, benign]), return_inverse=True)
    of_flux = np.bincount(place[: len(flux)], minlength=len(levels)) / len(flux)
    of_benign = np.bincount(place[len(flux) :], weight, minlength=len(levels)) / weight.sum()
    below = np.cumsum(of_benign) - of_benign / 2
    return float(of_flux @ below)


def _recalls(
    by: Units, ats: tuple[float, ...]
) -> dict[str, dict[str, tuple[int, tuple[float, ...]]]]:
    slices = {"all": np.ones(len(by.flux), dtype=bool)}
    if len(by.slice.words) > 1:
        slices |= {w: by.slice.codes == i for i, w in enumerate(by.slice.words)}
    return {name: _recall(by, here, ats) for name, here in slices.items()}


def _recall(
    by: Units, here: Mask, ats: tuple[float, ...]
) -> dict[str, tuple[int, tuple[float, ...]]]:
    found = {}
    for code, word in enumerate(by.archetype.words):
        rows = here & by.flux & (by.archetype.codes == code)
        if rows.any():
            shares = tuple(float((by.log_odds[rows] >= at).mean()) for at in ats)
            found[word] = (int(rows.sum()), shares)
    return found


def _false(by: Units, ats: tuple[float, ...]) -> dict[str, tuple[int, tuple[float, ...]]]:
    total = all_benign(by)[1].sum() / MILLION
    found = {}
    for code, word in enumerate(by.archetype.words):
        rows = ~by.flux & (by.archetype.codes == code)
        if rows.any():
            rates = tuple(float(by.weight[rows & (by.log_odds >= at)].sum() / total) for at in ats)
            found[word] = (int(rows.sum()), rates)
    return found


def _hardest(
    samples: Samples, log_odds: Reals, contributions: Mapping[str, Mapping[str, Reals]]
) -> Iterator[Hardest]:
    for code, word in enumerate(samples.archetype.words):
        for flux in (False, True):
            rows = np.flatnonzero((samples.archetype.codes == code) & (samples.flux == flux))
            if len(rows):
                yield _hard(samples, word, rows, log_odds, contributions)


def _hard(
    samples: Samples,
    word: str,
    rows: Ints,
    log_odds: Reals,
    contributions: Mapping[str, Mapping[str, Reals]],
) -> Hardest:
    flux = bool(samples.flux[rows[0]])
    order = np.argsort(log_odds[rows] if flux else -log_odds[rows], kind="stable")
    worst = rows[order[:HARDEST]]
    card = _card_of(samples, worst, contributions)
    class_rows = np.flatnonzero(samples.flux == flux)
    unlike = {
        name: float(points[worst].mean() - points[class_rows].mean())
        for name, points in contributions[card].items()
    }
    telling = sorted(unlike.items(), key=lambda pair: pair[1] if flux else -pair[1])
    return Hardest(
        archetype=word,
        flux=flux,
        log_odds=(float(log_odds[worst[0]]), float(log_odds[worst].mean())),
        features=tuple(telling[:TOLD_FEATURES]),
    )


def _card_of(
    samples: Samples,
    rows: Ints,
    contributions: Mapping[str, Mapping[str, Reals]],
) -> str:
    """Return the card on which the rows have most points, or that they were to teach."""
    hosts: str = samples.hosts.words[samples.hosts.codes[rows[0]]]
    if hosts in contributions:
        return hosts
    sums = {c: float(sum(p[rows].mean() for p in f.values())) for c, f in contributions.items()}
    return max(sums, key=sums.__getitem__)


def told(lessons: Lessons) -> Iterator[str]:
    """Yield the report line by line."""
    yield f"{lessons.rows} profiles; scores below are out of fold, weighted as in real traffic"
    yield from _told_features(lessons)
    yield from _told_lines(lessons)
    yield from _told_recall(lessons)
    yield from _told_hardest(lessons)
    yield from _told_bands(lessons)


def _told_features(lessons: Lessons) -> Iterator[str]:
    yield ""
    yield f"{'card':7} {'feature':26} {'range':>6} {'AUC':>6}  missing in flux, benign"
    for w in sorted(lessons.worth, key=lambda w: (w.card, -w.range)):
        missing = f"{w.missing_flux:6.1%} {w.missing_benign:6.1%}"
        yield f"{w.card:7} {w.feature:26} {w.range:6.2f} {w.area:6.3f}  {missing}"


def _told_lines(lessons: Lessons) -> Iterator[str]:
    yield ""
    yield from (_told_line(f"{each.budget:g} per million", each, lessons) for each in lessons.lines)
    yield _told_line("alert at 0.9", lessons.alert, lessons)
    tail = lessons.tail
    if tail is not None:
        yield (
            f"tail of benign log-odds: {tail.units} units above {tail.start:.2f}, "
            f"shape {tail.shape:.2f}, scale {tail.scale:.2f}"
        )


def _told_line(name: str, each: Line, lessons: Lessons) -> str:
    tail = "" if lessons.tail is None else f", by the tail {lessons.tail.per_million(each.at):.2f}"
    return (
        f"{name}: log-odds {each.at:.2f}, false per million {each.false:.2f} "
        f"(95 %: {each.low:.2f} to {each.high:.2f}{tail}; n = {each.units}, "
        f"effective {each.effective:.0f})"
    )


def _told_recall(lessons: Lessons) -> Iterator[str]:
    heads = "  ".join(f"{h:>9}" for h in ("at 0.9", *(f"{b:g}/M" for b in BUDGETS)))
    for name, table in lessons.recall.items():
        yield ""
        yield f"{'recall, ' + name:32} {'units':>8}  {heads}"
        for archetype, (count, shares) in table.items():
            yield f"{archetype:32} {count:8}  " + "  ".join(f"{s:9.1%}" for s in shares)
    yield ""
    yield f"{'false per million benign':32} {'units':>8}  {heads}"
    for archetype, (count, rates) in lessons.false.items():
        yield f"{archetype:32} {count:8}  " + "  ".join(f"{r:9.2f}" for r in rates)


def _told_hardest(lessons: Lessons) -> Iterator[str]:
    yield ""
    yield "hardest rows: extreme and mean log-odds; points unlike their class"
    for h in lessons.hardest:
        listed = ", ".join(f"{name} {points:+.1f}" for name, points in h.features)
        kind = "flux" if h.flux else "benign"
        yield f"{kind:6} {h.archetype:16} {h.log_odds[0]:6.1f} {h.log_odds[1]:6.1f}  {listed}"


def _told_bands(lessons: Lessons) -> Iterator[str]:
    yield ""
    yield f"{'refreshes':10} {'score':>14} {'rows':>8} {'forecast':>9} {'flux':>9}"
    for b in lessons.bands:
        score = f"{b.low:g} to {b.high:g}"
        yield f"{b.stratum:10} {score:>14} {b.rows:8} {b.forecast:9.4f} {b.share:9.4f}"
