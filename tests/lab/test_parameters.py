from __future__ import annotations

import pytest

from fluxhound.errors import ConfigurationError
from fluxhound.lab.parameters import MILLION, parameters, read_parameters, realistic
from fluxhound.lab.spread import Spread

FLUX = {
    "classic", "double", "one-address", "regional", "slow", "low-count", "cloud", "bulletproof",
    "wildcard", "per-query", "dga",
}  # fmt: skip
BENIGN = {
    "cdn-inside", "cdn-own", "anycast", "balancer", "round-robin", "ntp-pool", "peer-seeds",
    "dynamic-host", "dynamic-apex", "relay", "mirror-pool", "parked", "sinkholed", "ordinary",
}  # fmt: skip


def test_the_file_has_every_archetype() -> None:
    known = parameters().archetypes
    assert set(known) == FLUX | BENIGN
    assert {name for name, a in known.items() if a.flux} == FLUX
    assert {a.hosts for a in known.values() if a.flux} == {"lines", "rented"}
    assert {a.hosts for a in known.values() if not a.flux} == {""}


def test_shares_of_a_million_are_a_million() -> None:
    assert sum(a.per_million for a in parameters().archetypes.values()) == pytest.approx(
        MILLION, rel=1e-3
    )


def test_realistic_counts_hold_the_sum_and_every_family() -> None:
    counts = realistic(200_000, flux={"classic": 3})
    assert sum(n for name, n in counts.items() if name in BENIGN) == 200_000
    assert set(counts) == BENIGN | {"classic"}
    assert counts["ntp-pool"] == 8
    assert min(realistic(20).values()) >= 1


def test_a_run_may_change_parameters() -> None:
    changed = parameters().changed(
        {"classic": {"rotation_s": 14_400, "view": "place", "kinds": {"cloud": 1}}}
    )
    classic = changed.archetype("classic")
    assert classic.rotation_s == Spread(14_400, 14_400)
    assert classic.view == "place"
    assert dict(classic.kinds) == {"cloud": 1.0}
    assert parameters().archetype("classic").view == "same"


@pytest.mark.parametrize(
    ("archetype", "change", "words"),
    [
        ("clasic", {}, "no archetype 'clasic'"),
        ("classic", {"ttls": 5}, "classic: ttls"),
        ("classic", {"view": "none"}, "same, place, random"),
        ("classic", {"rotation_s": "often"}, '"query"'),
        ("classic", {"rotation_s": {"low": 1}}, "classic: rotation_s"),
        ("classic", {"demand": {"robots": 1}}, "people"),
        ("classic", {"demand": {"people": -1}}, "people"),
        ("classic", {"ns": {}}, "shares by name"),
        ("classic", {"places": 2.5}, "give a int"),
        ("classic", {"flux": 1}, "give a bool"),
        ("classic", {"style": "poems"}, "words"),
    ],
    ids=str,
)
def test_a_change_that_makes_no_sense_is_told(
    archetype: str, change: dict[str, object], words: str
) -> None:
    with pytest.raises(ConfigurationError, match=words):
        parameters().changed({archetype: change})


@pytest.mark.parametrize("text", ["[archetype", "", "[population]\nqueries_zipf = 1"], ids=str)
def test_a_file_that_is_not_complete_is_told(text: str) -> None:
    with pytest.raises(ConfigurationError, match="lab's parameters"):
        read_parameters(text)
