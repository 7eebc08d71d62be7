from __future__ import annotations

import pytest

from fluxhound.intel.admission import objection
from fluxhound.sources.tally import Tally


@pytest.mark.parametrize(
    ("old", "new", "refused", "told"),
    [
        (0, 0, 0, ""),
        (0, 1_000_000, 0, ""),
        (10, 0, 0, "it is empty now"),
        (10, 40, 0, ""),  # small sources change as they like
        (1_000, 500, 0, ""),
        (1_000, 499, 0, "it shrank from 1,000 to 499"),
        (1_000, 3_000, 0, ""),
        (1_000, 3_001, 0, "it grew from 1,000 to 3,001"),
        (10, 1_000, 0, "it grew"),
        (1_000, 1_000, 250, ""),
        (1_000, 1_000, 251, "251 of 1,251 entries had to be refused"),
        (0, 10, 30, "30 of 40"),
        (0, 2, 10, ""),
    ],
)
def test_sudden_changes_are_objected_to(old: int, new: int, refused: int, told: str) -> None:
    tally = Tally()
    tally.reject("a public suffix", count=refused)
    found = objection(old, new, tally)
    assert told in found
    assert bool(found) is bool(told)
