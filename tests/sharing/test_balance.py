from __future__ import annotations

import re
from decimal import Decimal

import pytest

from fluxhound.sharing.balance import measured, print_balance, sum_line
from fluxhound.sharing.glyphs import Writing
from fluxhound.sharing.points import Entry, ledger
from fluxhound.sharing.sheet import Sheet
from tests.sharing import builders
from tests.sharing.consoles import written


def balance(width: int, verbosity: int = 0) -> str:
    book = ledger(builders.single_flux(), "flux")

    def show(console: object) -> None:
        sheet = Sheet(console=console, write=Writing(ascii_only=True), verbosity=verbosity)  # type: ignore[arg-type]
        print_balance(sheet, book, "FLUX")

    return written(width, show)


def test_the_shown_points_add_up_to_the_shown_sum() -> None:
    text = balance(80)
    points = [Decimal(p) for p in re.findall(r"^ *([+-]\d+\.\d\d)  \[\S+\]", text, re.MULTILINE)]
    total = re.search(r"= ([+-]\d+\.\d\d) ->", text)
    assert total is not None
    assert sum(points) == Decimal(total[1])
    assert len(points) == 7


def test_each_line_has_id_sentence_value_unit_and_normal() -> None:
    text = balance(160)
    assert "[asn-spread] The addresses lie in many networks of unrelated holders" in text
    assert "measured 25 ASNs; normal: 1 to 3 for a CDN or cloud" in text


def test_evidence_without_weight_is_listed_when_asked() -> None:
    assert "without weight: return-rate" in balance(80, 1)
    assert "without weight" not in balance(80)


def test_a_score_that_is_not_the_sum_is_said_to_be_so() -> None:
    assert "does not follow from this sum alone" in sum_line(ledger(builders.hostile(), "flux"))
    assert "flux 0.98 = 1 / (1 + e^" in sum_line(ledger(builders.single_flux(), "flux"))


def test_what_was_not_measured_is_left_out() -> None:
    prior = ledger(builders.single_flux(), "flux").opposing[0]
    assert measured(prior) == "normal: always counted"


def test_no_evidence_prints_nothing() -> None:
    empty = ledger(builders.insufficient(), "malice")

    def show(console: object) -> None:
        print_balance(Sheet(console=console, write=Writing()), empty, "MALICE")  # type: ignore[arg-type]

    assert written(80, show) == ""


@pytest.mark.parametrize(
    ("text", "value", "unit", "below"),
    [
        ("different addresses: 10", 10, "addresses", "normal: few"),
        ("80% of the addresses are lines", 0.8, "share", "normal: few"),
        ("TTL up to 10 min", 600, "s", "measured 600 s; normal: few"),
        ("110 of them", 10, "addresses", "measured 10 addresses; normal: few"),
        ("nothing known", None, "", "normal: few"),
    ],
)
def test_what_the_text_tells_is_not_told_twice(
    text: str, value: float | None, unit: str, below: str
) -> None:
    item = builders.evidence("id", 1.0, text, value, unit, "few")
    assert measured(Entry(evidence=item, points=Decimal(1))) == below
