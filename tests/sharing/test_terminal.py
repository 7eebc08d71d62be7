from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from fluxhound.records import Finding
from fluxhound.sharing.terminal import print_table
from tests.sharing import builders, strategies
from tests.sharing.consoles import WIDTHS, in_ascii, widest_line, written

#: The line of what to type next is one line, so that it can be copied: it may be wider.
NEXT = re.compile(r"^next: .*$", re.MULTILINE)


def table(
    width: int,
    *,
    verbosity: int = 0,
    look_alikes: bool = False,
    findings: list[Finding] | None = None,
    color: bool = False,
    defanged: bool = True,
) -> str:
    chosen = builders.everything() if findings is None else findings

    def show(console: Console) -> None:
        print_table(
            console, chosen, builders.totals(),
            verbosity=verbosity, look_alikes=look_alikes, defanged=defanged,
        )  # fmt: skip

    return written(width, show, color=color)


@pytest.mark.parametrize("width", WIDTHS[2:])
def test_no_line_is_wider_than_the_console(width: int) -> None:
    text = table(width, verbosity=1, look_alikes=True)
    assert widest_line(NEXT.sub("", text)) <= width


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_important_is_lost(width: int) -> None:
    joined = re.sub(r"\s", "", table(width))
    for said in ("critical", "double-flux", "143", "61", "0.98", "Almosteveryrefresh", "7findings"):
        assert said in joined


@pytest.mark.parametrize(
    ("width", "headings"),
    [
        (80, "SEVERITY VERDICT NAME ADDRS ASNS FLUX MALICE"),
        (120, "SEVERITY VERDICT NAME ADDRS ASNS CC TTL NS-TURNOVER FLUX MALICE"),
        (200, "SEVERITY VERDICT NAME ADDRS ASNS CC TTL NS-TURNOVER FLUX MALICE WHY"),
    ],
)
def test_columns_drop_by_their_value(width: int, headings: str) -> None:
    assert table(width).splitlines()[0].split() == headings.split()


def test_names_are_defanged_unless_told() -> None:
    assert "kx-delivery[.]example" in table(160)
    assert "kx-delivery.example" not in table(160)
    assert "kx-delivery.example" in table(160, defanged=False)


def test_hostile_names_cannot_act() -> None:
    text = table(160, verbosity=2, look_alikes=True)
    assert text.replace("\n", "").isprintable()


def test_names_of_one_domain_are_folded_and_listed_when_asked() -> None:
    assert "+ 3 names" in table(160)
    assert "v001" not in table(160)
    assert "v001.mail-gate7[.]example" in table(160, verbosity=1)


def test_a_dash_has_its_reason_when_asked() -> None:
    assert "not observable here: TTLs, clients, name servers" in table(160, verbosity=1)


def test_look_alikes_say_why_they_are_no_finding() -> None:
    text = table(120, look_alikes=True)
    assert "volunteer-pool  2.pool.ntp[.]example" in text
    assert "97% of the addresses come back within hours" in text
    assert "1 more was seen too little" in text
    assert "LOOK-ALIKES" not in table(120)


def test_no_finding_is_said_and_what_to_do() -> None:
    text = table(120, findings=[builders.cdn()])
    assert "No finding" in text
    assert "--look-alikes" in text
    assert "none" in table(120, findings=[], look_alikes=True)


def test_many_look_alikes_are_cut_and_counted() -> None:
    many = [
        builders.finding(f"c{n}.example", verdict=builders.cdn().verdict, finding=False)
        for n in range(23)
    ]
    assert "and 3 more (-v shows all)" in table(120, findings=many, look_alikes=True)
    assert "c22[.]example" in table(120, findings=many, look_alikes=True, verbosity=1)


def test_colour_only_repeats_what_words_say() -> None:
    coloured = table(120, color=True)
    assert "\x1b[" in coloured
    plain = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert plain == table(120)


def test_plain_ascii_is_enough() -> None:
    def show(console: Console) -> None:
        print_table(console, builders.everything(), builders.totals(), look_alikes=True)

    assert "# critical" in in_ascii(80, show)


@settings(max_examples=40)
@given(st.lists(strategies.findings, max_size=4), st.sampled_from(WIDTHS), st.integers(0, 2))
def test_any_findings_are_shown_and_cannot_act(
    findings: list[Finding], width: int, verbosity: int
) -> None:
    text = table(width, findings=findings, verbosity=verbosity, look_alikes=True)
    assert text.replace("\n", "").isprintable()
