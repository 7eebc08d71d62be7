from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.intel.moments import moment, moments

NOON = datetime(2024, 1, 23, 12, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2024-01-23", NOON - 43_200),
        ("20240123", NOON - 43_200),
        ("2024-01-23 12:00", NOON),
        ("2024-01-23 12:00:00", NOON),
        ("2024-01-23 12:00:00 UTC", NOON),
        ("2024-01-23T12:00:00Z", NOON),
        ("2024-01-23T12:00:00.500Z", NOON + 0.5),
        ("2024-01-23T14:00:00+02:00", NOON),
        ("2024-01-23T14:00:00+0200", NOON),
        (str(int(NOON)), NOON),
        ('"2024-01-23 12:00:00"', NOON),
        ("9999-12-31", None),
        ("1970-01-01", None),
        ("2024-02-31", None),
        ("2024-01-23 25:00", None),
        ("yesterday", None),
        ("", None),
        ("1" * 5_000, None),
    ],
)
def test_times_are_read(text: str, time: float | None) -> None:
    assert moment(text) == time


def test_columns_are_read_alike() -> None:
    column = pa.array(["2024-01-23", None, "never", "2024-01-23"])
    assert moments(column).to_pylist() == [NOON - 43_200, None, None, NOON - 43_200]


@given(st.text(max_size=50))
def test_any_text_is_a_time_or_none(text: str) -> None:
    found = moment(text)
    assert found is None or found > 0


@given(st.datetimes(datetime(1981, 1, 1), datetime(2099, 1, 1)))  # noqa: DTZ001 - the zone is added below
def test_iso_times_round_trip(when: datetime) -> None:
    aware = when.replace(tzinfo=UTC)
    assert moment(aware.isoformat()) == pytest.approx(aware.timestamp(), abs=1e-3)
