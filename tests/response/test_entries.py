from __future__ import annotations

import pytest

from fluxhound.response.entries import Answer, ChangeKind, Mode, Plan, Proposal
from tests.response.responses import NOW, blast, entry


def test_only_what_is_approved_and_has_not_expired_is_in_force() -> None:
    assert entry().in_force(NOW)
    assert not entry(approved_by="").in_force(NOW)
    assert not entry(expires=NOW).in_force(NOW)
    assert not entry(mode=Mode.ALERT, answer=Answer.NODATA).in_force(NOW)
    assert entry(mode=Mode.OBSERVE, answer=Answer.PASS).in_force(NOW)


@pytest.mark.parametrize(
    ("kind", "approved_by", "waits"),
    [(ChangeKind.ADD, "", True), (ChangeKind.ADD, "ann", False), (ChangeKind.REMOVE, "", False)],
)
def test_what_waits(kind: ChangeKind, approved_by: str, *, waits: bool) -> None:
    proposal = Proposal(kind=kind, entry=entry(approved_by=approved_by), blast=blast())
    assert proposal.waits is waits
    assert Plan(proposals=(), refused=(proposal,), made=NOW, digest="").empty


def test_beside_what_is_in_force_one_more_may_wait() -> None:
    assert entry().key == entry(approved_by="").key
    assert entry().slot != entry(approved_by="").slot
