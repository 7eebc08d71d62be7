from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.records import Finding
from fluxhound.sharing.document import to_document
from fluxhound.sharing.points import ledger, logistic, of_score, shown, signed
from fluxhound.sharing.saved import from_document
from tests.sharing import builders, strategies


def test_sides_are_ordered_by_weight_and_scores_kept_apart() -> None:
    book = ledger(builders.single_flux(), "flux")
    assert [entry.evidence.id for entry in book.supporting] == [
        "new-rate", "asn-spread", "access-share", "heaps", "ttl",
    ]  # fmt: skip
    assert [entry.evidence.id for entry in book.opposing] == ["prior", "answer-size"]
    assert [entry.evidence.id for entry in book.neutral] == ["return-rate"]
    assert len(of_score(builders.single_flux(), "malice")) == 2


def test_the_score_follows_from_the_sum_or_it_is_said() -> None:
    assert ledger(builders.single_flux(), "flux").is_logistic
    assert not ledger(builders.hostile(), "flux").is_logistic


@given(strategies.findings)
def test_shown_points_add_up_exactly_and_survive_saving(finding: Finding) -> None:
    book = ledger(finding, "flux")
    entries = (*book.supporting, *book.opposing, *book.neutral)
    assert sum((entry.points for entry in entries), Decimal(0)) == book.total
    assert book.total_for + book.total_against == book.total
    again = ledger(from_document(to_document(finding)), "flux")
    assert (again.total_for, again.total_against) == (book.total_for, book.total_against)


@pytest.mark.parametrize(
    ("points", "text"), [(1.2, "+1.20"), (-0.5, "−0.50"), (0.0, "0.00"), (-0.0001, "0.00")]  # noqa: RUF001
)  # fmt: skip
def test_points_have_their_sign(points: float, text: str) -> None:
    assert signed(shown(points)) == text


@given(st.floats(-800, 800))
def test_the_logistic_never_overflows(log_odds: float) -> None:
    assert 0 <= logistic(log_odds) <= 1
    assert logistic(log_odds) + logistic(-log_odds) == pytest.approx(1)
