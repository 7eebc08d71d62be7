from __future__ import annotations

import math

from fluxhound.lab.confusion import confusion
from fluxhound.lab.metrics import Share
from fluxhound.lab.units import domain_days
from tests.lab.tables import entity, judged, truth

KNOWN = truth(
    [(f"d{i}.test", "double") for i in range(4)]
    + [(f"c{i}.test", "classic") for i in range(3)]
    + [("x.test", "-cdn")]
)
ROWS = [
    entity("d0.test", "double-flux", ns_addresses=5),
    entity("d1.test", "single-flux", ns_addresses=5),
    entity("d2.test", "double-flux"),  # no name server was seen
    entity("d3.test", "flux-suspect", ns_addresses=5),  # no alert
    entity("c0.test", "single-flux", ns_addresses=1),
    entity("c1.test", "single-flux", ns_addresses=1, refreshes=1),
    entity("c2.test", "double-flux", ns_addresses=1),
    entity("x.test", "double-flux", ns_addresses=1),  # no flux
]


def test_only_what_alerted_with_name_servers_seen_is_told_apart() -> None:
    found = confusion(domain_days(judged(ROWS), KNOWN))
    assert (found.double, found.single) == (Share(1, 2), Share(2, 3))
    assert found.right == Share(3, 5)


def test_units_with_few_refreshes_can_be_left_out() -> None:
    found = confusion(domain_days(judged(ROWS), KNOWN), least_refreshes=2)
    assert found.single == Share(1, 2)


def test_the_truth_may_mark_double_flux_itself() -> None:
    known = truth([("a.test", "evading")], double=[True])
    rows = [entity("a.test", "double-flux", ns_addresses=3)]
    assert confusion(domain_days(judged(rows), known)).double == Share(1, 1)
    assert math.isnan(confusion(domain_days(judged([]), known)).right.value)
