from __future__ import annotations

import itertools
from collections import defaultdict
from typing import Any

import numpy as np
import pytest

from fluxhound.lab.rotations import turns
from fluxhound.lab.vantage import Vantage
from tests.lab.runs import ABOVE, BUSY, busy, by_domain, rows, traffic, with_truth
from tests.lab.worlds import draws

#: Archetypes whose answers are rotated for everybody, and bounds of k and TTL in the table.
ROTATING = {
    "classic": (5, 15, 60, 600),
    "double": (3, 10, 60, 600),
    "one-address": (1, 1, 30, 600),
    "regional": (8, 12, 150, 150),
    "slow": (1, 3, 600, 86_400),
    "low-count": (1, 3, 300, 900),
    "cloud": (1, 4, 30, 300),
    "bulletproof": (1, 3, 60, 600),
    "wildcard": (1, 3, 60, 300),
    "dga": (1, 10, 60, 600),
}


def epochs(found: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    """Return the answer sets of one domain in the order they were seen, repeats left out."""
    sets = [tuple(sorted(row["addresses"])) for row in found if row["type"] == "A"]
    return [s for s, before in zip(sets, [None, *sets], strict=False) if s != before]


@pytest.mark.parametrize("name", ROTATING)
def test_flux_answers_as_the_table_says(name: str) -> None:
    low, high, shortest, longest = ROTATING[name]
    for found in by_domain(busy(name)).values():
        sizes = {len(row["addresses"]) for row in found if row["type"] == "A"}
        assert len(sizes) <= 2  # now and then two places of an answer drew one host
        assert max(sizes) == found[0]["size"]
        assert low <= max(sizes) <= high
        assert {row["ttl"] for row in found} == {found[0]["true_ttl"]}
        assert shortest <= found[0]["ttl"] <= longest


@pytest.mark.parametrize("name", ["classic", "one-address", "cloud", "regional", "low-count"])
def test_flux_shows_everybody_the_same_set_at_one_time(name: str) -> None:
    for found in by_domain(busy(name)).values():
        moments = defaultdict(set)
        for row in found:
            if row["type"] == "A":
                moments[int(row["seconds"] // 30)].add(tuple(sorted(row["addresses"])))
        several = [len(sets) for sets in moments.values()]
        # A rotation may fall into the half minute; two may not.
        assert max(several) <= 2
        assert np.mean(several) < 1.5


@pytest.mark.parametrize(("name", "least"), [("classic", 300), ("one-address", 25), ("cloud", 15)])
def test_flux_goes_through_its_pool(name: str, least: int) -> None:
    for found in by_domain(busy(name)).values():
        distinct = {address for row in found if row["type"] == "A" for address in row["addresses"]}
        days = (found[-1]["seconds"] - found[0]["seconds"]) / 86_400
        assert len(distinct) >= least * days * 0.5


def test_rotations_last_from_one_to_two_ttls() -> None:
    for found in by_domain(busy("classic")).values():
        last = found[-1]["seconds"] - found[0]["seconds"]
        assert last / len(epochs(found)) > 0.8 * found[0]["true_ttl"]
        assert found[0]["true_ttl"] <= found[0]["rotation_s"] <= 2 * found[0]["true_ttl"]


def test_some_flux_replaces_only_a_part_of_its_answer() -> None:
    table = busy("classic", 30)
    overlaps = []
    for found in by_domain(table).values():
        sets = [set(s) for s in epochs(found)]
        shared = [len(a & b) / len(a) for a, b in itertools.pairwise(sets)]
        overlaps.append(float(np.mean(shared)))
    assert min(overlaps) < 0.05
    assert max(overlaps) > 0.4


@pytest.mark.parametrize("name", ["per-query", "peer-seeds", "ntp-pool", "mirror-pool"])
def test_what_is_drawn_for_each_response_differs_between_resolvers(name: str) -> None:
    for found in by_domain(busy(name, 4)).values():
        sets = [tuple(sorted(row["addresses"])) for row in found if row["type"] == "A"]
        assert len(set(sets)) > 0.7 * len(sets)


def test_regions_of_the_ntp_pool_share_few_hosts() -> None:
    regions: dict[str, set[str]] = defaultdict(set)
    for found in by_domain(busy("ntp-pool", 1)).values():
        for row in found:
            country = row["name"].split(".")[0].isalpha()
            if row["type"] == "A" and (not country or row["name"].count(".") == 1):
                regions[row["sensor"]] |= set(row["addresses"])
    # Resolver 3 stands where resolver 0 stands, resolvers 1 and 2 stand elsewhere.
    one, far, near = regions["10.0.0.53"], regions["10.1.0.53"], regions["10.3.0.53"]
    assert len(one & far) < 0.6 * len(one & near)


def test_relays_change_hourly_or_for_each_response() -> None:
    rotations = {r for f in by_domain(busy("relay", 12)).values() for r in {f[0]["rotation_s"]}}
    assert rotations == {0.0, 3600.0}


def test_answers_by_place_divide_the_pool() -> None:
    changes = {"view": "place", "replaced": 1, "live": 900} | BUSY
    run = traffic(2, counts={"classic": 2}, vantage=ABOVE, overrides={"classic": changes})
    places: dict[tuple[str, int], set[str]] = defaultdict(set)
    for name, found in by_domain(with_truth(rows(run), run.truth)).items():
        for row in found:
            if row["type"] == "A":
                places[name, int(row["sensor"].split(".")[1]) % 3] |= set(row["addresses"])
    for (name, place), addresses in places.items():
        for other in range(3):
            if other != place and (name, other) in places:
                assert len(addresses & places[name, other]) < 0.05 * len(addresses)


@pytest.mark.parametrize(("sort", "first"), [("private", ("10.", "172.", "192.168.", "127."))])
def test_decoys_are_mixed_into_answers(sort: str, first: tuple[str, ...]) -> None:
    changes = {"decoys": 2, "decoy_sort": sort, "answers": 5, "taken_down": 0.0} | BUSY
    run = traffic(3, counts={"classic": 3}, vantage=ABOVE, overrides={"classic": changes})
    for found in by_domain(with_truth(rows(run), run.truth)).values():
        row = found[0]
        assert len(row["addresses"]) == 7
        assert sum(address.startswith(first) for address in row["addresses"]) >= 2


def test_a_name_that_is_taken_down_ends_in_a_sinkhole() -> None:
    changes = {"taken_down": 1.0, "beginning": 0.0} | BUSY
    run = traffic(4, counts={"classic": 8}, vantage=ABOVE, overrides={"classic": changes})
    ends: dict[str, tuple[str, ...]] = {}
    for name, found in by_domain(with_truth(rows(run), run.truth)).items():
        ends[name] = epochs(found)[-1]
    assert sum(len(end) == 1 for end in ends.values()) >= 6
    assert len({end for end in ends.values() if len(end) == 1}) <= 6


def test_turns_follow_one_another_without_gaps() -> None:
    seconds = np.arange(0.0, 5000.0, 7.0)
    keys = np.repeat(draws(1), len(seconds))
    turn, begin = turns(keys, np.full(len(seconds), 100.0), seconds)
    assert set(np.diff(turn).tolist()) == {0, 1}
    assert turn.min() >= 0
    assert ((begin >= 0) & (begin <= seconds + 1)).all()


def test_flux_at_two_vantage_points_is_the_same_flux() -> None:
    few, many = (busy("classic", 3, vantage=Vantage(
        position="above", servers=False, resolvers=n)) for n in (1, 8))  # fmt: skip
    for name, found in by_domain(few).items():
        seen = {a for row in by_domain(many)[name] for a in row["addresses"]}
        own = {a for row in found for a in row["addresses"]}
        assert len(own & seen) > 0.5 * len(own)  # each missed some rotations
