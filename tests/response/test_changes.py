from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.response.changes import Change, StaleError, applied, inverse
from fluxhound.response.entries import Answer, Entry, Mode
from tests.response.responses import entry

entries = st.builds(
    entry,
    st.sampled_from(["a.lab", "b.lab", "c.lab"]),
    mode=st.sampled_from([Mode.LOG, Mode.BLOCK]),
    approved_by=st.sampled_from(["", "policy"]),
)


@given(st.lists(entries, unique_by=lambda e: e.slot), st.lists(st.tuples(entries, st.booleans())))
def test_what_was_done_can_be_taken_back(
    before: list[Entry], wanted: list[tuple[Entry, bool]]
) -> None:
    there = {each.slot: each for each in before}
    changes = []
    for each, kept in wanted:
        if not kept and each.slot not in there:
            continue
        changes.append(
            Change(before=there.get(each.slot), after=each)
            if kept
            else Change(before=there.pop(each.slot), after=None)
        )
        if kept:
            there[each.slot] = each
    after = applied(before, changes)
    assert {each.slot: each for each in after} == there
    assert set(applied(after, inverse(changes))) == set(before)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(StaleError, match=r"evil\.lab has changed"):
        applied([], [Change(before=entry(), after=None)])
    with pytest.raises(StaleError):
        applied([entry()], [Change(before=None, after=entry())])


@pytest.mark.parametrize(
    ("before", "after", "raises"),
    [
        (None, entry(), True),
        (None, entry(approved_by=""), False),
        (entry(mode=Mode.LOG), entry(), True),
        (entry(), entry(mode=Mode.LOG), False),
        (entry(), entry(target=("192.0.2.9",)), False),
        (entry(), None, False),
        (None, entry(mode=Mode.ALERT, answer=Answer.NODATA), False),
    ],
)
def test_what_is_rationed(before: Entry | None, after: Entry | None, *, raises: bool) -> None:
    assert Change(before=before, after=after).raises is raises
