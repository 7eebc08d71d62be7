from __future__ import annotations

import numpy as np
import pytest

from fluxhound.lab.parameters import parameters
from fluxhound.lab.questions import Asked
from fluxhound.lab.zones import answers
from tests.lab.runs import stage


@pytest.mark.parametrize("name", parameters().archetypes)
def test_every_question_is_answered_in_both_families(name: str) -> None:
    run = stage(**{name: 200})
    domains = run.domains(name, np.arange(200))
    zero = np.zeros(200, dtype=np.int64)
    asked = Asked(np.arange(200), zero, zero + 1, zero, zero + 50_000_000_000)
    found = answers(run.authority(domains), asked, 4).rows()
    sizes = np.array([len(text.split(",")) for text in found.to_pylist()])
    assert len(found) == 200
    assert (sizes >= 1).all()
    some = asked.where(domains.dual)
    if len(some.domain):
        six = answers(run.authority(domains), some, 6).rows().to_pylist()
        assert all(":" in text for text in six)


def test_equal_questions_have_equal_answers() -> None:
    run = stage(classic=5)
    domains = run.domains("classic", np.arange(5))
    zero = np.zeros(5, dtype=np.int64)
    asked = Asked(np.arange(5), zero, zero, zero, zero + 7)
    one, other = (answers(run.authority(domains), asked, 4).rows() for _ in range(2))
    assert one == other
