from __future__ import annotations

import re

import numpy as np
import pyarrow.compute as pc
import pytest

from fluxhound.enrichment.domains import domain_table
from fluxhound.lab.dice import mix
from fluxhound.lab.naming import (
    ARCHETYPE_BITS,
    DYNAMIC_SUFFIXES,
    codes,
    host_labels,
    random_letters,
    registered,
    scattered,
    words,
)
from fluxhound.lab.parameters import LABELS, parameters
from tests.lab.worlds import draws

#: Host names as RFC 1123 section 2.1 allows them.
NAME = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*")
COUNT = 50_000


@pytest.mark.parametrize("style", ["words", "random", "half-random", "dynamic"])
def test_registered_domains_are_valid_and_all_different(style: str) -> None:
    code = codes(0, 3, np.arange(COUNT))
    names = registered(code, 7, style, np.arange(COUNT) % 5)
    assert len(pc.unique(names)) == COUNT
    some = names.slice(0, 3000).to_pylist()
    assert all(NAME.fullmatch(name) and len(name) < 60 for name in some)
    assert domain_table().lookup(some).column("registered_domain").to_pylist() == some


def test_labels_differ_for_all_numbers_of_35_bits() -> None:
    state = draws(COUNT) * np.uint64(687_194) + np.uint64(11)
    assert len(pc.unique(words(state))) == COUNT
    assert len(pc.unique(random_letters(state))) == COUNT


def test_codes_are_scattered_one_to_one() -> None:
    code = np.concatenate([codes(role, 9, np.arange(20_000)) for role in range(6)])
    assert len(np.unique(scattered(code, 5))) == len(code)
    assert (scattered(code, 5) != scattered(code, 6)).mean() > 0.99


def test_an_archetype_s_number_fits_into_a_code() -> None:
    assert len(parameters().archetypes) <= 1 << ARCHETYPE_BITS


def test_seeds_share_hardly_any_names() -> None:
    one, other = (registered(codes(0, 1, np.arange(COUNT)), seed) for seed in (1, 2))
    assert pc.sum(pc.is_in(one, other)).as_py() <= 2


def test_dynamic_hosts_stand_under_their_service() -> None:
    names = registered(codes(0, 1, np.arange(4)), 1, "dynamic", np.array([0, 1, 2, 0]))
    ends = [name.split(".", 1)[1] for name in names.to_pylist()]
    assert ends == [DYNAMIC_SUFFIXES[i] for i in (0, 1, 2, 0)]


@pytest.mark.parametrize("sort", LABELS)
def test_hosts_of_a_domain_are_valid_and_differ(sort: str) -> None:
    hosts = 4 if sort in ("numbers", "seeds") else 40
    domain = mix(np.repeat(draws(50), hosts), 3)
    labels = host_labels(sort, domain, np.tile(np.arange(hosts), 50)).to_pylist()
    assert all(not label or NAME.fullmatch(label.removesuffix(".")) for label in labels)
    for begin in range(0, len(labels), hosts):
        assert len(set(labels[begin : begin + hosts])) == hosts


def test_www_and_the_domain_itself_come_first() -> None:
    labels = host_labels("usual", mix(draws(400), 1), np.zeros(400, np.int64)).to_pylist()
    assert set(labels) == {"www.", ""}
    assert 0.5 < labels.count("www.") / 400 < 0.7
