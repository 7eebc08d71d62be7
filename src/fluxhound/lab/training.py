"""From a corpus of profiles to a model file: the offline training of the additive model."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from fluxhound.detection.model import Feature, Model, Steps
from fluxhound.errors import ConfigurationError
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
from fluxhound.lab.fitting import Sheet
from fluxhound.lab.lessons import Lessons, drawn, told
from fluxhound.lab.modelfile import open_model, write_model
from fluxhound.lab.refit import Card
from fluxhound.lab.samples import Mask, Reals, Samples, gathered, read_corpus
from fluxhound.lab.weighting import folds


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrainedModel:
    """The model, what was learnt about it, and how every row scored out of fold."""

    model: Model
    lessons: Lessons
    #: One row per row of the corpus: what it is, and its log-odds by models that never saw its
    #: seed or pool (families left out of training are scored all the same).
    validation: pa.Table
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
    cards = finals(samples, sheets, found, plan)
    if not found:
        raise ConfigurationError("The corpus has too little flux to train on. Add seeds to it.")
    odds = combined(found)
    model = named(_assembled(template, cards))
    return TrainedModel(
        model=model,
        lessons=drawn(samples, model, odds, tuple(found), _evidence(tables)),
        validation=_validation(tables, samples, found, odds, kept),
        notes=_notes(samples, found),
    )


def flux_measures(template: Model) -> set[str]:
    """Return the measures that the flux cards of *template* read."""
    return {f.measure for card in FLUX_CARDS for f in template.of(card)}


def _check(samples: Samples) -> None:
    if samples.flux.all() or not samples.flux.any():
        raise ConfigurationError("The corpus needs benign rows and flux rows to train on.")


def _assembled(template: Model, cards: Mapping[str, tuple[Sheet, Card]]) -> Model:
    steps = {
        name: dict(zip(features.ids, card.steps, strict=True))
        for name, (features, card) in cards.items()
    }
    bias = {**template.bias, **{name: card.bias for name, (_, card) in cards.items()}}
    features = [_carded(feature, steps) for feature in template.features]
    return Model(
        version=template.version,
        bias=bias,
        features=tuple(feature for feature in features if feature.cards),
    )


def _carded(feature: Feature, steps: Mapping[str, Mapping[str, Steps]]) -> Feature:
    """Return the feature with trained points; a card on which it was not worth any lacks it."""
    cards = {
        name: trained if (trained := steps.get(name, {}).get(feature.id)) else old
        for name, old in feature.cards.items()
        if name not in steps or feature.id in steps[name]
    }
    return replace(feature, cards=cards)


def named(model: Model) -> Model:
    """Return the model with a version that is the digest of its points."""
    content = repr((sorted(model.bias.items()), [(f.id, sorted(f.cards)) for f in model.features]))
    points = repr([(c.bounds, c.points, c.missing) for f in model.features for c in _cards(f)])
    digest = hashlib.sha256((content + points).encode()).hexdigest()[:8]
    return replace(model, version=f"trained-{digest}")


def _cards(feature: Feature) -> list[Steps]:
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
        'cards "lines" and "rented" are fitted and calibrated to one flux domain in 100,000; those',
        'of "malice" are chosen, not measured, for want of truth to train on.',
    )
