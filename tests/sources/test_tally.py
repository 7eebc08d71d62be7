from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.sources.tally import SAMPLE_LENGTH, SAMPLES_PER_REASON, Tally, printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain.example", "plain.example"),
        (b"a\x1b[31mb", "a\\x1b[31mb"),
        ("tab\tnewline\n", "tab\\tnewline\\n"),
        (b"\xff\xfe", "\\xff\\xfe"),
        ("\u202eelpmaxe", "\\u202eelpmaxe"),
        ("bücher", "bücher"),
        ("x" * 120, "x" * 120),
        ("x" * 121, "x" * 119 + "…"),
        ("", ""),
    ],
)
def test_samples_are_printable(text: bytes | str, shown: str) -> None:
    assert printable(text) == shown


@given(st.one_of(st.binary(max_size=600), st.text(max_size=600)))
def test_nothing_unprintable_and_nothing_long_is_kept(text: bytes | str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    assert len(shown) <= SAMPLE_LENGTH


def test_counts_and_samples() -> None:
    tally = Tally()
    for number in range(10):
        tally.reject("bad", f"sample {number}")
    tally.reject("worse", count=5)
    tally.reject("nothing", "sample", count=0)
    tally.pass_over("other")
    tally.pass_over("other", 4)
    tally.pass_over("none", 0)
    assert tally.bad == {"bad": 10, "worse": 5}
    assert tally.samples["bad"] == [f"sample {i}" for i in range(SAMPLES_PER_REASON)]
    assert tally.samples["worse"] == []
    assert tally.passed_over == {"other": 5}
