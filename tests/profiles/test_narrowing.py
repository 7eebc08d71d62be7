"""A cascade keeps what could be a finding, what is asked for, and the networks of that."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from fluxhound.profiles.profile import profile_again
from tests.profiles.building import build, facts, profiles, stored
from tests.profiles.test_context import all_of, rows

NAME = "www.example1.com"


def none_of(sketch: pa.Table) -> NDArray[np.bool_]:
    return np.zeros(sketch.num_rows, dtype=bool)


def only(sketch: pa.Table) -> NDArray[np.bool_]:
    """Keep one entity: the third."""
    kept: NDArray[np.bool_] = sketch.column("entity").to_numpy() == 3
    return kept


def test_nothing_is_left_where_nothing_could_be_a_finding() -> None:
    assert profiles(rows(), wide=False, reach=none_of) == {}


def test_what_is_asked_for_stays() -> None:
    found = profiles(rows(), wide=False, reach=none_of, wanted=(NAME,))
    assert {name for kind, name in found if kind == "name"} == {NAME}


def test_where_all_stays_the_profiles_are_those_of_the_whole() -> None:
    whole = profiles(rows(), wide=False)
    narrowed = profiles(rows(), wide=False, reach=all_of)
    assert narrowed.keys() == whole.keys()
    for key, profile in whole.items():
        assert narrowed[key] == pytest.approx(profile, nan_ok=True), key


def test_a_wide_gate_narrows_nothing() -> None:
    assert profiles(rows(), reach=none_of).keys() == profiles(rows()).keys()


def test_what_was_left_out_is_profiled_when_asked_for() -> None:
    with stored(rows()) as connection:
        first = build(connection, wide=False, reach=only)
        assert 3 in first.column("entity").to_pylist()
        again = profile_again(connection, np.array([5]), facts=facts)
        whole = build(connection, wide=False)
    (told,) = [p for p in again.to_pylist() if p["entity"] == 5]
    assert told == pytest.approx(whole.to_pylist()[5], nan_ok=True)
