from __future__ import annotations

import dataclasses
from datetime import timedelta

from fluxhound.response.drafts import Drafts
from fluxhound.response.entries import ChangeKind, Mode
from fluxhound.response.wishes import Wish, wishes
from tests.response.responses import BOLD, NOW, circumstances, entry, finding


def wish() -> Wish:
    return wishes([finding()], BOLD, {})[0]


def test_two_steps_with_one_entry_become_one() -> None:
    policy = dataclasses.replace(BOLD, sinkhole=("192.0.2.99",))
    old = entry(expires=NOW + timedelta(days=1))
    drafts = Drafts(circumstances(policy, entries=(old,)), policy, NOW, flux=frozenset())
    drafts.keep(old, wish())
    drafts.grant(wish())
    assert [(p.kind, p.before) for p in drafts.made] == [(ChangeKind.CHANGE, old)]
    after = drafts.made[0].entry
    assert (after.target, after.expires) == (("192.0.2.99",), NOW + policy.expiry)


def test_what_waits_goes_once_as_much_is_in_force() -> None:
    waiting = entry(approved_by="", mode=Mode.BLOCK)
    drafts = Drafts(circumstances(entries=(waiting,)), BOLD, NOW, flux=frozenset())
    drafts.keep(waiting, wish())
    drafts.grant(wish())
    kinds = {(p.kind, bool(p.entry.approved_by)) for p in drafts.made}
    assert kinds == {(ChangeKind.REMOVE, False), (ChangeKind.ADD, True)}
    removed = next(p for p in drafts.made if p.kind is ChangeKind.REMOVE)
    assert removed.before == waiting


def test_what_expired_is_removed_and_asked_for_anew() -> None:
    old = entry(expires=NOW, approved_by="ann")
    drafts = Drafts(circumstances(entries=(old,)), BOLD, NOW, flux=frozenset())
    drafts.keep(old, wish())
    drafts.grant(wish())
    assert [(p.kind, p.entry.approved_by) for p in drafts.made] == [
        (ChangeKind.REMOVE, "ann"),
        (ChangeKind.ADD, "policy"),
    ]
