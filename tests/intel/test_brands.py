from __future__ import annotations

from fluxhound.config import BrandsSettings
from fluxhound.enrichment.domains import registered_domain
from fluxhound.intel.brands import CARRIERS, MOST_OWN, POPULAR, SHORTEST, brands_of, own_brands


def test_brands_have_domains_of_their_own() -> None:
    for brand in POPULAR:
        assert len(brand.word) >= SHORTEST
        assert brand.word.isalnum()
        assert brand.domains
        for domain in brand.domains:
            assert registered_domain(domain) == domain
    assert CARRIERS


def test_own_brands_are_bounded() -> None:
    assert len(own_brands([], (f"word{n}" for n in range(MOST_OWN + 5)))) == MOST_OWN


def test_the_configuration_names_brands() -> None:
    found = brands_of(BrandsSettings(own=("acmebank.example",), words=("acmepay", "paypal")))
    assert [brand.word for brand in found[:3]] == ["acmebank", "acmepay", "paypal"]
    assert len(found) == len(POPULAR) + 2
    assert brands_of(BrandsSettings(popular=False)) == ()
