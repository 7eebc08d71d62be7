from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from fluxhound.detection.findings import COUNTS, REALS, SHOWN_FIT, evidence, finding_at
from fluxhound.detection.judgement import Judgement, judge
from fluxhound.detection.model import CARDS, EVERY_CARD, SCORES, Feature, Model, Steps
from fluxhound.records import Finding
from fluxhound.sharing.document import to_document
from fluxhound.sharing.validation import validate
from tests.detection.conftest import Judged
from tests.detection.grids import small, with_pairs
from tests.scenarios import SCENARIOS


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


@pytest.mark.parametrize("kind", ["balancer", "classic"])
def test_what_no_card_is_about_is_said_first(mixture: Judged, kind: str) -> None:
    first, *others = found(mixture, kind).evidence
    assert (first.id == "nothing-to-hijack") is (kind == "balancer")
    assert "nothing-to-hijack" not in {e.id for e in others}
    if kind == "balancer":
        assert first.points < -20


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


def rejudged(judged: Judged, model: Model) -> Judgement:
    """Return a judgement with the points of another model, its verdicts as they were."""
    j = judged.judgement
    points = {card: model.contributions(card, j.columns) for card in EVERY_CARD}
    always = dict.fromkeys(CARDS["flux"], np.full(len(j.flux), fill_value=True))
    return replace(j, model=model, points=points, in_force=always)


def test_a_missing_value_is_said_to_be_unknown_and_never_zero(mixture: Judged) -> None:
    feature = Feature(
        id="unseen",
        measure="ns_eyeball_share",
        text="{value} of them",
        unit="share",
        normal="0%",
        why="",
        cards=dict.fromkeys(CARDS["flux"], Steps(bounds=(), points=(0.0,), missing=0.5)),
    )
    judgement = rejudged(mixture, replace(mixture.judgement.model, features=(feature,)))
    piece, prior = evidence(judgement, mixture.of(SCENARIOS["classic"]), "flux")
    assert (piece.id, piece.value, piece.text) == ("unseen", None, "an unknown share of them")
    assert prior.id == "prior"


def test_evidence_of_a_pair_tells_both_values(mixture: Judged) -> None:
    row = mixture.of(SCENARIOS["classic"])
    _, feature = small().features
    cards = dict.fromkeys(CARDS["flux"], feature.cards["lines"])
    model = replace(small(), features=(replace(feature, cards=cards),))
    for changes, said in ((120.0, "2 min"), (np.nan, "an unknown time")):
        j = mixture.judgement
        columns = {**j.columns, "units": np.full(len(j.flux), 12.0)}
        columns["changes"] = np.full(len(j.flux), changes)
        judgement = rejudged(replace(mixture, judgement=replace(j, columns=columns)), model)
        piece, _ = evidence(judgement, row, "flux")
        assert (piece.id, piece.text) == ("a-with-b", f"12; within {said}")
        assert (piece.value, piece.unit) == (12.0, "")


def test_models_with_pairs_add_up_and_keep_to_the_schema(mixture: Judged) -> None:
    judgement = judge(mixture.judgement.profiles, using=with_pairs(3))
    for kind in SCENARIOS:
        row = mixture.of(SCENARIOS[kind])
        finding = finding_at(judgement, row, baselines={})
        total = math.fsum(e.points for e in finding.evidence if e.score == "flux")
        assert finding.flux == pytest.approx(1 / (1 + math.exp(-total)), rel=1e-12)
        assert not any("{" in e.text for e in finding.evidence)
        validate(to_document(finding))
