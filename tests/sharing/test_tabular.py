from __future__ import annotations

import csv
import io

from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.records import Finding
from fluxhound.sharing.tabular import COLUMNS, render_csv
from tests.sharing import builders, strategies


def table(findings: list[Finding]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(render_csv(findings))))


def test_values_are_plain_and_names_not_defanged() -> None:
    (row,) = table([builders.single_flux()])
    assert row["name"] == "kx-delivery.example"
    assert (row["finding"], row["addresses"], row["new_rate"]) == ("true", "40", "0.96")
    assert (row["points_for"], row["points_against"]) == ("8.979", "-4.95")
    assert row["baselines_firing"] == "holz_24h zeek_script five_addresses"


def test_not_observable_is_empty_not_zero() -> None:
    (row,) = table([builders.suspect()])
    assert row["ttl_max"] == ""
    assert row["not_observable"] == "ttl; clients; name-servers"


def test_no_finding_is_a_heading() -> None:
    assert render_csv([]) == ",".join(COLUMNS) + "\n"


@settings(max_examples=40)
@given(st.lists(strategies.findings, max_size=3))
def test_every_finding_is_one_line_and_no_text_a_formula(findings: list[Finding]) -> None:
    text = render_csv(findings)
    assert text.count("\n") == len(findings) + 1
    for row in table(findings):
        assert None not in row
        for key in ("name", "registered_domain", "reason", "not_observable", "baselines_firing"):
            assert not row[key].startswith(("=", "+", "-", "@", "\t", "\r"))
