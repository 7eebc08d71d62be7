from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.records import Finding
from fluxhound.sharing.ticket import (
    FINDINGS_SHOWN,
    FOLDED_SHOWN,
    MEMBERS_SHOWN,
    render_markdown,
)
from tests.sharing import builders, strategies


def ticket(findings: list[Finding], *, defanged: bool = True) -> str:
    return render_markdown(findings, builders.totals(), defanged=defanged)


def test_a_ticket_says_what_to_do_and_why() -> None:
    text = ticket(builders.everything())
    for part in (
        "# Fast flux: 7 findings",
        "## Critical: double-flux `mail-gate7[.]example`",
        "**What to do next.** Act now",
        "| for | +3.12 | `new-rate`",
        "| against | −4.60 | `prior`",  # noqa: RUF001 - the minus we show
        "**Indicators.**",
        "## Look-alikes, no findings",
        "## Method and limits",
        "attack.mitre.org/techniques/T1568/001/",
        "aa25-093a",
    ):
        assert part in text


def test_names_are_defanged_unless_told() -> None:
    assert "kx-delivery.example" not in ticket([builders.single_flux()])
    assert "kx-delivery.example" in ticket([builders.single_flux()], defanged=False)


def test_names_of_one_domain_share_a_section() -> None:
    text = ticket([builders.double_flux(), *builders.folded_names(FOLDED_SHOWN + 2)])
    assert text.count("\n## ") == 3  # the finding, the method, the references
    assert "- and 52 names: `v000.mail-gate7[.]example`, " in text
    assert "` and 2 more\n" in text


def test_no_finding_is_said() -> None:
    assert ticket([]).startswith("# Fast flux: no finding\n")


def test_a_ticket_is_bounded() -> None:
    many = [builders.finding(f"n{n}.example") for n in range(FINDINGS_SHOWN + 5)]
    text = ticket(many)
    assert text.count("\n## High") == FINDINGS_SHOWN
    assert "And findings of 5 more domains, not shown here." in text


@settings(max_examples=40)
@given(st.lists(strategies.findings, max_size=3))
def test_text_from_outside_stays_text(findings: list[Finding]) -> None:
    text = ticket(findings)
    text.encode("utf-8")
    assert text.replace("\n", "").isprintable()
    without_code = re.sub(r"(`+).*?[^`]\1(?!`)", "", text)
    assert re.search(r"<[a-zA-Z/!?]", without_code) is None
    for line in text.splitlines():
        if line.startswith(("| for", "| against")):
            assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) == 5


def test_the_owner_of_the_table_is_named_with_a_link() -> None:
    text = render_markdown([], builders.totals())
    assert "[IP Geolocation by DB-IP](https://db-ip.com)" in text
    assert "Tables used" not in render_markdown([], builders.totals(tables={}))


def test_a_network_is_named_with_its_domains() -> None:
    text = ticket([builders.network(MEMBERS_SHOWN + 3)])
    assert "- registered domains of the network: `mail-gate7[.]example`, `pool00[.]example`" in text
    assert "` and 3 more\n" in text
    assert "- network: `network-1f0c3a9e`\n" in ticket([builders.double_flux()])
