from __future__ import annotations

import math

import numpy as np
import pytest

from fluxhound.detection import judgement as rules
from fluxhound.detection.judgement import judge, servers_in_flux, severities
from fluxhound.detection.look_alikes import EXPLANATIONS
from fluxhound.detection.model import EVERY_CARD, read_model
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
    """All in one log: what else is there changes no verdict."""
    scenario, j = SCENARIOS[kind], mixture.judgement
    row = mixture.of(scenario)
    assert j.verdicts[row] in scenario.verdicts
    assert bool(j.findings[row]) is scenario.finding


def test_findings_are_the_flux_verdicts(mixture: Judged) -> None:
    j = mixture.judgement
    assert [v in FLUX_VERDICTS for v in j.verdicts] == j.findings.tolist()
    assert (j.flux[j.findings] >= rules.FINDING_SCORE).all()


def test_scores_are_the_sums_of_their_points(mixture: Judged) -> None:
    j = mixture.judgement
    totals = {c: j.model.bias[c] + j.points[c].sum(axis=1) for c in EVERY_CARD}
    best = np.maximum(totals["lines"], totals["rented"])
    assert j.log_odds == pytest.approx(best)
    assert j.flux == pytest.approx(1 / (1 + np.exp(-best)))
    assert j.malice == pytest.approx(1 / (1 + np.exp(-totals["malice"])))
    for row, card in enumerate(j.cards):
        assert j.log_odds[row] == pytest.approx(totals[card][row])
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
        (0.49, 9, 0.0, V.INSUFFICIENT_EVIDENCE),
        (0.5, 9, 0.0, V.FLUX_SUSPECT),
        (0.89, 9, 0.0, V.FLUX_SUSPECT),
        (0.9, 2, 0.0, V.FLUX_SUSPECT),
        (0.9, math.nan, 0.0, V.FLUX_SUSPECT),
        (0.9, 3, 0.0, V.SINGLE_FLUX),
        (0.99, 9, 0.59, V.SINGLE_FLUX),
        (0.99, 9, 0.6, V.CDN),
        (0.3, 9, 0.5, V.CDN),
        (0.3, 9, 0.49, V.INSUFFICIENT_EVIDENCE),
    ],
)
def test_lines_between_verdicts(
    flux: float, changes: float, fit: float, expected: VerdictKind
) -> None:
    assert verdict(flux, changes=changes, fit=fit) is expected


def test_a_name_on_a_network_in_flux_is_judged_at_its_first_answer() -> None:
    assert verdict(0.95, changes=0, network=2.3) is V.SINGLE_FLUX
    assert verdict(0.95, changes=0, network=2.1) is V.FLUX_SUSPECT
    assert verdict(0.4, changes=0, network=9.0) is V.INSUFFICIENT_EVIDENCE


def test_double_flux_needs_flux_first() -> None:
    assert verdict(0.95, servers=ROTATING) is V.DOUBLE_FLUX
    assert verdict(0.8, servers=ROTATING) is V.FLUX_SUSPECT
    assert verdict(0.2, servers=ROTATING) is V.INSUFFICIENT_EVIDENCE
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
    assert set(np.round(judged.flux, 4)) <= {0.1192, 0.3775, 0.7311, 0.3208}
    assert judged.model.version == "test"


def test_a_model_of_pairs_can_judge(mixture: Judged) -> None:
    judged = judge(mixture.judgement.profiles, using=small())
    single, both = (judged.points["lines"][:, i] for i in (0, 1))
    assert judged.log_odds == pytest.approx(np.maximum(-1 + single + both, -3))
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
