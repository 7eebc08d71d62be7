from __future__ import annotations

import numpy as np
import pytest

from fluxhound.service.breadth import Breadth


def array(*values: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(values, dtype=np.int64)


def keys(*values: int) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    return np.array(values, dtype=np.uint64)


def breadth(*domains: int, most: int = 100) -> Breadth:
    """Return names 1, 2, 3 ... of these *domains*."""
    made = Breadth(most)
    made.add(keys(*range(1, len(domains) + 1)), keys(*domains))
    return made


@pytest.mark.parametrize(
    ("answers", "networks", "passed"),
    [
        ([(0, 1, 0), (0, 1, 0)], 1, False),  # one address, then another
        ([(0, 1, 0), (0, 1, 0), (0, 1, 0)], 1, True),
        ([(0, 4, 0)], 4, False),
        ([(0, 5, 0)], 3, True),
        ([(0, 5, 0)], 2, False),
        ([(0, 1, 2), (0, 1, 2)], 1, True),  # two new ones of IPv6
        ([(0, 4, 0), (1, 4, 0)], 4, True),  # of two names together
        ([(0, 4, 0), (1, 4, 0)], 3, False),
        ([(0, 4, 0), (2, 4, 0)], 4, False),  # of two domains
    ],
)
def test_what_passes(answers: list[tuple[int, int, int]], networks: int, *, passed: bool) -> None:
    made = breadth(70, 70, 80)
    for name, ipv4, ipv6 in answers:
        made.widen(array(name), array(ipv4), array(ipv6))
    names = array(*(name for name, _, _ in answers))
    seen = (np.arange(1, networks + 1, dtype=np.uint64) << np.uint64(33)).repeat(2)
    made.spread(np.full(len(seen), names[0]), seen)
    made.pass_gate(names)
    assert bool(made.domains["passed"].any()) is passed


def test_networks_are_counted_once_and_up_to_four() -> None:
    made = breadth(70, 70, 80)
    for wave in ([1, 1, 2], [2, 3], [4, 5, 6]):
        made.spread(array(*([0] * len(wave))), keys(*wave) << np.uint64(40))
    counts = (made.domains["networks"] != 0).sum(axis=1)
    assert counts.tolist() == [4, 0]


def test_names_beyond_the_bound_go_and_candidates_stay() -> None:
    made = Breadth(1000)
    made.add(keys(*range(1, 11)), keys(*[5] * 10))
    made.domains["state"][:] = 4
    made.asked(array(*range(10)))
    for start in range(100, 5000, 100):
        made.add(keys(*range(start, start + 100)), keys(*range(start, start + 100)))
        made.asked(made.names_at(keys(*range(start, start + 100))))
        made.trim()
    assert len(made.names) <= 1000
    assert made.forgotten > 0
    kept = made.names_at(keys(*range(1, 11)))
    assert (kept >= 0).all()
    assert made.domains["key"][made.domain_of(kept)].tolist() == [5] * 10
    assert made.domains["names"][made.domains_at(keys(5))].tolist() == [10]
    assert sorted(made.names_of(made.domains_at(keys(5))).tolist()) == list(range(1, 11))
    assert made.octets > 0
