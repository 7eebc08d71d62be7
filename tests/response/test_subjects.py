from __future__ import annotations

import pytest

from fluxhound.response import subjects
from tests.response.test_brakes import case


@pytest.mark.parametrize(
    ("subject", "sentence"),
    [
        ("corp.lab", "corp.lab is one of our own domains."),
        ("a.corp.lab", "a.corp.lab lies below corp.lab, which is one of our own domains."),
        ("lab", "lab lies above corp.lab, which is one of our own domains."),
        ("evil.lab", ""),
    ],
)
def test_sentences_tell_why(subject: str, sentence: str) -> None:
    assert subjects.own(case(subject)) == sentence


def test_suffixes_of_others_are_told_from_domains() -> None:
    assert "anybody may have names below it" in subjects.public_suffix(case("co.uk"))
    assert "only exact hosts" in subjects.public_suffix(case("a.github.io"))
    assert "names of others" in subjects.public_suffix(case("amazonaws.com"))
    assert subjects.public_suffix(case("a.github.io", exact=True)) == ""
    assert subjects.public_suffix(case("www.ck")) == ""  # an exception of the list
