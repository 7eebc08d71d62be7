from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.enrichment.kinds import KINDS, NetworkKind, kind_rules, read_rules
from fluxhound.enrichment.tables import embedded_table

#: Well-known networks by number, judged by hand from what their operators are known to do. Many
#: are also listed in the rules by number, so this guards the rules; it does not measure them.
WELL_KNOWN = {
    "access": [
        *(7922, 7018, 701, 20115, 22773, 3320, 3215, 12322, 2856, 5089, 3269, 3352, 12389, 9121),
        *(4134, 4837, 4766, 17676, 3462, 1221, 28573, 8151, 9829, 577, 812, 6830, 3303, 1136),
        *(14593, 6327, 5650, 7029, 4713, 2516, 9318, 45899, 17557, 6799, 5617, 8708),
    ],
    "mobile": [21928, 22394, 6167, 9808, 9605, 45609, 23693, 33771, 16135],
    "hosting": [16276, 24940, 51167, 60781, 20473, 9009, 26496, 47583, 36352, 8560, 212238, 12876],
    "cloud": [16509, 14618, 8075, 396982, 31898, 37963, 45102, 132203, 14061, 63949, 36351],
    "cdn": [13335, 54113, 20940, 16625, 15169, 32934, 2906, 19551, 60068, 15133],
    "education": [4538, 7377, 680, 786, 1103, 2200, 137, 237, 559, 3, 553, 36375, 7575],
    "government": [749, 721, 4155, 270, 5774],
    "enterprise": [521, 31399, 10794, 6253, 1766, 109],
    "transit": [174, 1299, 3356, 6939, 2914, 3257, 6461],
}


@cache
def holder_names() -> dict[int, str]:
    holders = embedded_table().holders
    return dict(zip(holders.asn.tolist(), holders.name.to_pylist(), strict=True))


@pytest.mark.parametrize(
    ("asn", "kind"), [(asn, kind) for kind, asns in WELL_KNOWN.items() for asn in asns]
)
def test_well_known_networks(asn: int, kind: str) -> None:
    assert kind_rules().kind(asn, holder_names()[asn]) == kind


@pytest.mark.parametrize(
    ("holder", "kind"),
    [
        ("Kaztelecom JSC", "access"),
        ("Northern Valley Broadband LLC", "access"),
        ("PROVEDOR DE INTERNET LTDA", "access"),
        ("Stadt Kabel TV GmbH", "access"),
        ("Some Mobile Communications Ltd", "mobile"),
        ("Inland Cellular", "mobile"),
        ("Tiny VPS Hosting SRL", "hosting"),
        ("Frankfurt Data Center GmbH", "hosting"),
        ("Blue Cloud Computing", "cloud"),
        ("Superhosting Cloud", "hosting"),
        ("5centsCDN", "cdn"),
        ("Technische Universitaet Irgendwo", "education"),
        ("Elk Grove Unified School District", "education"),
        ("University Hospital of X", "education"),
        ("City of Longmont Telecom", "government"),
        ("Ministry of Communications", "government"),
        ("First National Bank", "enterprise"),
        ("Exxon Mobil Corporation", "enterprise"),
        ("Seattle Internet Exchange", "transit"),
        # Words that contradict each other, and words that say nothing.
        ("Cable and Cloud Ltd", "unknown"),
        ("Hosting Telecom", "unknown"),
        ("Acme Communications", "unknown"),
        ("Cheetah Mobile Games", "unknown"),
        ("Universal Exports Ltd", "unknown"),
        ("Private Customer", "unknown"),
        ("", "unknown"),
    ],
)
def test_kinds_by_name(holder: str, kind: str) -> None:
    assert kind_rules().kind(64496, holder) == kind


@given(asn=st.integers(0, 2**32), holder=st.text(max_size=300))
def test_any_holder_has_a_kind(asn: int, holder: str) -> None:
    assert kind_rules().kind(asn, holder) in KINDS


def test_the_number_of_a_kind_never_changes() -> None:
    names = "unknown access mobile hosting cloud cdn education government enterprise transit"
    assert [str(kind) for kind in KINDS] == names.split()


def test_every_number_in_the_rules_is_a_network_in_the_table() -> None:
    assert set(kind_rules().numbers) <= set(holder_names())


def test_numbers_go_before_words_and_lower_ranks_before_higher() -> None:
    rules = read_rules(
        """
        both = [{ kinds = ["access", "mobile"], gives = "mobile" }]
        [[rule]]
        kind = "cdn"
        asns = [64500]
        [[rule]]
        kind = "education"
        rank = 1
        words = ["school"]
        [[rule]]
        kind = "access"
        rank = 2
        words = ["cable", "school"]
        [[rule]]
        kind = "mobile"
        rank = 2
        words = ["gsm"]
        [[rule]]
        kind = "hosting"
        rank = 2
        words = ["host"]
        """
    )
    assert rules.kind(64500, "school") == NetworkKind.CDN
    assert rules.kind(1, "cable school") == NetworkKind.EDUCATION
    assert rules.kind(1, "cable gsm") == NetworkKind.MOBILE
    assert rules.kind(1, "cable host") == NetworkKind.UNKNOWN


@pytest.mark.parametrize(
    "text",
    [
        '[[rule]]\nkind = "castle"\nrank = 1\nwords = ["x"]',
        '[[rule]]\nkind = "cdn"\nrank = 1\nwords = ["X"]',
        '[[rule]]\nkind = "cdn"\nrank = 10\nwords = ["x"]',
        '[[rule]]\nkind = "cdn"\nasns = [1]\n[[rule]]\nkind = "cloud"\nasns = [1]',
    ],
)
def test_unsound_rules_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_rules("both = []\n" + text)
