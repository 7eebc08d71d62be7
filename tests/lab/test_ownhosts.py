from __future__ import annotations

from collections import defaultdict

import pytest

from tests.lab.runs import ABOVE, BUSY, busy, by_domain, rows, traffic, with_truth
from tests.lab.test_rotations import epochs


@pytest.mark.parametrize("name", ["anycast", "ordinary", "round-robin", "sinkholed"])
def test_what_stands_still_gives_each_name_one_set(name: str) -> None:
    still = []
    for found in by_domain(busy(name, 20)).values():
        sets = defaultdict(set)
        for row in found:
            sets[row["name"], row["type"]].add(tuple(sorted(row["addresses"])))
        still += [len(s) == 1 for s in sets.values()]
    # A few ordinary names move, and some stand with hosters that change addresses.
    assert sum(still) >= (0.9 if name == "ordinary" else 1) * len(still)


def test_round_robin_turns_the_order_of_its_addresses() -> None:
    for found in by_domain(busy("round-robin", 4)).values():
        orders = {row["answers"] for row in found if row["type"] == "A"}
        assert 1 < len(orders) <= 16 * 6
        assert 2 <= len(found[0]["addresses"]) <= 16


def test_three_ordinary_names_of_four_have_one_address() -> None:
    run = traffic(2, counts={"ordinary": 400}, vantage=ABOVE)
    table = with_truth(rows(run), run.truth)
    sizes = [f[0]["size"] for f in by_domain(table).values()]
    assert 0.68 < sizes.count(1) / len(sizes) < 0.82
    assert max(sizes) <= 4


def test_balancers_drift_slowly_and_sometimes_scale() -> None:
    fresh, more = [], 0
    for found in by_domain(busy("balancer", 25)).values():
        distinct = {a for row in found if row["type"] == "A" for a in row["addresses"]}
        sizes = {len(row["addresses"]) for row in found if row["type"] == "A"}
        assert max(sizes) <= 8
        more += len(sizes) > 1
        fresh.append(len(distinct) - found[0]["size"])
    assert more >= 2
    assert 0 <= sorted(fresh)[len(fresh) // 2] <= 12


def test_dynamic_hosts_change_address_at_most_once_a_day() -> None:
    run = traffic(
        3, counts={"dynamic-host": 40}, days=3.0, vantage=ABOVE,
        overrides={"dynamic-host": {"popularity": 30}},
    )  # fmt: skip
    changes = []
    for found in by_domain(with_truth(rows(run), run.truth)).values():
        assert all(len(row["addresses"]) == 1 for row in found)
        changes.append(len(epochs(found)) - 1)
    assert max(changes) <= 4
    changing = sum(change > 0 for change in changes) / len(changes)
    assert 0.2 < changing < 0.65


def test_every_name_of_a_dynamic_apex_has_a_host_of_its_own() -> None:
    run = traffic(
        1,
        counts={"dynamic-apex": 2},
        vantage=ABOVE,
        overrides={"dynamic-apex": {"ip_in_name": 0.0}},
    )
    for found in by_domain(with_truth(rows(run), run.truth)).values():
        names = {row["name"] for row in found}
        addresses = {row["addresses"][0] for row in found}
        assert len(addresses) > 0.9 * len(names)


def test_an_address_in_a_name_is_the_answer() -> None:
    run = traffic(
        1, counts={"dynamic-apex": 2}, days=2.0, vantage=ABOVE,
        overrides={"dynamic-apex": {"ip_in_name": 1.0}},
    )  # fmt: skip
    for found in by_domain(with_truth(rows(run), run.truth)).values():
        for row in found:
            assert row["name"].split(".")[0].replace("-", ".") == row["addresses"][0]


def test_parked_names_share_a_few_addresses() -> None:
    run = traffic(1, counts={"parked": 500}, vantage=ABOVE)
    table = with_truth(rows(run), run.truth)
    addresses = {a for f in by_domain(table).values() for row in f for a in row["addresses"]}
    assert len(addresses) < 150


def test_some_ordinary_names_move_once() -> None:
    changes = {"own_answers": 0.0, "dual_stack": 0.0, "drift": 0.0, "fresh": 0.0}
    base = {"counts": {"ordinary": 60}, "days": 200.0, "vantage": ABOVE}
    run = traffic(5, **base, overrides={"ordinary": changes})
    moved = [
        len({tuple(sorted(row["addresses"])) for row in found})
        for found in by_domain(with_truth(rows(run), run.truth)).values()
    ]
    assert set(moved) == {1, 2}
    assert 3 <= moved.count(2) <= 30


def test_made_up_labels_of_one_domain_share_its_hosts() -> None:
    changes = {"ordinary": BUSY | {"fresh": 1.0}}
    run = traffic(1, counts={"ordinary": 12}, vantage=ABOVE, overrides=changes)
    for found in by_domain(with_truth(rows(run), run.truth)).values():
        names = {row["name"] for row in found}
        addresses = {a for row in found if row["type"] == "A" for a in row["addresses"]}
        assert len(names) > 20
        assert len(addresses) <= 10


def test_some_endpoints_show_a_few_of_many_hosts() -> None:
    run = traffic(
        1, counts={"balancer": 6}, vantage=ABOVE, overrides={"balancer": BUSY | {"own_hosts": 256}}
    )
    for found in by_domain(with_truth(rows(run), run.truth)).values():
        a = [row for row in found if row["type"] == "A"]
        assert max(len(row["addresses"]) for row in a) <= 8
        assert len({x for row in a for x in row["addresses"]}) > 50
