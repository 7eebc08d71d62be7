from __future__ import annotations

import re

from fluxhound.sharing.points import ledger
from fluxhound.sharing.report.ledgers import ledger_part
from tests.sharing import builders


def test_bars_are_as_long_as_the_points() -> None:
    part = ledger_part(ledger(builders.single_flux(), "flux")) or ""
    widths = [float(w) for w in re.findall(r'width="([\d.]+)" height="6" fill', part)]
    assert max(widths) == 100
    assert widths[0] == round(100 * 3.12 / 4.6, 1)
    assert len(widths) == 7


def test_the_sum_and_what_has_no_weight_are_told() -> None:
    part = ledger_part(ledger(builders.single_flux(), "flux")) or ""
    assert "= +4.02" in part
    assert "Without weight: return-rate" in part


def test_a_side_without_evidence_says_nothing() -> None:
    assert "nothing" in (ledger_part(ledger(builders.hostile(), "flux")) or "")
    assert ledger_part(ledger(builders.insufficient(), "flux")) is None
