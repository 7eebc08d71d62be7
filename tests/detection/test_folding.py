from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fluxhound.detection.folding import standing
from fluxhound.records import VerdictKind
from tests.detection.conftest import Judged

V = VerdictKind


@pytest.mark.parametrize(
    ("domain", "stands"),
    [(V.INSUFFICIENT_EVIDENCE, [1, 0, 0]), (V.FLUX_SUSPECT, [0, 0, 0]), (V.SINGLE_FLUX, [0, 0, 0])],
)
def test_one_suspected_label_stands_for_all(
    mixture: Judged, domain: VerdictKind, stands: list[int]
) -> None:
    j = mixture.judgement
    names = np.array(j.profiles.column("registered_domain").to_pylist())
    kinds = np.array(j.profiles.column("kind").to_pylist())
    one = mixture.row("parcel-tracing.info", "registered-domain")
    labels = np.flatnonzero((names == "parcel-tracing.info") & (kinds == "name"))[:3]
    verdicts = np.full(len(names), V.STATIC, dtype=object)
    verdicts[labels], verdicts[one] = V.FLUX_SUSPECT, domain
    log_odds = np.zeros(len(names))
    log_odds[labels] = [3.0, 2.0, 1.0]
    findings = np.isin(verdicts, [V.FLUX_SUSPECT, V.SINGLE_FLUX])
    made = replace(j, verdicts=verdicts, log_odds=log_odds, findings=findings)
    assert standing(made)[labels].tolist() == [bool(s) for s in stands]
    assert standing(made)[one] == findings[one]


def test_alerts_always_stand(mixture: Judged) -> None:
    j = mixture.judgement
    alerts = np.isin(j.verdicts, [V.SINGLE_FLUX, V.DOUBLE_FLUX, V.NAME_SERVER_FLUX])
    assert (standing(j) >= alerts).all()
    assert (standing(j) <= j.findings).all()
