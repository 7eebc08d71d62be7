from __future__ import annotations

import pytest

from fluxhound.sharing.measures import UNSEEN
from fluxhound.sharing.turnover import turnover
from tests.sharing import builders


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({"ns_new_per_day": 38.2}, "38.2/d"),
        ({"ns_new_per_day": 0}, "0/d"),
        ({"ns_hosts": 4, "ns_addresses": 12}, "12 on 4"),
        ({"ns_hosts": 50, "ns_addresses": 0}, UNSEEN),
        ({"ns_hosts": None, "ns_addresses": None}, UNSEEN),
    ],
)
def test_turnover_is_short_and_never_invented(given: dict[str, float], shown: str) -> None:
    assert turnover(builders.finding(measures=builders.measures(**given))) == shown
