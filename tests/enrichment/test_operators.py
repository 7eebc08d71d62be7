from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.enrichment.operators import operator, operator_rules

INT64_MAX = 2**63 - 1


@pytest.mark.parametrize(
    "networks",
    [
        [(14618, "Amazon.com, Inc."), (16509, "Amazon.com, Inc."), (8987, "Amazon Data Services")],
        [(15169, "Google LLC"), (396982, "Google LLC"), (19527, "Google LLC")],
        [(8075, "Microsoft Corporation"), (8068, ""), (1, "Microsoft Deutschland MCIO GmbH")],
        [(20940, "Akamai International B.V."), (16625, "Akamai Technologies"), (63949, "Linode")],
        [(7922, "Comcast Cable Communications, LLC"), (33651, "Comcast Cable Communications Inc.")],
        [(26599, "TELEFONICA BRASIL S.A"), (10429, "Telefônica Brasil S.A.")],
        [(1, "Acme Networks Ltd."), (2, "ACME NETWORKS GmbH & Co. KG")],
    ],
)
def test_networks_of_one_operator_are_equal(networks: list[tuple[int, str]]) -> None:
    assert len({operator(asn, holder) for asn, holder in networks}) == 1


@pytest.mark.parametrize(
    "networks",
    [
        [(3320, "Deutsche Telekom AG"), (21928, "T-Mobile USA, Inc.")],
        [(3209, "Vodafone GmbH"), (1273, "Vodafone Group PLC"), (30722, "Vodafone Italia S.p.A.")],
        # Names that many share say nothing.
        [(64500, "Telecom Ltda"), (64501, "Telecom S.A.")],
        [(64500, "Private Customer"), (64501, "Private Customer")],
        [(64500, ""), (64501, "")],
        [(64500, "中国"), (64501, "中国")],
    ],
)
def test_other_networks_differ(networks: list[tuple[int, str]]) -> None:
    assert len({operator(asn, holder) for asn, holder in networks}) == len(networks)


def test_the_number_is_the_same_on_every_machine() -> None:
    assert operator(16509, "Amazon.com, Inc.") == 614886693467828692


def test_no_network_has_no_operator() -> None:
    assert operator(0, "Amazon.com, Inc.") == 0
    assert operator_rules().name(0, "x") == ""


@given(asn=st.integers(1, 2**32 - 1), holder=st.text(max_size=300))
def test_a_number_fits_a_column_and_is_not_zero(asn: int, holder: str) -> None:
    assert 0 < operator(asn, holder) <= INT64_MAX
