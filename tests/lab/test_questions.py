from __future__ import annotations

import numpy as np

from fluxhound.lab.questions import Asked
from tests.lab.runs import stage
from tests.lab.worlds import numbers


def test_some_of_the_questions_are_taken_from_every_column() -> None:
    asked = Asked(*(numbers(i, i + 10, i + 20) for i in range(5)))
    few = asked.where(numbers(2, 0))
    assert few.domain.tolist() == [20, 0]
    assert few.time.tolist() == [24, 4]


def test_each_family_has_rows_of_its_own() -> None:
    run = stage(anycast=50)
    of = run.authority(run.domains("anycast", np.arange(50)))
    every = np.arange(50)
    family = run.hosting.plan.family
    assert set(family[of.rows(every, 4)]) == {4}
    six = of.rows(every, 6)
    assert set(family[six[six >= 0]]) == {6}
    assert of.first(4) != of.first(6)
