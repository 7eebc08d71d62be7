from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.intel.brands import own_brands
from fluxhound.intel.impersonation import POINTS, Imitations, Way

POPULAR = Imitations()


@pytest.mark.parametrize(
    ("name", "brand", "way"),
    [
        ("paypa1.com", "paypal", Way.DIGITS),
        ("rnicrosoft.com", "microsoft", Way.DIGITS),
        ("www.g00gle.example.", "google", Way.DIGITS),
        ("xn--pypal-4ve.com", "paypal", Way.HOMOGLYPH),
        ("p\u0430ypal.com", "paypal", Way.HOMOGLYPH),
        ("p\u0430ypal-login.com", "paypal", Way.HOMOGLYPH),
        ("xn--pypal-4ve.evil.example", "paypal", Way.HOMOGLYPH),
        ("googel.com", "google", Way.EDIT),
        ("goole.com", "google", Way.EDIT),
        ("gooogle.com", "google", Way.EDIT),
        ("faceb00k-login.com", "facebook", Way.COMBINATION),
        ("paypal-login.example", "paypal", Way.COMBINATION),
        ("SecurePayPal.com", "paypal", Way.COMBINATION),
        ("oaypal.com", "paypal", Way.EDIT),
        ("qaypal.com", "paypal", Way.BITSQUAT),
        ("paypal.xyz", "paypal", Way.SUFFIX),
        ("www.paypal.com.evil.example", "paypal", Way.BELOW),
        ("paypal-login.evil.example", "paypal", Way.COMBINATION),
        ("www.paypa1.evil.example", "paypal", Way.DIGITS),
        ("paypal-verify.web.app", "paypal", Way.COMBINATION),
    ],
)
def test_what_imitates(name: str, brand: str, way: Way) -> None:
    found = POPULAR.of(name)
    assert found is not None
    assert (found.name, found.brand, found.way) == (name, brand, way)
    assert found.points == POINTS[way]
    assert brand in found.sentence


@pytest.mark.parametrize(
    "name",
    [
        "paypal.com",
        "www.paypal.com",
        "login.microsoftonline.com",
        "amazon.co.uk",
        "paypal.se",  # a country's: the brand has it everywhere
        "xn--bcher-kva.example",  # a name with marks that is no brand
        "technet.microsoft.akadns.net",  # carried for the brand
        "facebook.weebly.com",  # the bare word below a service
        "google.corp.example",  # the bare word below a company
        "pineapple.com",
        "finance.gov.au",
        "paypal-dresses.example",  # no bait
        "example.com",
        "",
        ".",
        "com",
    ],
)
def test_what_does_not(name: str) -> None:
    assert POPULAR.of(name) is None


def test_own_brands_come_from_own_domains() -> None:
    ours = Imitations(own_brands(["www.acmebank.co.uk", "acme-cloud.net."], ["acmepay", "abc"]))
    assert ours.of("acmebank-login.com") is not None
    assert ours.of("acmepya.example") is not None
    assert ours.of("www.acmebank.co.uk") is None
    assert ours.of("acmepay.acme-cloud.net") is None
    assert ours.of("paypa1.com") is None
    assert {brand.word for brand in own_brands(["acmebank.co.uk"], ["abc"])} == {"acmebank"}


def test_many_names_at_most_one_sign_each() -> None:
    names = ["paypal-login.paypal-login.example", "example.com", "paypa1.com"]
    assert [found.name for found in POPULAR.among(names)] == [names[0], names[2]]


@settings(max_examples=60)
@given(st.text(max_size=80))
def test_any_text(name: str) -> None:
    found = POPULAR.of(name)
    assert found is None or found.brand


@settings(max_examples=60)
@given(st.sampled_from("abcdefghijklmnopqrstuvwxyz"), st.integers(0, 8))
def test_every_other_letter_is_found(letter: str, at: int) -> None:
    changed = "instagram"[:at] + letter + "instagram"[at + 1 :]
    assert (POPULAR.of(f"{changed}.com") is None) is (changed == "instagram")
