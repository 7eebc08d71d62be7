import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.response.serial import MODULUS, MOST_ADDED, added, following, newer

SERIALS = st.integers(0, MODULUS - 1)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (1, 0, True),
        (0, 1, False),
        (44, 44, False),
        (0, 0xFFFFFFFF, True),
        (100, 0xFFFFFF00, True),
        (0x80000000, 0, False),  # exactly half way round: neither
        (0, 0x80000000, False),
        (0x7FFFFFFF, 0, True),
    ],
)
def test_order_goes_round(one: int, other: int, expected: bool) -> None:
    assert newer(one, other) is expected


@given(SERIALS, st.integers(1, MOST_ADDED))
def test_what_is_added_to_is_newer(serial: int, amount: int) -> None:
    after = added(serial, amount)
    assert newer(after, serial)
    assert not newer(serial, after)


@given(SERIALS, st.floats(0, 2**33))
def test_the_following_serial_is_always_newer(serial: int, now: float) -> None:
    assert newer(following(serial, now), serial)


def test_time_is_taken_where_it_is_newer_and_one_more_where_not() -> None:
    assert following(1, 1_800_000_000.9) == 1_800_000_000
    assert following(1_800_000_000, 1_800_000_000.9) == 1_800_000_001
    assert following(1_800_000_000, 1_700_000_000) == 1_800_000_001


@pytest.mark.parametrize("amount", [-1, MOST_ADDED + 1])
def test_too_much_cannot_be_added(amount: int) -> None:
    with pytest.raises(ValueError, match="cannot be added"):
        added(0, amount)
