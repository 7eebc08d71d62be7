"""Bytes taken in exact pieces across the borders of blocks."""

from hypothesis import given
from hypothesis import strategies as st

from fluxhound.sources.cursor import Cursor


@given(st.lists(st.binary(max_size=9), max_size=9), st.lists(st.integers(-9, 9), max_size=20))
def test_takes_and_skips_like_one_string(blocks: list[bytes], steps: list[int]) -> None:
    whole = b"".join(blocks)
    cursor, at = Cursor(iter(blocks)), 0
    for step in steps:
        if step < 0:
            assert cursor.skip(-step) is (at - step <= len(whole))
            at = min(at - step, len(whole))
        else:
            assert cursor.take(step) == whole[at : at + step]
            at = min(at + step, len(whole))
    assert cursor.take(100) == whole[at:]
    assert cursor.take(1) == b""


def test_skip_holds_nothing() -> None:
    cursor = Cursor(b"x" * 1000 for _ in range(1000))
    assert cursor.skip(999_999)
    assert cursor.take(5) == b"x"
    assert not cursor.skip(1)


def test_look_shows_what_was_not_taken() -> None:
    cursor = Cursor(iter([b"", b"abc", b"", b"de"]))
    assert cursor.look() == (b"abc", 0)
    cursor.take(1)
    assert cursor.look() == (b"abc", 1)
    assert cursor.skip(2)
    assert cursor.look() == (b"de", 0)
    cursor.take(2)
    assert cursor.look() == (b"", 0)
    assert cursor.look() == (b"", 0)
