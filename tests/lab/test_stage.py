from __future__ import annotations

import numpy as np
import pytest

from fluxhound.errors import ConfigurationError
from fluxhound.lab.parameters import parameters
from fluxhound.lab.setting import Setting
from fluxhound.lab.stage import Stage
from tests.lab.runs import stage
from tests.lab.worlds import world


def test_portions_and_chunks_hold_every_domain_once() -> None:
    run = stage(ordinary=90_000)
    for way in (run.portions, run.chunks):
        numbers = np.concatenate([some.number for some, _ in way("ordinary")])
        assert numbers.tolist() == list(range(90_000))


def test_chunks_bound_the_queries() -> None:
    run = stage(classic=2_000)
    counts = [int(wanted.count.sum()) for _, wanted in run.chunks("classic")]
    assert len(counts) > 1
    assert max(counts) < 500_000


def test_archetypes_come_in_the_order_of_the_parameters() -> None:
    assert stage(ordinary=1, slow=1, classic=1).archetypes() == ["classic", "slow", "ordinary"]


def test_an_unknown_archetype_is_told() -> None:
    with pytest.raises(ConfigurationError, match="no archetype"):
        Stage.open(Setting(seed=1, counts={"clasic": 1}), world(), parameters())
