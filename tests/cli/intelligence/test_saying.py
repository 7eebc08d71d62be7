from __future__ import annotations

import pytest

from tests.cli.intelligence.conftest import Call


@pytest.mark.parametrize("word", ["allow", "deny"])
def test_an_analyst_is_heard(intel: Call, word: str) -> None:
    status, out, err = intel(word, "Evil[.]Example", "--reason", "case 7", "--expires", "30d")
    assert (status, out) == (0, "")
    assert err == f"{word}: evil.example and all below it for 30d.\n"


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["a.example"], "--reason"),
        (["a.example", "--reason", " "], "Say why"),
        (["com", "--reason", "x"], "a single label"),
        (["10.0.0.1", "--reason", "x"], "a private or reserved address"),
        (["a.example", "--reason", "x", "--expires", "soon"], "is not a duration"),
    ],
)
def test_what_cannot_be_said_is_told(intel: Call, args: list[str], told: str) -> None:
    status, _, err = intel("deny", *args)
    assert status == 2
    assert told in err
