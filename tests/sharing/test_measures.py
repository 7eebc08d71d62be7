from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.detection.findings import COUNTS, REALS
from fluxhound.detection.model import Feature, model
from fluxhound.sharing import measures


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0 s"),
        (0.25, "0.25 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (3_600, "1 h"),
        (3_661, "1 h 1 min"),
        (86_400, "1 d"),
        (90_000, "1 d 1 h"),
        (86_460, "1 d"),
        (1e8, "1,157 d 9 h"),
    ],
)
def test_durations(seconds: float, shown: str) -> None:
    assert measures.duration(seconds) == shown


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (None, "s", "–"),  # noqa: RUF001 - the dash we show
        (1, "ASNs", "1 ASN"),
        (1, "addresses", "1 address"),
        (1, "countries", "1 country"),
        (1, "refreshes", "1 refresh"),
        (1, "boxes", "1 box"),
        (1, "TTLs", "1 TTL"),
        (0.998, "share", ">99%"),
        (1, "share", "100%"),
        (1, "s", "1 s"),
        (0.964, "share", "96%"),
        (0, "share", "0%"),
        (0.0001, "share", "<1%"),
        (12345.6, "", "12,346"),
        (0.98342, "bits", "0.983 bits"),
    ],
)
def test_values_with_units(value: float | None, unit: str, shown: str) -> None:
    assert measures.with_unit(value, unit) == shown


def test_unknown_measures_are_shown_by_their_name() -> None:
    assert measures.title("odd_new_per_day") == "odd new per day"
    assert measures.written("odd_share", 0.5) == "50%"
    assert measures.written("odd_s", 30) == "30 s"
    assert measures.written("never_heard_of", None) == measures.UNSEEN
    assert measures.written("name_life_s", 86_085) == "23 h 54 min"
    assert measures.written("ttl_max", 86_400) == "86,400 s"


def test_other_measures_stand_in_their_order_where_they_have_a_value() -> None:
    seen = {"zz": 1, "aa": 2, "nothing": None, "agreement": 0.5, "operators": 3, "asns": 4}
    assert measures.others(seen) == ["operators", "agreement", "aa", "zz"]


@pytest.mark.parametrize("key", [*COUNTS, *REALS])
def test_every_measure_of_the_detector_has_its_title_and_unit(key: str) -> None:
    assert key in measures.BY_KEY or key in measures.MORE
    usual = "share" if key.endswith(("_share", "_rate")) else "s" if key.endswith("_s") else None
    assert usual in (None, measures.unit_of(key))


@pytest.mark.parametrize("feature", model().features, ids=lambda f: f.id)
def test_evidence_is_worded_for_one_of_a_thing_too(feature: Feature) -> None:
    said = feature.text.split("; ") if feature.by else [feature.text]
    for mark, unit in [
        ("{value}", feature.unit),
        *([("{by}", feature.by_unit)] * bool(feature.by)),
    ]:
        (part,) = [part for part in said if mark in part]
        plain = part.endswith(mark) or unit in {"share", "s", "h"}
        assert plain, "write it as 'things: {value}', and pairs as 'things: {value}; others: {by}'"


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0 answers"), (1, "1 answer"), (2, "2 answers"), (1_000, "1,000 answers")],
)
def test_one_of_a_thing_is_singular(number: int, text: str) -> None:
    assert measures.amount(number, "answer") == text
    assert measures.amount(1, "address", "addresses") == "1 address"


@given(st.floats(0, 1e12))
def test_any_length_of_time_has_at_most_two_units(seconds: float) -> None:
    assert 2 <= len(measures.duration(seconds).split(" ")) <= 4


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_any_number_can_be_written(value: float) -> None:
    assert measures.number(value)
