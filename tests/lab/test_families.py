from __future__ import annotations

import pyarrow as pa

from fluxhound.lab.families import benign_families, left_out
from fluxhound.lab.metrics import Share
from fluxhound.lab.units import domain_days
from tests.lab.tables import entity, judged, truth

KNOWN = truth(
    [("a.test", "-ntp"), ("b.test", "-ntp"), ("c.test", "-cdn"), ("x.test", "classic")],
)


def judged_without(family: str) -> pa.Table:
    wrong = ["a.test"] if family == "family of ntp" else []
    rows = [entity(domain, "single-flux") for domain in (*wrong, "x.test")]
    return domain_days(judged(rows), KNOWN)


def test_each_family_is_left_out_in_turn() -> None:
    families = benign_families(KNOWN)
    assert families == ["family of cdn", "family of ntp"]
    cdn, ntp = left_out(families, judged_without)
    assert (cdn.family, cdn.false_of_family, cdn.false) == (families[0], Share(0, 1), Share(0, 3))
    assert (ntp.false_of_family, ntp.false, ntp.found) == (Share(1, 2), Share(1, 3), Share(1, 1))
    assert ntp.found_by_archetype == {"classic": Share(1, 1)}
    assert round(ntp.added_per_million) == 333_333
