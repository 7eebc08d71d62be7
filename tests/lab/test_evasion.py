from __future__ import annotations

import pytest

from fluxhound.lab.evasion import EVASIONS, Evasion, Point
from fluxhound.lab.parameters import parameters

EVERY = [(e, p) for e in EVASIONS.values() for p in e.points]


@pytest.mark.parametrize(("evasion", "point"), EVERY, ids=lambda v: getattr(v, "label", None))
def test_every_point_is_something_that_the_lab_can_make(evasion: Evasion, point: Point) -> None:
    changed = parameters().changed(point.overrides(evasion.archetype))
    assert changed.archetype(evasion.archetype).flux


@pytest.mark.parametrize("evasion", EVASIONS.values(), ids=lambda e: e.name)
def test_a_grid_changes_something(evasion: Evasion) -> None:
    plain = parameters().archetype(evasion.archetype)
    same = [p for p in evasion.points if plain.changed(p.changes) == plain]
    assert len(same) <= 1  # the archetype itself, for comparison


@pytest.mark.parametrize("evasion", EVASIONS.values(), ids=lambda e: e.name)
def test_points_of_a_grid_differ(evasion: Evasion) -> None:
    assert len({point.label for point in evasion.points}) == len(evasion.points) > 1
    assert len({repr(point.changes) for point in evasion.points}) == len(evasion.points)


def test_points_are_labelled_with_their_values() -> None:
    labels = [point.label for point in EVASIONS["slow rotation"].points]
    assert labels[0] == "every 30 min, pool of 12"
    assert labels[-1] == "every 24 h, pool of 300"
    assert EVASIONS["rented hosts"].points[1].label == "25% rented"
    assert EVASIONS["asked for rarely"].points[0].label == "0.02 of the queries"
