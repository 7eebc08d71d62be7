"""Rows of a small run carry the truth of what they are, whatever kind of entity they are."""

from __future__ import annotations

import functools
from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from fluxhound.detection.measures import measure_columns
from fluxhound.enrichment.opening import open_tables
from fluxhound.lab.corpus import TRUTH, UNKNOWN, everything, labelled, profiled, truth_of
from fluxhound.lab.parameters import parameters
from fluxhound.lab.plan import RESOLVERS, VANTAGES
from fluxhound.lab.setting import Setting
from fluxhound.records import EntityKind
from tests.lab.tables import entity, judged, truth
from tests.lab.worlds import world

COUNTS = {"classic": 3, "double": 4, "dga": 8, "ntp-pool": 2, "cdn-own": 4, "ordinary": 40}
SETTING = Setting(
    seed=11,
    counts=COUNTS,
    vantage=VANTAGES[RESOLVERS],
    until=6 * 3_600,
    overrides={"double": {"popularity": 300}},  # asked for often enough to show its servers
)
#: A truth of domains whose archetypes alternate, so that rows are not votes.
KNOWN = truth([("a.test", "dga"), ("b.test", "-cdn"), ("c.test", "dga"), ("d.test", "-cdn")])
KNOWN = KNOWN.append_column("hosts", pa.array(["lines", "", "lines", ""]))


@functools.cache
def made() -> tuple[pa.Table, pa.Table, pa.Table, int]:
    """Return profiles, their rows with truth, the truth, and the number of responses."""
    with profiled(SETTING, tables=open_tables(), world=world(), given=parameters()) as run:
        return run.profiles, labelled(run), run.truth, run.responses


def of_kind(kind: EntityKind) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [r for r in made()[1].to_pylist() if r["kind"] == kind]
    return rows


@pytest.mark.parametrize(
    "kind", [EntityKind.NAME, EntityKind.REGISTERED_DOMAIN, EntityKind.NAME_SERVER]
)
def test_each_entity_is_what_its_registered_domain_is(kind: EntityKind) -> None:
    known: dict[str, dict[str, Any]] = {}
    for row in made()[2].to_pylist():
        known.setdefault(row["registered_domain"], row)
    rows = of_kind(kind)
    assert rows
    for row in rows:
        found = {name: row[name] for name in TRUTH}
        assert found == {name: known[row["registered_domain"]][name] for name in TRUTH}


def test_a_network_is_what_most_of_its_domains_are() -> None:
    networks = of_kind(EntityKind.NETWORK)
    assert {row["archetype"] for row in networks} & {"dga", "double"}
    for network in networks:
        members = {
            row["registered_domain"]: row["archetype"]
            for row in made()[1].to_pylist()
            if row["network"] == network["entity"]
        }
        votes = Counter(members.values())
        assert votes[network["archetype"]] == max(votes.values()) >= 1
        assert network["flux"] is parameters().archetypes[network["archetype"]].flux


def test_no_row_is_of_unknown_truth() -> None:
    assert UNKNOWN not in made()[1].column("archetype").to_pylist()


def test_every_measure_is_a_column_beside_words_truth_and_run() -> None:
    profiles, rows, _, responses = made()
    words = {"kind", "name", "registered_domain"}
    run = {"seed", "horizon_s", "vantage"}
    assert set(rows.column_names) == {*words, *measure_columns(profiles), *TRUTH, *run}
    assert rows.num_rows == profiles.num_rows < responses
    assert set(rows.column("seed").to_pylist()) == {11}
    assert set(rows.column("horizon_s").to_pylist()) == {6 * 3_600}
    assert set(rows.column("vantage").to_pylist()) == {RESOLVERS}


def test_the_screen_lets_all_pass() -> None:
    assert everything(pa.table({"units": [1, 2]})).tolist() == [True, True]


def network(number: int) -> Any:
    return entity("", kind="network", name=f"network-{number}", entity=number)


def member(domain: str, number: int | None, **more: Any) -> Any:
    return entity(domain, network=number, **more)


def archetypes(rows: list[Any]) -> list[str]:
    # Numbers of entities of the rest must not be those of networks.
    rows = [{"entity": 100 + place, **row} for place, row in enumerate(rows)]
    found: list[str] = truth_of(judged(rows), KNOWN)["archetype"].to_pylist()
    return found


@pytest.mark.parametrize(
    ("members", "kind"),
    [
        ([("a.test", 7), ("c.test", 7), ("b.test", 7)], "dga"),
        # Two of one archetype win although one domain of the other has more rows.
        ([("a.test", 7), ("b.test", 7), ("d.test", 7)], "cdn"),
        ([("b.test", 7), ("d.test", 7), ("a.test", 7), ("a.test", 7), ("a.test", 7)], "cdn"),
        # Of equal ones, what stands first in the truth; whatever order the rows stand in.
        ([("b.test", 7), ("a.test", 7)], "dga"),
        # Members of others, of none, and without truth have no vote.
        ([("b.test", 7), ("a.test", 8), ("c.test", None), ("x.test", 7), ("y.test", 7)], "cdn"),
        ([("x.test", 7), ("a.test", 8)], UNKNOWN),
        ([("a.test", None)], UNKNOWN),
        ([], UNKNOWN),
    ],
)
def test_domains_vote_by_archetype(members: list[tuple[str, int | None]], kind: str) -> None:
    rows = [network(7), *(member(*each) for each in members)]
    assert archetypes(rows)[0] == kind
    assert archetypes(rows[::-1])[-1] == kind


def test_several_networks_are_told_apart_in_any_order() -> None:
    rows = [
        network(9),
        member("a.test", 4),
        network(4),
        member("b.test", 9, kind="name"),
        member("d.test", 9, kind="name-server"),
        network(5),
        member("x.test", None),
    ]
    assert archetypes(rows) == ["cdn", "dga", "dga", "cdn", "cdn", UNKNOWN, UNKNOWN]


def test_truth_is_of_one_member_and_empty_where_none_is_known() -> None:
    rows = [network(7), member("c.test", 7), network(8)]
    columns = truth_of(judged(rows), KNOWN)
    assert columns["pool"].to_pylist() == [2, 2, 0]
    assert columns["flux"].to_pylist() == [True, True, False]
    assert columns["hosts"].to_pylist() == ["lines", "lines", UNKNOWN]
    assert truth_of(judged([]), KNOWN)["family"].to_pylist() == []


def test_measures_are_floats() -> None:
    rows = made()[1]
    assert rows.schema.field("entity").type == pa.float64()
    assert np.isfinite(rows.column("answers").to_numpy()).all()
