from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest

from fluxhound.detection.baselines import BASELINES, as_bool
from fluxhound.detection.compared import baselines_of
from fluxhound.lab.metrics import Share
from fluxhound.lab.rivals import KINDS, OURS, pools, rival_columns, rivals
from fluxhound.lab.units import domain_days, words
from fluxhound.profiles.lookups import look_at_answers
from tests.detection.conftest import Judged
from tests.detection.conftest import judged as judge_traffic
from tests.lab.tables import entity, judged, truth
from tests.scenarios import mixed

KNOWN = truth(
    [("a.test", "classic"), ("b.test", "slow"), ("c.test", "-cdn"), ("d.test", "-ntp"),
     ("e.test", "-cdn")],
    seed=[1, 2, 1, 2, 3],
    pool=[4, 4, 0, 0, 0],
)  # fmt: skip


def units() -> pa.Table:
    """Make a rule that finds a and d, and puts both below b; of c it can say nothing."""
    rows = [
        entity("a.test", "single-flux", 9.0),
        entity("b.test", "flux-suspect", 1.0),
        entity("c.test", "cdn", -2.0),
        entity("d.test", "cdn", -3.0),
    ]
    table = judged(rows)
    table = table.append_column("baseline_holz_24h", pa.array([1, 0, -1, 1], pa.int8()))
    scores = pa.array([150.0, 100.0, None, 200.0])
    return domain_days(table.append_column("baseline_holz_24h_score", scores), KNOWN)


def test_rules_are_compared_at_their_line_and_at_ours() -> None:
    ours, holz = rivals(units(), dice=np.random.default_rng(1)).values()
    assert (ours.name, ours.false, ours.found, ours.unknown) == (
        OURS, Share(0, 3), Share(1, 2), Share(0, 5),
    )  # fmt: skip
    assert ours.at_ours == Share(1, 2)
    assert ours.against is None
    assert (holz.false, holz.found, holz.unknown) == (Share(1, 3), Share(1, 2), Share(1, 5))
    assert holz.found_by_archetype == {"classic": Share(1, 1), "slow": Share(0, 1)}
    # With no false finding its line is above 200, so it finds nothing.
    assert holz.at_ours == Share(0, 2)
    assert holz.at_ours_by_archetype == {"classic": Share(0, 1), "slow": Share(0, 1)}
    assert holz.against is not None
    assert (holz.against.first, holz.against.second, holz.against.pools) == (0.5, 0.0, 2)


def test_pools_of_different_runs_differ() -> None:
    assert len(set(pools(units())[:2].tolist())) == 2
    assert pools(KNOWN.drop_columns(["seed"])).tolist() == [4, 4, 0, 0, 0]


def test_no_flux_is_no_comparison() -> None:
    table = units().filter(pa.array([False, False, True, True, True]))
    found = rivals(table, dice=np.random.default_rng(1))["holz_24h"]
    assert found.against is None
    assert found.at_ours == Share(0, 0)


@pytest.fixture(scope="module")
def mixture() -> Iterator[Judged]:
    yield from judge_traffic(mixed(seed=11), embedded=True)


def test_rules_of_all_profiles_are_those_that_findings_show(mixture: Judged) -> None:
    profiles = mixture.judgement.profiles
    found = rival_columns(mixture.connection, profiles, asn_known=True)
    assert found.notes == ()
    assert found.table.num_rows == profiles.num_rows
    kinds, entities = words(profiles, "kind"), profiles.column("entity").to_numpy()
    for kind in KINDS:
        rows = np.flatnonzero(kinds == kind)
        lookups, members = look_at_answers(mixture.connection, pa.array(entities[rows]))
        shown = baselines_of(mixture.judgement, rows, lookups, members, asn_known=True)
        for row, rules in zip(rows.tolist(), shown, strict=True):
            ours = {n: found.table.column(f"baseline_{n}")[row].as_py() for n in BASELINES}
            assert {n: as_bool(v) for n, v in ours.items()} == rules
    others = ~np.isin(kinds, KINDS)
    assert others.any()
    assert set(found.table.column("baseline_holz_24h").to_numpy()[others].tolist()) == {-1}


def test_too_many_addresses_leave_clusters_out_and_say_so(mixture: Judged) -> None:
    profiles = mixture.judgement.profiles
    found = rival_columns(mixture.connection, profiles, asn_known=True, most_pairs=50)
    assert len(found.notes) == 2
    assert "fluxbuster was not computed for entities of kind name" in found.notes[0]
    said = found.table.column("baseline_fluxbuster").to_numpy()
    filtered = found.table.column("baseline_fluxbuster_filter").to_numpy()
    assert (said[filtered == 1] == -1).all()
    assert (said[filtered == 0] == 0).all()


def test_without_networks_rules_that_count_them_are_not_computable(mixture: Judged) -> None:
    table = rival_columns(mixture.connection, mixture.judgement.profiles, asn_known=False).table
    with_ipv4 = table.column("baseline_fluxbuster_filter").to_numpy() >= 0
    assert (table.column("baseline_holz_24h").to_numpy()[with_ipv4] == -1).all()
