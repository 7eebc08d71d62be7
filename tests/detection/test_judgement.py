from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from fluxhound.detection import judgement as rules
from fluxhound.detection.judgement import judge, servers_in_flux, severities
from fluxhound.detection.look_alikes import EXPLANATIONS
from fluxhound.detection.model import CARDS, EVERY_CARD, read_model
from fluxhound.records import FLUX_VERDICTS, Severity, VerdictKind
from tests.detection.conftest import Judged
from tests.detection.grids import SMALL, small
from tests.scenarios import SCENARIOS

V = VerdictKind
ROTATING = {
    "ns_refreshes": 2.0, "ns_set_changes": 0.0, "ns_addresses": 4.0, "ns_new_per_day": 3.0,
    "ns_eyeball_share": 0.3, "ns_operators": 1.0,
}  # fmt: skip


@pytest.mark.parametrize("kind", SCENARIOS)
def test_scenarios_get_their_verdicts(mixture: Judged, kind: str) -> None:
    """All in one log. Two are missed: no other domain is on their hosts."""
    scenario, j = SCENARIOS[kind], mixture.judgement
    row, missed = mixture.of(scenario), kind in {"slow", "one-address"}
    assert j.verdicts[row] in ({V.INSUFFICIENT_EVIDENCE} if missed else scenario.verdicts)
    assert bool(j.findings[row]) is (scenario.finding and not missed)


def test_every_flux_scenario_scores_above_every_harmless_one(mixture: Judged) -> None:
    """Of the entities that are judged; the line between them is another matter."""
    scores = {kind: mixture.judgement.flux[mixture.of(s)] for kind, s in SCENARIOS.items()}
    worst = max(scores[kind] for kind, s in SCENARIOS.items() if not s.finding)
    assert min(scores[kind] for kind, s in SCENARIOS.items() if s.finding) > worst


def test_findings_are_the_flux_verdicts(mixture: Judged) -> None:
    j = mixture.judgement
    assert [v in FLUX_VERDICTS for v in j.verdicts] == j.findings.tolist()
    assert (j.flux[j.findings] >= rules.FINDING_SCORE).all()


def test_scores_are_the_sums_of_their_points(mixture: Judged) -> None:
    j = mixture.judgement
    totals = {c: j.model.bias[c] + j.points[c].sum(axis=1) for c in EVERY_CARD}
    shown = {c: np.where(j.in_force[c], totals[c], rules.NEVER) for c in CARDS["flux"]}
    best = np.maximum(shown["lines"], shown["rented"])
    assert j.log_odds == pytest.approx(best)
    assert j.flux == pytest.approx(1 / (1 + np.exp(-best)))
    assert j.malice == pytest.approx(1 / (1 + np.exp(-totals["malice"])))
    for row, card in enumerate(j.cards):
        assert j.log_odds[row] == pytest.approx(shown[card][row])
        assert (j.card(row, "flux"), j.card(row, "malice")) == (card, "malice")


def verdict(
    flux: float,
    *,
    changes: float = 9,
    network: float = math.nan,
    fit: float = 0.0,
    kind: str = "name",
    servers: dict[str, float] | None = None,
) -> VerdictKind:
    columns = dict.fromkeys(ROTATING, math.nan) | (servers or {})
    columns |= {"changes": changes, "network_odds": network}
    fits = np.zeros((1, len(EXPLANATIONS)))
    fits[0, [e.verdict for e in EXPLANATIONS].index(V.CDN)] = fit
    c = {name: np.array([value]) for name, value in columns.items()}
    found = rules._verdicts(c, np.array([kind], dtype=object), np.array([flux]), fits)
    return VerdictKind(found[0])


@pytest.mark.parametrize(
    ("flux", "changes", "fit", "expected"),
    [
        (0.19, 9, 0.0, V.INSUFFICIENT_EVIDENCE),
        (0.2, 9, 0.0, V.FLUX_SUSPECT),
        (0.2, math.nan, 1.0, V.FLUX_SUSPECT),
        (0.89, 9, 0.0, V.FLUX_SUSPECT),
        (0.9, 2, 0.0, V.FLUX_SUSPECT),
        (0.9, math.nan, 0.0, V.FLUX_SUSPECT),
        (0.9, 3, 0.0, V.SINGLE_FLUX),
        (0.99, 9, 1.0, V.SINGLE_FLUX),  # a look-alike takes nothing from flux
        (0.1, 9, 0.5, V.CDN),
        (0.1, 9, 0.49, V.INSUFFICIENT_EVIDENCE),
    ],
)
def test_lines_between_verdicts(
    flux: float, changes: float, fit: float, expected: VerdictKind
) -> None:
    assert verdict(flux, changes=changes, fit=fit) is expected


def test_a_name_on_a_network_in_flux_is_judged_at_its_first_answer() -> None:
    assert verdict(0.95, changes=0, network=2.3) is V.SINGLE_FLUX
    assert verdict(0.95, changes=0, network=2.1) is V.FLUX_SUSPECT
    assert verdict(0.1, changes=0, network=9.0) is V.INSUFFICIENT_EVIDENCE


def test_double_flux_needs_flux_first() -> None:
    assert verdict(0.95, servers=ROTATING) is V.DOUBLE_FLUX
    assert verdict(0.8, servers=ROTATING) is V.FLUX_SUSPECT
    assert verdict(0.1, servers=ROTATING) is V.INSUFFICIENT_EVIDENCE
    assert verdict(0.95, kind="name-server") is V.NAME_SERVER_FLUX


@pytest.mark.parametrize(
    ("change", "rotates"),
    [
        ({}, True),
        ({"ns_refreshes": 1.0}, False),
        ({"ns_refreshes": 1.0, "ns_set_changes": 1.0}, True),
        ({"ns_addresses": 3.0}, False),
        ({"ns_new_per_day": 0.0}, False),
        ({"ns_new_per_day": math.nan}, False),
        ({"ns_eyeball_share": 0.2}, False),
        ({"ns_eyeball_share": 0.2, "ns_operators": 3.0}, True),
        (dict.fromkeys(ROTATING, math.nan), False),
    ],
)
def test_when_name_servers_rotate(change: dict[str, float], *, rotates: bool) -> None:
    columns = {name: np.array([value]) for name, value in (ROTATING | change).items()}
    assert servers_in_flux(columns).tolist() == [rotates]


@pytest.mark.parametrize(
    ("kind", "flux", "malice", "severity"),
    [
        (V.CDN, 1.0, 1.0, Severity.INFO),
        (V.INSUFFICIENT_EVIDENCE, 0.4, 0.9, Severity.INFO),
        (V.FLUX_SUSPECT, 0.995, 0.1, Severity.LOW),
        (V.FLUX_SUSPECT, 0.6, 0.5, Severity.MEDIUM),
        (V.SINGLE_FLUX, 0.98, 0.1, Severity.MEDIUM),
        (V.SINGLE_FLUX, 0.99, 0.1, Severity.HIGH),
        (V.SINGLE_FLUX, 0.98, 0.5, Severity.HIGH),
        (V.SINGLE_FLUX, 0.99, 0.5, Severity.CRITICAL),
        (V.NAME_SERVER_FLUX, 0.98, 0.1, Severity.MEDIUM),
        (V.DOUBLE_FLUX, 0.98, 0.1, Severity.HIGH),
        (V.DOUBLE_FLUX, 1.0, 0.1, Severity.HIGH),
        (V.DOUBLE_FLUX, 0.98, 0.5, Severity.CRITICAL),
        (V.DOUBLE_FLUX, 1.0, 1.0, Severity.CRITICAL),
    ],
)
def test_severity(kind: VerdictKind, flux: float, malice: float, severity: Severity) -> None:
    words = np.array([kind], dtype=object)
    assert severities(words, np.array([flux]), np.array([malice])).tolist() == [severity]


def test_another_model_can_judge(mixture: Judged) -> None:
    judged = judge(mixture.judgement.profiles, using=read_model(SMALL))
    assert set(np.round(judged.flux, 4)) <= {0.0, 0.0474, 0.1192, 0.3775, 0.7311, 0.3208}
    assert judged.model.version == "test"


def test_a_card_applies_to_what_it_is_about_only() -> None:
    columns = {"eyeball_share": np.array([0.19, 0.2, np.nan, 0.0])}
    company = np.array([True, False, False, False])
    in_force = rules.cards_in_force(columns, in_company=company)
    assert in_force["lines"].tolist() == [False, True, True, False]
    points = {card: np.zeros((4, 0)) for card in CARDS["flux"]}
    model = replace(read_model(SMALL), features=())
    odds = rules.flux_odds(model, points, in_force).max(axis=1)
    assert odds.tolist() == [-3.0, -1.0, -1.0, rules.NEVER]


def test_a_model_of_pairs_can_judge(mixture: Judged) -> None:
    judged = judge(mixture.judgement.profiles, using=small())
    single, both = (judged.points["lines"][:, i] for i in (0, 1))
    lines = np.where(judged.in_force["lines"], -1 + single + both, rules.NEVER)
    rented = np.where(judged.in_force["rented"], -3, rules.NEVER)
    assert judged.log_odds == pytest.approx(np.maximum(lines, rented))
    assert len(set(both)) > 2


def test_without_networks_only_what_is_clear_is_found(without_tables: Judged) -> None:
    """Volunteers are as wide and as new as bots: harmless names stay harmless."""
    j = without_tables.judgement
    harmless = [k for k, s in SCENARIOS.items() if not s.finding]
    found = [k for k in harmless if j.findings[without_tables.of(SCENARIOS[k])]]
    assert found == []


def test_no_entity_is_no_error(mixture: Judged) -> None:
    judged = judge(mixture.judgement.profiles.slice(0, 0))
    assert len(judged.flux) == len(judged.verdicts) == 0
