from __future__ import annotations

import numpy as np

from fluxhound.lab.dice import mix
from fluxhound.lab.hosting import SINKHOLES, hosting
from fluxhound.lab.parameters import parameters
from tests.lab.runs import stage
from tests.lab.worlds import draws, world


def test_every_archetype_has_its_pools_in_one_plan() -> None:
    counts = dict.fromkeys(parameters().archetypes, 20)
    found = hosting(counts, parameters(), world(), 1)
    assert set(found.grounds) == set(counts)
    for name, ground in found.grounds.items():
        a = parameters().archetype(name)
        assert ground.pools == (a.operators or len(ground.ends))
        assert (found.plan.family[ground.first : ground.first + ground.pools] == 4).all()
        assert (ground.six >= 0) == (a.dual_stack > 0)
        if ground.six >= 0:
            six = found.plan.family[ground.six : ground.six + ground.pools]
            assert (six == 6).all()
        assert (ground.servers >= 0) == ("pool" in a.ns)
        assert (ground.bulletproof >= 0) == ("bulletproof" in a.ns)
    assert found.sinkholes + SINKHOLES == len(found.plan)


def test_pools_have_as_many_domains_as_are_needed() -> None:
    ground = stage(classic=500).hosting.grounds["classic"]
    assert ground.ends[-1] >= 500 > ground.ends[-2]
    pool = ground.pool_of(draws(500), np.arange(500), 1.0)
    assert pool[0] == 0
    assert pool[-1] == ground.pools - 1


def test_operators_are_chosen_by_popularity() -> None:
    ground = stage(anycast=10).hosting.grounds["anycast"]
    counts = np.bincount(ground.pool_of(mix(draws(5000), 1), draws(5000).astype(np.int64), 1.5))
    assert len(counts) == 5
    assert counts[0] > 2 * counts[2]


def test_about_half_of_the_operators_have_sites_that_are_lans() -> None:
    run = stage(cdn_own=50)
    ground = run.hosting.grounds["cdn-own"]
    alone = ground.site_count > 0
    assert 2 <= alone.sum() <= 10
    first, count = ground.site_first[alone][0], ground.site_count[alone][0]
    assert (run.hosting.plan.lans[first : first + count] == 1).all()


def test_rotating_servers_mostly_stand_in_the_domain_s_own_pool() -> None:
    run = stage(double=2000)
    ground, key = run.hosting.grounds["double"], run.hosting.plan.key
    own = key[ground.first : ground.first + ground.pools]
    servers = key[ground.servers : ground.servers + ground.pools]
    assert 0.55 < (own == servers).mean() < 0.85


def test_archetypes_without_domains_have_no_pools() -> None:
    assert set(hosting({"classic": 0, "slow": 1}, parameters(), world(), 1).grounds) == {"slow"}
