from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fluxhound.response.covering import guard, same_reason, upwards, within

names = st.lists(st.sampled_from(["a", "b", "lab"]), min_size=1, max_size=5).map(".".join)


def test_a_guard_tells_what_lies_below_and_above() -> None:
    guarded = guard({"corp.lab": "ours"}, {"shared.lab": "shared"})
    assert guarded.touched("vpn.corp.lab") == ("corp.lab", "ours")
    assert guarded.touched("shared.lab") == ("shared.lab", "shared")
    assert guarded.touched("tenant.shared.lab") is None
    assert guarded.touched("notcorp.lab") is None
    assert guarded.covered("lab") in {("corp.lab", "ours"), ("shared.lab", "shared")}
    assert guarded.covered("corp.lab") is None


@given(names, names)
def test_it_agrees_with_comparing_all_with_all(subject: str, guarded: str) -> None:
    found = same_reason([guarded], "why")
    assert bool(found.touched(subject)) is within(subject, guarded)
    assert bool(found.covered(subject)) is (subject != guarded and within(guarded, subject))
    assert all(within(subject, each) for each in upwards(subject))
