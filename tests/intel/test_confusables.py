from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.intel.confusables import decoded, read_as, skeleton


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("xn--bcher-kva", "b\u00fccher"),
        ("plain", "plain"),
        ("xn--", "xn--"),
        ("xn--\u00fc", "xn--\u00fc"),
        ("xn--99999999999", "xn--99999999999"),
        ("xn--" + "a" * 100, "xn--" + "a" * 100),
    ],
)
def test_decoded(label: str, shown: str) -> None:
    assert decoded(label) in (shown, "")


@pytest.mark.parametrize(
    ("label", "read"),
    [
        ("\u0430\u0440\u0440\u04cf\u0435", "apple"),
        ("g\u03bf\u03bfgle", "google"),
        ("\u00e9b\u00e0y", "ebay"),
        ("plain", "plain"),
        ("stra\u00dfe", "strasse"),
    ],
)
def test_skeleton(label: str, read: str) -> None:
    assert skeleton(label) == read


def test_read_as() -> None:
    assert read_as("vvalmart") == ("walmart",)
    assert read_as("plain") == ()


@settings(max_examples=60)
@given(st.text(max_size=60))
def test_any_text(label: str) -> None:
    once = skeleton(label)
    assert once.isascii() or skeleton(once) is not None
    decoded("xn--" + label)
    assert label not in read_as(label)
