from __future__ import annotations

import math

import pyarrow as pa
import pytest

from fluxhound.lab.evasion import Evasion, Point
from fluxhound.lab.metrics import Share
from fluxhound.lab.price import addresses_per_day, price
from fluxhound.lab.units import domain_days
from tests.lab.tables import entity, judged, truth


def made(live: int, verdicts: list[str], rotation: float | None = 3_600.0) -> pa.Table:
    """Make domains of pools of *live* hosts, one address in each answer."""
    count = len(verdicts)
    known = truth(
        [(f"{i}.test", "slow") for i in range(count)] + [("x.test", "-cdn")],
        live=[live] * (count + 1),
        size=[1] * (count + 1),
        rotation_s=pa.array([rotation] * (count + 1), pa.float64()),
        turnover=[0.5] * (count + 1),
    )
    return domain_days(judged([entity(f"{i}.test", v) for i, v in enumerate(verdicts)]), known)


def test_addresses_of_a_day_by_hand() -> None:
    # 24 answers of one of two hosts show both but for 2^-24; half as many come new.
    assert addresses_per_day(made(2, ["cdn"]))[0] == pytest.approx(3, abs=1e-6)
    # Of a thousand hosts 24 answers show nearly 24.
    assert addresses_per_day(made(1000, ["cdn"]))[0] == pytest.approx(1000 * (1 - 0.999**24) * 1.5)
    # Anew for each of ten queries.
    for rotation in (None, 0.0):
        found = addresses_per_day(made(1000, ["cdn"], rotation))[0]
        assert found == pytest.approx(1000 * (1 - 0.999**10) * 1.5)


def test_one_answer_a_day_at_least() -> None:
    assert addresses_per_day(made(1, ["cdn"], 10 * 86_400.0))[0] == 1.5


def test_what_an_unseen_evader_keeps() -> None:
    points = tuple(Point(label=str(live), changes={"live": live}) for live in (2, 10, 40))
    evasion = Evasion(name="few", archetype="slow", breaks="", price="", points=points)
    verdicts = {
        "2": ["static", "static"],
        "10": ["flux-suspect", "static", "flux-suspect"],
        "40": ["single-flux", "single-flux", "static"],
    }
    found = price(evasion, lambda _, point: made(int(point.label), verdicts[point.label]))
    assert [t.found for t in found.tried] == [Share(0, 2), Share(0, 3), Share(2, 3)]
    assert [t.found_or_suspected for t in found.tried] == [Share(0, 2), Share(2, 3), Share(2, 3)]
    assert found.unseen is not None
    assert found.unseen.label == "10"
    assert found.unseen.rotation_s == 3_600
    assert found.unsuspected is not None
    assert (found.unsuspected.label, round(found.unsuspected.addresses_per_day)) == ("2", 3)
    assert found.most is not None
    assert found.most.label == "40"


def test_nobody_stays_unseen() -> None:
    evasion = Evasion(
        name="few", archetype="slow", breaks="", price="", points=(Point(label="", changes={}),)
    )
    found = price(evasion, lambda *_: made(9, ["single-flux"]))
    assert (found.unseen, found.unsuspected) == (None, None)
    nothing = price(evasion, lambda *_: made(9, []))
    assert nothing.unseen is None
    assert math.isnan(nothing.tried[0].addresses_per_day)
