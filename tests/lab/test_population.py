from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from fluxhound.lab.naming import MOST_DOMAINS
from fluxhound.lab.parameters import parameters
from fluxhound.lab.population import PER_QUERY, STATIC, demand
from tests.lab.runs import stage


@pytest.mark.parametrize("name", parameters().archetypes)
def test_what_is_drawn_lies_within_the_parameters(name: str) -> None:
    a = parameters().archetype(name)
    found = stage(**{name: 500}).domains(name, np.arange(500))
    assert {len(c) for c in vars_of(found) if isinstance(c, np.ndarray)} == {500}
    assert (found.size >= 1).all()
    assert (found.size <= found.live).all()
    if a.own_hosts.high < 1:
        assert (found.size <= a.answers.high).all()
    assert (found.ttl >= np.floor(a.ttl.low)).all()
    assert (found.ttl <= np.ceil(a.ttl.high)).all()
    assert (found.live >= a.live.low - 1).all()
    assert (found.live <= a.live.high).all()
    assert len(set(found.texts().to_pylist())) == 500
    rotations = set(found.rotation_s.tolist())
    if a.rotation_s == "none":
        assert rotations == {STATIC}
    elif a.rotation_s == "query":
        assert rotations <= {PER_QUERY, 3600.0}
    else:
        assert min(rotations) >= 1


def vars_of(found: object) -> list[object]:
    return [getattr(found, f.name) for f in dataclasses.fields(found)]  # type: ignore[arg-type]


def test_a_domain_is_the_same_whatever_stands_beside_it() -> None:
    one = stage(classic=40, ordinary=3).domains("classic", np.arange(10, 20))
    other = stage(classic=90).domains("classic", np.arange(90))
    for field in dataclasses.fields(one):
        column = getattr(one, field.name)
        if isinstance(column, np.ndarray) and not field.name.startswith("row"):
            assert column.tolist() == getattr(other, field.name)[10:20].tolist(), field.name


def test_domains_of_one_pool_share_it() -> None:
    found = stage(classic=600).domains("classic", np.arange(600))
    counts = np.bincount(found.pool)
    assert counts.min() >= 1
    assert counts.max() > 10
    assert (np.diff(found.pool) >= 0).all()


def test_numbers_have_a_bound() -> None:
    with pytest.raises(ValueError, match="at most"):
        stage(classic=1).domains("classic", np.array([MOST_DOMAINS]))


def test_the_demand_for_domains_has_one_element_for_each() -> None:
    run = stage(dga=30)
    wanted = demand(run.domains("dga", np.arange(30)), 2.0, run.given)
    assert len(wanted.count) == 30
    assert (wanted.span_s <= 2 * 86_400).all()
