from __future__ import annotations

import pyarrow as pa
import pytest

from fluxhound.lab.traffic import Setting, generate
from fluxhound.lab.world import World


@pytest.fixture(scope="module")
def world() -> World:
    return World.open()


def test_equal_settings_give_equal_traffic(world: World) -> None:
    setting = Setting(seed=3, counts={"classic": 3, "ordinary": 50, "cdn-own": 5})
    once, again = (generate(setting, world=world) for _ in range(2))
    assert pa.Table.from_batches(once.batches()) == pa.Table.from_batches(again.batches())
    assert once.truth == again.truth
