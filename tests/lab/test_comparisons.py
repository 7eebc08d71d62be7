from __future__ import annotations

from fluxhound.lab.comparisons import (
    ablation_part,
    calibration_part,
    families_part,
    prices_part,
    rivals_part,
)
from fluxhound.lab.evaluation import evaluated
from tests.lab.measured import NETWORKS, evaluation, units


def test_rules_stand_beside_ours() -> None:
    both, by_kind = rivals_part(evaluation(missed=1).day)
    assert "| fluxhound | 90.0%" in both
    # Nothing is false at our line, and the rule puts no benign domain above flux: it finds all.
    assert "| holz_24h | 100.0%" in both
    assert "-10.0% (-10.0% to -10.0%)" not in both  # pools differ, so there is a spread
    assert "| classic | 90.0% | 100.0% |" in by_kind
    assert len(rivals_part(evaluation().day, short=True)) == 1


def test_what_is_left_out_is_told_in_numbers() -> None:
    found = evaluation()
    assert "| cdn | 25,000 (633 to 131,586) | 50 |" in families_part(found)
    assert "| A growth and churn | 25.0%" in ablation_part(found)
    nothing = evaluated(units(), networks=NETWORKS, strays=0)
    assert families_part(nothing) == ablation_part(nothing) == ""


def test_calibration_is_told_bin_by_bin() -> None:
    text = calibration_part(evaluation().calibration)
    assert text.splitlines()[0].startswith("| refreshes | score | flux | benign |")
    assert "| all | 0.99 to 0.999 | 50 | 0 |" in text
    assert "Brier score and calibration error" in text


def test_prices_tell_what_is_kept() -> None:
    summary, points = prices_part(evaluation().prices)
    assert "| few addresses | counts | 3 addresses a day, every 1,800 s (2 live hosts) |" in summary
    assert "nothing that was tried" in summary
    assert "| few addresses | 2 live hosts | 3 | every 1,800 s | 11.1%" in points
    assert prices_part(()) == ["", ""]
