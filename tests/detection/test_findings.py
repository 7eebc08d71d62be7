from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pytest

from fluxhound.detection.findings import (
    COUNTERFACTUALS,
    COUNTS,
    REALS,
    SHOWN_FIT,
    evidence,
    finding_at,
)
from fluxhound.detection.judgement import FINDING_SCORE, Judgement
from fluxhound.detection.model import CARDS, EVERY_CARD, SCORES, logistic
from fluxhound.records import Finding
from fluxhound.sharing.document import to_document
from fluxhound.sharing.validation import validate
from tests.detection.conftest import Judged
from tests.scenarios import FLUX, SCENARIOS


def found(judged: Judged, kind: str, **given: tuple[str, ...]) -> Finding:
    return finding_at(judged.judgement, judged.of(SCENARIOS[kind]), baselines={}, **given)


@pytest.mark.parametrize("kind", SCENARIOS)
def test_the_points_and_the_prior_are_the_log_odds_of_the_score(mixture: Judged, kind: str) -> None:
    finding = found(mixture, kind)
    for score in SCORES:
        total = math.fsum(e.points for e in finding.evidence if e.score == score)
        assert getattr(finding, score) == pytest.approx(1 / (1 + math.exp(-total)), rel=1e-12)
        assert [e.id for e in finding.evidence if e.score == score][-1] == "prior"


def test_every_row_adds_up(mixture: Judged) -> None:
    j = mixture.judgement
    for row in range(len(j.flux)):
        total = math.fsum(e.points for e in evidence(j, row, "flux"))
        assert j.flux[row] == pytest.approx(1 / (1 + math.exp(-total)), rel=1e-12)


def test_the_strongest_evidence_stands_first(mixture: Judged) -> None:
    weights = [abs(e.points) for e in found(mixture, "double").evidence if e.score == "flux"][:-1]
    assert weights == sorted(weights, reverse=True)
    assert 0 not in weights


@pytest.mark.parametrize("kind", SCENARIOS)
def test_documents_keep_to_the_schema(mixture: Judged, kind: str) -> None:
    validate(to_document(found(mixture, kind, not_observable=("clients",))))


@pytest.mark.parametrize("kind", SCENARIOS)
def test_documents_keep_to_the_schema_without_tables(without_tables: Judged, kind: str) -> None:
    document = to_document(found(without_tables, kind))
    validate(document)
    assert "asn" in document["not_observable"]
    for name in ("asns", "operators", "eyeball_share", "hosting_share", "mixed_sets"):
        assert document["measures"][name] is None, name


def test_every_measure_is_of_the_profile(mixture: Judged) -> None:
    assert {*COUNTS, *REALS} <= set(mixture.judgement.profiles.schema.names)
    assert list(found(mixture, "classic").measures)[:13] == [
        "addresses", "ipv4", "ipv6", "prefixes", "asns", "countries", "ttl_max", "answers",
        "refreshes", "new_rate", "clients", "ns_hosts", "ns_addresses",
    ]  # fmt: skip


def test_counts_are_whole_numbers(mixture: Judged) -> None:
    measures = found(mixture, "double").measures
    assert all(isinstance(measures[name], int) for name in COUNTS if measures[name] is not None)


SENTENCE = re.compile(r"([a-z-]+) (below|of) (.+?)(?: or more)?: flux (\d\.\d\d)")


def at(judgement: Judgement, row: int, measure: str, value: float) -> float:
    """Return the flux score of a row, were one measure otherwise."""
    columns = {name: column[row : row + 1] for name, column in judgement.columns.items()}
    columns[measure] = np.array([value])
    rules = judgement.model
    odds = [rules.log_odds(c, rules.contributions(c, columns))[0] for c in CARDS["flux"]]
    return float(logistic(np.array(max(odds))))


def test_what_would_change_the_verdict_would(mixture: Judged, without_tables: Judged) -> None:
    """Each sentence is tried: the measure is set so, and the score crosses the line as said."""
    said = 0
    for judged in (mixture, without_tables):
        j = judged.judgement
        for kind in SCENARIOS:
            row, finding = judged.of(SCENARIOS[kind]), found(judged, kind)
            card = j.card(row, "flux")
            features = {f.id: f for f in j.model.of(card)}
            assert len(finding.counterfactuals) <= COUNTERFACTUALS
            for sentence in finding.counterfactuals:
                match = SENTENCE.fullmatch(sentence)
                assert match, sentence
                feature = features[match[1]]
                steps = feature.cards[card]
                extreme = (min if j.flux[row] >= FINDING_SCORE else max)(steps.points)
                below = steps.points.index(extreme)
                edge = steps.bounds[below] if match[2] == "below" else steps.bounds[-1]
                value = np.nextafter(edge, -math.inf) if match[2] == "below" else edge
                score = at(j, row, feature.measure, value)
                assert f"{score:.2f}" == match[4]
                assert (score >= FINDING_SCORE) is not (j.flux[row] >= FINDING_SCORE)
                said += 1
    assert said > 20


def test_what_cannot_be_turned_by_one_measure_is_not_said(mixture: Judged) -> None:
    """No single step carries a double flux of all signs below the line."""
    j, row = mixture.judgement, mixture.of(FLUX["double"])
    total, card = j.log_odds[row], j.card(row, "flux")
    drops = [
        float(worth) - min(f.cards[card].points)
        for f, worth in zip(j.model.of(card), j.points[card][row], strict=True)
        if not np.isnan(j.columns[f.measure][row])
    ]
    crossing = sum(logistic(np.array(total - drop)) < FINDING_SCORE for drop in drops)
    assert len(found(mixture, "double").counterfactuals) == min(int(crossing), COUNTERFACTUALS)


def test_look_alikes_are_shown_from_a_fit_on_the_best_first(mixture: Judged) -> None:
    for kind in SCENARIOS:
        fits = [look_alike.fit for look_alike in found(mixture, kind).look_alikes]
        assert fits == sorted(fits, reverse=True)
        assert all(fit >= SHOWN_FIT for fit in fits)
        for look_alike in found(mixture, kind).look_alikes:
            assert "{" not in look_alike.reason


@pytest.mark.parametrize(
    ("kind", "of_inputs", "missing"),
    [
        ("classic", (), {"name-servers"}),
        ("classic", ("name-servers",), {"name-servers"}),
        ("classic", ("ttl", "name-servers"), {"name-servers"}),  # another input had the TTL
        ("classic", ("clients",), {"name-servers"}),
        ("double", ("name-servers",), set()),
        ("ordinary", (), set()),
    ],
)
def test_what_was_seen_was_observable(
    mixture: Judged, kind: str, of_inputs: tuple[str, ...], missing: set[str]
) -> None:
    assert set(found(mixture, kind, not_observable=of_inputs).not_observable) == missing


def test_a_missing_value_is_said_to_be_unknown_and_never_zero(mixture: Judged) -> None:
    j = mixture.judgement
    features = tuple(
        replace(f, cards={c: replace(s, missing=0.5) for c, s in f.cards.items()})
        for f in j.model.features
    )
    model = replace(j.model, features=features)
    points = {card: model.contributions(card, j.columns) for card in EVERY_CARD}
    row = mixture.of(SCENARIOS["classic"])
    pieces = evidence(replace(j, model=model, points=points), row, "flux")
    (piece,) = [e for e in pieces if e.id == "name-server-lines"]
    assert piece.value is None
    assert "unknown" in piece.text
