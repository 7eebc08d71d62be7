"""Every baseline's score stands for its verdict, and says more where the verdict says nothing."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.detection.baselines import BASELINES, LINES, SCORES, decided, evaluate, scores
from tests.detection.baselines.columns import REALS, columns

COUNT = st.integers(-1, 60)
REAL = st.one_of(st.just(math.nan), st.floats(0, 4_000))
COUNTS = (
    "n_a", "n_asn", "n_24", "n_16", "n_country", "n_ns", "answers", "largest_set", "largest_asn",
    "largest_24", "largest_country", "first_two_n_a", "first_two_n_asn", "stretch_n_a",
    "stretch_n_asn",
)  # fmt: skip
ROW = st.fixed_dictionaries(dict.fromkeys(COUNTS, COUNT) | dict.fromkeys(sorted(REALS), REAL))


@given(st.lists(ROW, min_size=1, max_size=8))
def test_scores_stand_for_the_verdicts(rows: list[dict[str, float]]) -> None:
    pairs = [(at, at * 7 + i) for at, row in enumerate(rows) for i in range(int(row["n_a"]))]
    inputs = columns(
        **{name: [row[name] for row in rows] for name in rows[0]},
        pair_entity=[at for at, _ in pairs],
        pair_address=[address for _, address in pairs],
    )
    said, found = evaluate(inputs), scores(inputs)
    assert {n: decided(n, found[n]).tolist() for n in BASELINES} == {
        n: said[n].tolist() for n in BASELINES
    }


def test_every_baseline_has_a_score_and_a_line() -> None:
    assert list(SCORES) == list(LINES) == list(BASELINES)


def test_nothing_known_has_no_score() -> None:
    assert all(np.isnan(v).all() for v in scores(columns(n_a=[-1, -1])).values())


@pytest.mark.parametrize(
    ("name", "given", "score"),
    [
        ("holz_24h", {"n_a": 10, "n_asn": 2}, 1.32 * 10 + 18.54 * 2),
        ("holz_two_lookups", {"first_two_n_a": 4, "first_two_n_asn": 3}, 1.32 * 4 + 18.54 * 3),
        ("zeek_script", {"stretch_n_a": 4, "stretch_n_asn": 2}, 0.5 * (1.32 * 4 + 18.54 * 2)),
        (
            "stalmans_holz",
            {"largest_set": 5, "largest_asn": 2, "ttl_max": 300.0},
            1.32 * 5 + 18.54 * 2 + 5 - 50,
        ),
        (
            "stalmans_jp",
            {"largest_set": 5, "largest_asn": 2, "largest_24": 3, "largest_country": 1,
             "ttl_max": 900.0, "n_ns": 2},
            5 + 2 + 1.5 * (3 + 2) + 2,
        ),
        ("five_addresses", {"n_a": 17, "n_asn": 4, "ttl_max": 1800.0}, 17),
        ("five_addresses", {"n_a": 17, "n_asn": 3, "ttl_max": 1800.0}, 0),
        ("five_addresses", {"n_a": 17, "n_asn": 9, "ttl_max": 1801.0}, 0),
        ("five_addresses_short_ttl", {"n_a": 3, "n_asn": 3, "ttl_mean": 300.0}, 3),
    ],
)  # fmt: skip
def test_scores_by_hand(name: str, given: dict[str, float], score: float) -> None:
    inputs = columns(**{key: [value] for key, value in ({"n_a": 0} | given).items()})
    assert scores(inputs)[name].tolist() == pytest.approx([score])


def test_a_cluster_that_grows_faster_scores_higher_within_its_leaf() -> None:
    inputs = columns(
        n_a=[4, 4], answers=[16, 8], ttl_max=[300.0, 300.0], ttl_mean=[300.0, 300.0],
        h16=[2.0, 2.0], largest_set=[4, 4], largest_h16=[2.0, 2.0],
        pair_entity=[0] * 4 + [1] * 4,
        pair_address=[i << 16 for i in range(1, 5)] + [i << 16 for i in range(11, 15)],
    )  # fmt: skip
    # Diversity 1 and TTL 300: not flux in the tree, growth 1/4 and 1/2.
    assert scores(inputs)["fluxbuster"].tolist() == pytest.approx([0.2, 1 / 3])
