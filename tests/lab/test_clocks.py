from __future__ import annotations

import numpy as np
import pytest

from fluxhound.enrichment.tables import country_code, country_letters, embedded
from fluxhound.lab import clocks, dice


@pytest.mark.parametrize(
    ("country", "hours"), [("DE", 1), ("IN", 5.5), ("JP", 9), ("AR", -3), ("NZ", 12), ("GB", 0)]
)
def test_a_country_with_one_zone(country: str, hours: float) -> None:
    codes = np.full(50, country_code(country))
    assert set(clocks.utc_offsets(codes, dice.mix(np.arange(50))).tolist()) == {hours}


def test_a_country_with_several_zones_uses_them_all() -> None:
    codes = np.full(500, country_code("US"))
    found = clocks.utc_offsets(codes, dice.mix(np.arange(500)))
    assert set(found.tolist()) == {-5, -6, -7, -8}


def test_every_country_of_the_tables_has_a_clock() -> None:
    listed = " ".join([*clocks._ONE_ZONE.values(), *clocks._ZONES]).split()
    tables = embedded("country")
    codes = {*np.unique(tables.ipv4.values).tolist(), *np.unique(tables.ipv6.values).tolist()}
    assert {country_letters(code) for code in codes} - {""} - {*listed} == {
        "AQ",
        "HM",
    }  # nobody lives there
    assert len(listed) == len(set(listed))


def test_what_is_no_country_keeps_utc() -> None:
    assert clocks.utc_offsets(np.array([0]), dice.mix(np.arange(1))).tolist() == [0.0]
