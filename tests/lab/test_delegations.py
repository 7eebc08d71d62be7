from __future__ import annotations

import numpy as np
import pytest

from fluxhound.enrichment.domains import registered_domain
from fluxhound.lab.delegations import delegations
from fluxhound.lab.parameters import NS_SORTS
from tests.lab.runs import stage


@pytest.mark.parametrize("name", ["ordinary", "regional", "bulletproof", "parked", "double"])
def test_servers_are_named_in_their_zone_and_differ(name: str) -> None:
    run = stage(**{name: 120})
    domains = run.domains(name, np.arange(120))
    found = delegations(run, domains)
    own = domains.texts().to_pylist()
    zones = found.zone_texts.to_pylist()
    version = found.version(np.arange(120), np.full(120, 50_000.0))
    for i in range(120):
        place = np.arange(found.size[i])
        which = np.full(len(place), i)
        host = found.host(which, version[which], place)
        names = found.host_names(which, host).to_pylist()
        assert len(set(names)) == found.size[i] >= 1
        assert {registered_domain(n) for n in names} == {zones[i]}
        if NS_SORTS[domains.ns[i]] == "own":
            assert zones[i] == own[i]


def test_only_rotating_servers_change_their_names() -> None:
    for name, rotating in (("ordinary", False), ("double", True)):
        run = stage(**{name: 60})
        found = delegations(run, run.domains(name, np.arange(60)))
        days = np.array([found.version(np.arange(60), np.full(60, d * 86_400.0)) for d in range(7)])
        assert (found.rotating == rotating).all()
        assert ((days[-1] > days[0]) == rotating).all()


def test_slots_exist() -> None:
    run = stage(ordinary=200)
    found = delegations(run, run.domains("ordinary", np.arange(200)))
    live = run.hosting.plan.live[found.row]
    every = np.arange(200)
    slot = found.slot(every, found.host(every, 0 * every, 0 * every), live)
    assert ((slot >= 0) & (slot < live)).all()
