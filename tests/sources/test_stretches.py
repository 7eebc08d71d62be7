from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import AddressValueError, IPv4Address

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.sources.jsonblock import REACH, words_of
from fluxhound.sources.stretches import (
    NUMBER_LIMIT,
    Stretches,
    are_addresses,
    are_dotted,
    are_numbers,
    are_truths,
    are_v6,
    equals,
    holds,
    same,
    texts,
)

NUMBER = re.compile(r"(0|[1-9][0-9]*)(\.[0-9]+)?")
numbers = st.text("0123456789.-e", max_size=30)
addresses = st.text("0123456789.", max_size=17) | st.builds(
    lambda parts: ".".join(map(str, parts)), st.lists(st.integers(0, 300), min_size=3, max_size=5)
)
sixes = st.text("0123456789abcdefABCDEF:.gG", max_size=48)


def laid(pieces: list[str]) -> tuple[bytes, Stretches]:
    text = "|".join(pieces).encode() + b"\0" * REACH
    ends = np.cumsum([len(piece) + 1 for piece in pieces], dtype=np.int64) - 1
    return text, Stretches(ends - np.array([len(piece) for piece in pieces], np.int64), ends)


def judged(test: Callable[..., object], pieces: list[str]) -> list[bool]:
    text, some = laid(pieces)
    found: list[bool] = np.asarray(test(words_of(text), some)).tolist()
    return found


def is_v4(text: str) -> bool:
    try:
        return bool(IPv4Address(text))
    except AddressValueError:
        return text == "0.0.0.0"  # noqa: S104 - an address that is false


def is_number(text: str) -> bool:
    return bool(NUMBER.fullmatch(text)) and len(text) <= NUMBER_LIMIT


@given(st.lists(numbers, min_size=1))
@settings(deadline=None, max_examples=50)
def test_numbers(pieces: list[str]) -> None:
    assert judged(are_numbers, pieces) == [is_number(piece) for piece in pieces]


@given(st.lists(addresses, min_size=1))
@settings(deadline=None, max_examples=50)
def test_addresses(pieces: list[str]) -> None:
    assert judged(are_addresses, pieces) == [is_v4(piece) for piece in pieces]


@given(st.lists(sixes, min_size=1))
@settings(deadline=None, max_examples=50)
def test_what_looks_like_ipv6(pieces: list[str]) -> None:
    pattern = re.compile("[0-9a-fA-F:.]{2,45}")
    want = [":" in piece and bool(pattern.fullmatch(piece)) for piece in pieces]
    assert judged(are_v6, pieces) == want


@given(st.lists(st.text("ab.1", max_size=20), min_size=1), st.lists(st.text("ab", max_size=20)))
@settings(deadline=None, max_examples=50)
def test_comparisons(left: list[str], more: list[str]) -> None:
    right = (more + left[::-1])[: len(left)]
    text, both = laid([*left, *right])
    count = len(left)
    ours, theirs = both.of(np.arange(count)), both.of(np.arange(count, 2 * count))
    assert same(words_of(text), ours, theirs).tolist() == [
        a == b for a, b in zip(left, right, strict=True)
    ]
    assert equals(words_of(text), ours, b"ab").tolist() == [each == "ab" for each in left]
    assert texts(text, ours).to_pylist() == left


def test_words_and_starts() -> None:
    assert judged(are_truths, ["true", "false", "tru", "falsey", ""]) == [True, True, *[False] * 3]
    pieces = ["1.2.3", "12345678.example", "1a", "", "2001:db8::"]
    assert judged(are_dotted, pieces) == [True, True, False, False, False]
    text, some = laid(["abcdefghij", "abcdefghix"])
    assert holds(text, some.starts, b"abcdefghij").tolist() == [True, False]
    assert texts(text, some.of(np.array([], np.int64))).to_pylist() == []
