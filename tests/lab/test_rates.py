from __future__ import annotations

import math

import pytest

from fluxhound.lab.metrics import Share
from fluxhound.lab.rates import rates
from fluxhound.lab.units import domain_days
from tests.lab.tables import entity, judged, truth

#: 8 benign domains, 2 of them alert and 1 is suspected; 4 in flux, 2 found and 1 suspected.
KNOWN = truth(
    [(f"cdn{i}.test", "-cdn") for i in range(4)]
    + [(f"ntp{i}.test", "-ntp-pool") for i in range(4)]
    + [("c0.test", "classic"), ("c1.test", "classic"), ("s0.test", "slow"), ("s1.test", "slow")],
    queries=[5] * 8 + [1, 100, 5, 60],
)
ROWS = [
    entity("cdn0.test", "single-flux", 3.0),
    entity("ntp0.test", "double-flux", 5.0),
    entity("ntp1.test", "flux-suspect", 1.0),
    entity("ntp2.test", "cdn", -4.0),
    entity("c0.test", "single-flux", 9.0),
    entity("c1.test", "single-flux", 4.0),
    entity("s0.test", "flux-suspect", 0.5),
]


def test_rates_by_hand() -> None:
    found = rates(domain_days(judged(ROWS), KNOWN))
    assert found.false == Share(2, 8)
    assert found.false_by_archetype == {"cdn": Share(1, 4), "ntp-pool": Share(1, 4)}
    assert found.false_by_family["family of cdn"] == Share(1, 4)
    assert found.suspected == Share(1, 8)
    assert found.suspected_by_archetype == {"cdn": Share(0, 4), "ntp-pool": Share(1, 4)}
    assert found.found == Share(2, 4)
    assert found.found_by_archetype == {"classic": Share(2, 2), "slow": Share(0, 2)}
    assert found.found_or_suspected == {"classic": Share(2, 2), "slow": Share(1, 2)}
    assert found.found_by_evidence == {
        "1-2": Share(1, 1), "3-9": Share(0, 1), "50+": Share(1, 2),
    }  # fmt: skip
    assert found.found_by_kind_and_evidence["slow"] == {"3-9": Share(0, 1), "50+": Share(0, 1)}


def test_the_line_for_a_budget_is_found_on_benign_units() -> None:
    found = rates(domain_days(judged(ROWS), KNOWN)).at_budget[1.0]
    assert found.allowed == 0
    assert found.false == Share(0, 8)
    assert found.found == Share(1, 4)  # only 9.0 is above 5.0
    assert found.found_by_archetype == {"classic": Share(1, 2), "slow": Share(0, 2)}
    assert found.line == pytest.approx(5.0)
    assert found.line > 5.0


def test_no_unit_at_all() -> None:
    found = rates(domain_days(judged([]), truth([])))
    assert found.false == found.found == Share(0, 0)
    assert math.isnan(found.found.value)
    assert found.false_by_archetype == {}
