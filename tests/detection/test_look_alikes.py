from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.detection.judgement import NAMED_FIT
from fluxhound.detection.look_alikes import EXPLANATIONS, ramp, weigh
from fluxhound.records import FLUX_VERDICTS, VerdictKind
from tests.detection.conftest import Judged
from tests.scenarios import BENIGN, FLUX

ORDER = [explanation.verdict for explanation in EXPLANATIONS]


@given(st.floats(-1e6, 1e6), st.floats(-100, 100), st.floats(0.01, 100))
def test_a_ramp_rises_from_0_to_1(value: float, low: float, width: float) -> None:
    (share,) = ramp(np.array([value]), low, low + width, missing=0.5)
    assert 0 <= share <= 1
    assert value > low or share == 0
    assert value < low + width or share == 1


def test_a_ramp_is_linear_and_has_a_value_for_what_is_missing() -> None:
    found = ramp(np.array([1.0, 2.0, 3.0, np.nan]), 1, 3, missing=0.25)
    assert found.tolist() == [0, 0.5, 1, 0.25]


def test_every_explanation_is_harmless_and_there_once() -> None:
    assert len(set(ORDER)) == len(ORDER)
    assert not set(ORDER) & FLUX_VERDICTS


@pytest.mark.parametrize("kind", FLUX)
def test_nothing_harmless_explains_flux(mixture: Judged, kind: str) -> None:
    assert mixture.judgement.fits[mixture.of(FLUX[kind])].max() < NAMED_FIT


@pytest.mark.parametrize("kind", BENIGN)
def test_what_is_harmless_is_explained(mixture: Judged, kind: str) -> None:
    scenario = BENIGN[kind]
    fits = mixture.judgement.fits[mixture.of(scenario)]
    allowed = [fit for v, fit in zip(ORDER, fits, strict=True) if v in scenario.verdicts]
    insufficient = VerdictKind.INSUFFICIENT_EVIDENCE in scenario.verdicts
    assert max(allowed, default=0) >= NAMED_FIT or insufficient
    assert max(fits) == max(allowed, default=0) or insufficient


@pytest.mark.parametrize(("kind", "fits"), [("hosting_share", True), ("cdn_share", False)])
def test_volunteers_rent_hosts_and_no_cdn(mixture: Judged, kind: str, *, fits: bool) -> None:
    """A third of a flux pool may stand in one access network that a list calls a CDN."""
    row = mixture.of(FLUX["regional"])
    columns = {name: column[row : row + 1] for name, column in mixture.judgement.columns.items()}
    columns |= {"hosting_share": np.zeros(1), "cdn_share": np.zeros(1)}
    columns |= {kind: np.array([0.35]), "hosted_share": np.array([0.35])}
    fit = weigh(columns)[0, ORDER.index(VerdictKind.VOLUNTEER_POOL)]
    assert bool(fit >= NAMED_FIT) is fits


def test_fits_are_shares_also_where_nothing_is_known(mixture: Judged) -> None:
    fits = mixture.judgement.fits
    assert ((fits >= 0) & (fits <= 1)).all()
    nothing: Mapping[str, np.ndarray[tuple[int], np.dtype[np.float64]]] = {
        name: np.full(1, np.nan) for name in mixture.judgement.columns
    }
    unknown = weigh(nothing)
    assert np.isfinite(unknown).all()
    assert unknown.max() < NAMED_FIT


def test_reasons_name_measures_that_are_there(mixture: Judged) -> None:
    for explanation in EXPLANATIONS:
        names = {part.split("}")[0] for part in explanation.reason.split("{")[1:]}
        assert names <= {"units", "set_largest", "operators"} <= mixture.judgement.columns.keys()
