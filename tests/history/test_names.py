from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.history.names import canonical_name


@pytest.mark.parametrize(
    ("name", "canonical"),
    [
        ("a.example", "a.example"),
        ("wWw.ExAmPlE.", "www.example"),
        ("a.example..", "a.example"),
        ("", ""),
        (".", ""),
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.example.", "xn--bcher-kva.example"),
        ("bu\u0308cher.example", "xn--bcher-kva.example"),  # decomposed
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("straße.example", "strasse.example"),  # IDNA 2003, as the registries' A-labels were made
        ("例え.テスト", "xn--r8jz45g.xn--zckzah"),
        ("例え。テスト。", "xn--r8jz45g.xn--zckzah"),  # RFC 3490 section 3.1: other dots
        ("a\\044b.example", "a\\044b.example"),
        ("_dmarc.example", "_dmarc.example"),
        ("x" * 60 + "é.example", "x" * 60 + "\\195\\169.example"),  # too long for a label
        ("a\u202eb.example", "a\\226\\128\\174b.example"),
        ("\u009b31m.example", "\\194\\15531m.example"),
        ("a\u00a0b.example", "a\\032b.example"),
        ("a\uff0cb.example", "a\\044b.example"),
    ],
)
def test_canonical_names(name: str, canonical: str) -> None:
    assert canonical_name(name) == canonical


@given(st.text(max_size=80))
def test_canonical_names_stay_as_they_are(name: str) -> None:
    once = canonical_name(name)
    assert once == canonical_name(once)
    assert not once.endswith(".")
    if not name.isascii():
        assert once.isascii()
        assert once == once.lower()


@given(st.text(st.characters(exclude_characters=",", exclude_categories=["Zs", "Cc"])))
def test_nothing_beyond_ascii_becomes_a_comma_or_a_blank(name: str) -> None:
    assert not {",", " "} & set(canonical_name(name))


@given(st.from_regex(r"[a-z0-9-]{1,20}(\.[a-z0-9]{1,10}){1,3}", fullmatch=True), st.data())
def test_case_and_dots_do_not_matter(name: str, draw: st.DataObject) -> None:
    upper = draw.draw(st.lists(st.booleans(), min_size=len(name), max_size=len(name)))
    written = "".join(c.upper() if up else c for c, up in zip(name, upper, strict=True))
    assert canonical_name(written + "." * draw.draw(st.integers(0, 2))) == name
