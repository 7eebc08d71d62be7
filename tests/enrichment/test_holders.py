from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.enrichment.holders import LONGEST_HOLDER, Patterns, words


@pytest.mark.parametrize(
    ("holder", "expected"),
    [
        ("Telefónica de España, S.A.U.", ["telefonica", "de", "espana", "s", "a", "u"]),
        ('JSC "ER-Telecom Holding"', ["jsc", "er", "telecom", "holding"]),
        ("1&1 Versatel GmbH", ["1", "1", "versatel", "gmbh"]),
        ("中国电信", []),
        ("", []),
    ],
)
def test_words(holder: str, expected: list[str]) -> None:
    assert words(holder) == expected


@pytest.mark.parametrize(
    ("pattern", "name", "matches"),
    [
        ("cloud", "one cloud ltd", True),
        ("cloud", "cloudy ltd", False),
        ("data center", "acme data center", True),
        ("data center", "acme center data", False),
        ("data center", "data", False),
        ("^orange", "orange polska", True),
        ("^orange", "cape orange", False),
        ("telecom*", "telecommunications co", True),
        ("telecom*", "kaztelecom", False),
        ("*telecom", "kaztelecom", True),
        ("*telecom", "telecoms", False),
    ],
)
def test_patterns(pattern: str, name: str, matches: bool) -> None:
    found = Patterns([(pattern, "x")]).labels(words(name))
    assert found == ({"x"} if matches else set())


def test_all_labels_that_match_are_found() -> None:
    patterns = Patterns([("cloud", "a"), ("*net", "b"), ("city of", "c"), ("city", "d")])
    assert patterns.labels(words("City of Xnet Cloud")) == {"a", "b", "c", "d"}


@pytest.mark.parametrize("pattern", ["", "*", "a*b", "Cloud", "two  words", "*a b", "é"])
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="not a pattern"):
        Patterns([(pattern, "x")])


@given(holder=st.text(max_size=400))
def test_words_are_plain_and_bounded(holder: str) -> None:
    found = words(holder)
    assert all(word.isascii() and word.isalnum() and word == word.lower() for word in found)
    assert len(found) <= LONGEST_HOLDER * 20  # one sign may stand for several letters
