from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from fluxhound.lab.vantage import Vantage
from tests.lab.runs import ABOVE, BUSY, busy, by_domain, rows, traffic, with_truth

NETWORKS = ("cdn-inside", "cdn-own")


@pytest.mark.parametrize("name", NETWORKS)
def test_resolvers_of_one_place_see_other_hosts_than_those_elsewhere(name: str) -> None:
    shared: dict[bool, list[float]] = {True: [], False: []}
    for found in by_domain(busy(name, 12)).values():
        seen: dict[int, set[str]] = defaultdict(set)
        for row in found:
            if row["type"] == "A":
                seen[int(row["sensor"].split(".")[1])] |= set(row["addresses"])
        for one, other in ((0, 3), (0, 1), (0, 2), (1, 2)):
            if one in seen and other in seen:
                union = seen[one] | seen[other]
                alike = len(seen[one] & seen[other]) / len(union)
                shared[(one, other) == (0, 3)].append(alike)
    assert np.mean(shared[True]) > 0.4
    assert np.mean(shared[False]) < 0.3 * np.mean(shared[True])


@pytest.mark.parametrize(("name", "most"), [("cdn-inside", 3), ("cdn-own", 8)])
def test_answers_are_small_and_their_ttl_short(name: str, most: int) -> None:
    for found in by_domain(busy(name, 12)).values():
        assert max(len(row["addresses"]) for row in found) == found[0]["size"] <= most
        assert {row["ttl"] for row in found} == {found[0]["true_ttl"]}
        assert found[0]["ttl"] in (20, 30, 60, 120, 300)


def test_one_resolver_sees_a_closed_set_of_hosts() -> None:
    alike = []
    for found in by_domain(busy("cdn-inside", 12)).values():
        a = [row for row in found if row["type"] == "A" and row["sensor"] == "10.1.0.53"]
        first = {x for row in a[: len(a) // 2] for x in row["addresses"]}
        second = {x for row in a[len(a) // 2 :] for x in row["addresses"]}
        if len(a) > 50:
            alike.append(len(first & second) / len(first | second))
    assert np.median(alike) > 0.3  # now and then a far site answers


def test_some_customers_have_two_operators_in_turn() -> None:
    changes = {"several": 1.0, "chain": 1} | BUSY
    run = traffic(2, counts={"cdn-own": 8}, vantage=ABOVE, overrides={"cdn-own": changes})
    for found in by_domain(with_truth(rows(run), run.truth)).values():
        first = {row["answers"].split(",")[0] for row in found if row["role"] == "domain"}
        targets = {target.split(".", 1)[1] for target in first if target[-1].isalpha()}
        assert len(targets) <= 2
        if len(targets) == 2:
            break
    else:
        raise AssertionError("no customer had two operators")


def test_client_networks_are_told_apart_where_the_resolver_sends_them() -> None:
    def distinct(share: float) -> float:
        vantage = Vantage(position="above", servers=False, resolvers=1, ecs_share=share)
        found = by_domain(busy("cdn-own", 6, vantage=vantage)).values()
        return float(np.mean([len({a for row in f for a in row["addresses"]}) for f in found]))

    assert distinct(1.0) > 2 * distinct(0.0)
