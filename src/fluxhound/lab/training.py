"""From a corpus of profiles to a model file: the offline training of the additive model."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from fluxhound.detection.model import Feature, Grid, Model, Steps
from fluxhound.errors import ConfigurationError
from fluxhound.lab.card import Card
from fluxhound.lab.crossfit import (
    FLUX_CARDS,
    Crossfit,
    Plan,
    combined,
    crossfits,
    finals,
    sheet,
    with_networks,
)
from fluxhound.lab.lessons import ALERT, Lessons, Units, all_benign, drawn, told, units
from fluxhound.lab.modelfile import open_model, write_model
from fluxhound.lab.samples import NETWORK_ODDS, Mask, Reals, Samples, gathered, read_corpus
from fluxhound.lab.tail import line
from fluxhound.lab.weighting import folds


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrainedModel:
    """The model, what was learnt about it, and how every row scored out of fold."""

    model: Model
    lessons: Lessons
    #: One row per row of the corpus: what it is, and its log-odds by models that never saw its
    #: seed or pool (families left out of training are scored all the same).
    validation: pa.Table
    #: Share of flux among registered domains at which the scores are probabilities.
    prior: float
    notes: tuple[str, ...]

    @property
    def report(self) -> str:
        """Return what people read after training."""
        return "\n".join([*told(self.lessons), *(f"note: {note}" for note in self.notes)])


def _silent(_: str) -> None:
    """Say nothing."""


def train(
    tables: Sequence[pa.Table],
    template: Model,
    *,
    without: Collection[str] = (),
    plan: Plan | None = None,
    say: Callable[[str], None] = _silent,
) -> TrainedModel:
    """Train both flux cards of *template* on profile *tables*, each a seed, setting and horizon.

    *without* names benign families or archetypes that training does not see; they are scored.
    Malice and all texts stay as they are, as does a card for which the corpus has no flux.

    Raises:
        ConfigurationError: the corpus lacks a column, benign rows, or any flux.
    """
    plan = plan or Plan()
    samples = gathered(tables, flux_measures(template))
    _check(samples)
    kept = ~samples.family.among(without) & ~samples.archetype.among(without)
    fold = folds(samples, plan.folds)
    samples = with_networks(samples, template, fold, kept, plan, say)
    say("both cards")
    sheets = {name: sheet(template, name) for name in FLUX_CARDS}
    found = crossfits(samples, sheets, fold, kept, plan)
    if not found:
        raise ConfigurationError("The corpus has too little flux to train on. Add seeds to it.")
    odds = combined(found)
    shift = _shift(samples, odds, kept, plan.allowed)
    cards = {name: moved(c, shift) for name, c in finals(samples, sheets, found, plan).items()}
    odds = odds + shift
    model = named(_assembled(template, cards))
    return TrainedModel(
        model=model,
        lessons=drawn(samples, model, odds, tuple(found), _evidence(tables)),
        prior=1 / (1 + math.exp(-(math.log(plan.prior / (1 - plan.prior)) + shift))),
        validation=_validation(tables, samples, found, odds, kept),
        notes=_notes(samples, found),
    )


def _shift(samples: Samples, odds: Reals, kept: Mask, allowed: float) -> float:
    """Return what takes the line for alerts to ``ALERT``, in whole hundredths like all points.

    Rounded down, so that no more than *allowed* passes. What is left out of training has no say in
    where the line lies: the question is what becomes of a kind that nobody knew.
    """
    known = replace(samples, weight=np.where(kept, samples.weight, 0.0))
    at = alert_line(units(known, odds, np.zeros(samples.rows)), allowed)
    return math.floor((ALERT - at) * 100) / 100


def alert_line(by: Units, allowed: float) -> float:
    """Return the log-odds above which at most *allowed* benign units per million lie.

    Taken from the slice with the most registered domains: in a small one a single domain stands for
    several per million.
    """
    counts = np.bincount(by.slice.codes[~by.flux], minlength=len(by.slice.words))
    here = by.slice.codes == int(counts.argmax())
    part = replace(
        by,
        log_odds=by.log_odds[here],
        weight=by.weight[here],
        flux=by.flux[here],
        archetype=by.archetype.of(here),
        slice=by.slice.of(here),
        evidence=by.evidence[here],
    )
    return line(*all_benign(part), allowed).at


def moved(card: Card, shift: float) -> Card:
    """Return the card with all log-odds moved, those that it takes from networks included."""
    by = {NETWORK_ODDS: shift}
    return Card(
        bias=float(f"{card.bias + shift:.12g}"),
        singles={m: _moved_steps(s, by.get(m, 0.0)) for m, s in card.singles.items()},
        pairs={
            (a, b): replace(
                g,
                bounds=_moved(g.bounds, by.get(a, 0.0)),
                by_bounds=_moved(g.by_bounds, by.get(b, 0.0)),
            )
            for (a, b), g in card.pairs.items()
        },
    )


def _moved_steps(steps: Steps, shift: float) -> Steps:
    return replace(steps, bounds=_moved(steps.bounds, shift))


def _moved(bounds: tuple[float, ...], shift: float) -> tuple[float, ...]:
    # Twelve digits: bounds that differ still do, and 0.1 + 0.2 is read as 0.3.
    return tuple(float(f"{b + shift:.12g}") for b in bounds) if shift else bounds


def flux_measures(template: Model) -> set[str]:
    """Return the measures that the flux cards of *template* read."""
    return {f.measure for card in FLUX_CARDS for f in template.of(card)}


def _check(samples: Samples) -> None:
    if samples.flux.all() or not samples.flux.any():
        raise ConfigurationError("The corpus needs benign rows and flux rows to train on.")


def _assembled(template: Model, cards: Mapping[str, Card]) -> Model:
    bias = {**template.bias, **{name: card.bias for name, card in cards.items()}}
    singles = [_carded(feature, cards) for feature in template.features]
    return Model(
        version=template.version,
        bias=bias,
        features=(*(f for f in singles if f.cards), *_paired(template, cards)),
    )


def _carded(feature: Feature, cards: Mapping[str, Card]) -> Feature:
    """Return the feature with trained points; a card on which it was not worth any lacks it.

    Pairs that the template has on such cards are forgotten: training finds its own.
    """
    kept = {name: old for name, old in feature.cards.items() if name not in cards}
    if feature.by:
        return replace(feature, cards=kept)
    points = {name: card.singles.get(feature.measure) for name, card in cards.items()}
    trained = {n: steps for n in feature.cards if (steps := points.get(n)) is not None}
    return replace(feature, cards={**kept, **trained})


def _paired(template: Model, cards: Mapping[str, Card]) -> Iterator[Feature]:
    """Yield a feature for each pair of measures, worded from the features of both."""
    by_measure = {
        f.measure: f for f in template.features if not f.by and not set(f.cards) <= {"malice"}
    }
    pairs = dict.fromkeys(pair for card in cards.values() for pair in card.pairs)
    for first, second in pairs:
        one, other = by_measure[first], by_measure[second]
        yield Feature(
            id=f"{one.id}-with-{other.id}",
            measure=first,
            by=second,
            text=f"{one.text}; {other.text.replace('{value}', '{by}')}",
            unit=one.unit,
            by_unit=other.unit,
            normal="what each alone would say; these points are for their meeting",
            why="What two measures say together, beyond what each says alone (trained).",
            cards={
                n: card.pairs[first, second]
                for n, card in cards.items()
                if (first, second) in card.pairs
            },
        )


def named(model: Model) -> Model:
    """Return the model with a version that is the digest of its points."""
    content = repr((sorted(model.bias.items()), [(f.id, sorted(f.cards)) for f in model.features]))
    points = repr([card for f in model.features for card in _cards(f)])
    digest = hashlib.sha256((content + points).encode()).hexdigest()[:8]
    return replace(model, version=f"trained-{digest}")


def _cards(feature: Feature) -> list[Steps | Grid]:
    return [feature.cards[name] for name in sorted(feature.cards)]


def _evidence(tables: Sequence[pa.Table]) -> Reals:
    """Return the refreshes that each row shows, 0 where they cannot be counted."""
    parts = [
        t.column("changes").cast(pa.float64()).to_numpy()
        if "changes" in t.schema.names
        else np.zeros(t.num_rows)
        for t in tables
    ]
    return np.nan_to_num(np.concatenate(parts).astype(np.float64))


_TOLD = ("seed", "horizon_s", "vantage", "kind", "registered_domain", "archetype", "family")


def _validation(
    tables: Sequence[pa.Table],
    samples: Samples,
    found: Mapping[str, Crossfit],
    odds: Reals,
    kept: Mask,
) -> pa.Table:
    common = [n for n in _TOLD if all(n in t.schema.names for t in tables)]
    table = pa.concat_tables([t.select(common) for t in tables], promote_options="permissive")
    columns = {"flux": samples.flux, "weight": samples.weight, "learnt": kept}
    columns |= {f"{name}_log_odds": each.log_odds for name, each in found.items()}
    for name, values in {**columns, "log_odds": odds}.items():
        table = table.append_column(name, pa.array(values))
    return table


def _notes(samples: Samples, found: Mapping[str, Crossfit]) -> tuple[str, ...]:
    notes = [f'no flux to train card "{n}" on; it stays' for n in FLUX_CARDS if n not in found]
    for name, each in found.items():
        for code, word in enumerate(samples.slice.words):
            here = samples.slice.codes == code
            if not (each.weight[here] > 0).any():
                notes.append(f'slice "{word}" lacks flux or benign rows for card "{name}": unused')
    return tuple(notes)


def train_files(
    corpus: Path,
    template: Path,
    out: Path,
    *,
    without: Collection[str] = (),
    say: Callable[[str], None] = _silent,
) -> TrainedModel:
    """Train on the Parquet files of a folder and write the model file to *out*.

    Raises:
        FluxhoundError: the corpus or template cannot be used, or the file cannot be written.
    """
    say("reading the corpus")
    rules = open_model(template)
    tables = read_corpus(corpus, flux_measures(rules))
    trained = train(tables, rules, without=without, say=say)
    write_model(trained.model, out, _comments(trained))
    return trained


def _comments(trained: TrainedModel) -> tuple[str, ...]:
    return (
        f"Trained by `fluxhound lab train` on {trained.lessons.rows} simulated profiles. Points of",
        'cards "lines" and "rented" are fitted; those of "malice" are chosen, not measured, for',
        "want of truth to train on. Scores are probabilities where one registered domain in",
        f"{1 / trained.prior:,.0f} is in flux: at that rate 0.9 is the line that let one false",
        "finding per million registered domains and day through, in simulated traffic.",
    )
