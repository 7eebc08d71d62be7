from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from fluxhound.cli.outgoing import TLPS, summary, terms_of
from fluxhound.intel.indicator import Tlp, tlp_named
from fluxhound.records import Severity
from fluxhound.sharing.exports import Exported

NOW = datetime(2026, 11, 24, tzinfo=UTC)
GIVEN = {
    "marks": ("Evil[.]example=tlp:red",),
    "tlp": "green",
    "tlp_max": "amber+strict",
    "minimum": "high",
    "expiry": "7d",
    "producer": None,
}


def test_the_terms_are_those_that_were_given() -> None:
    terms = terms_of(GIVEN, now=NOW)
    assert terms.marks == {"evil.example": Tlp.RED}
    assert (terms.tlp, terms.ceiling) == (Tlp.GREEN, Tlp.AMBER_STRICT)
    assert (terms.minimum, terms.expiry) == (Severity.HIGH, timedelta(days=7))
    assert terms.producer == "Fluxhound"


def test_the_levels_are_those_there_are() -> None:
    assert [tlp_named(word) for word in TLPS] == [each for each in Tlp if each]


@pytest.mark.parametrize(
    ("findings", "left_out", "without", "expected"),
    [
        (1, {}, 0, "1 finding exported (TLP:AMBER+STRICT)."),
        (1200, {"b": 2, "a": 1}, 0,
         "1,200 findings exported (TLP:AMBER+STRICT); left out: 1 a, 2 b."),
        (2, {}, 1, "2 findings exported (TLP:AMBER+STRICT); 1 without their history."),
    ],
)  # fmt: skip
def test_the_summary(findings: int, left_out: dict[str, int], without: int, expected: str) -> None:
    made = Exported(files={}, findings=findings, left_out=left_out, tlps=("amber+strict",))
    assert summary(made, without_history=without) == expected
