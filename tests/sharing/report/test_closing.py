from __future__ import annotations

from dataclasses import replace

from fluxhound.sharing.ranking import Fold
from fluxhound.sharing.report.closing import (
    LOOK_ALIKES_SHOWN,
    inputs_part,
    look_alikes_part,
    method_part,
)
from fluxhound.sharing.report.figure import Style
from fluxhound.sharing.report.palette import palette
from tests.sharing import builders
from tests.sharing.report.pictures import rows_in

STYLE = Style(palette=palette(builders.timelines().values()))


def test_look_alikes_have_their_reason_and_picture() -> None:
    made = builders.timelines()
    text = (
        look_alikes_part(
            [Fold(lead=builders.ntp_pool())], lambda e: made[(e.entity, e.name)], STYLE
        )
        or ""
    )
    assert "97% of the addresses come back" in text
    assert rows_in(text) == 30
    assert look_alikes_part([], lambda _: None, STYLE) is None


def test_many_look_alikes_are_cut_and_counted() -> None:
    text = look_alikes_part([Fold(lead=builders.cdn())] * 30, lambda _: None, STYLE) or ""
    assert text.count("<article") == LOOK_ALIKES_SHOWN
    assert "And 6 more." in text


def test_inputs_are_counted_and_trouble_is_told() -> None:
    known, broken = builders.totals().inputs
    inputs = (replace(known, known=True), replace(broken, error="Damaged <b>."))
    text = inputs_part(builders.totals(inputs=inputs))
    for part in ("read before", "Damaged &lt;b&gt;.", "912,194", "line too short"):
        assert part in text
    assert "Bad records by reason" not in inputs_part(builders.no_input())


def test_method_limits_tables_and_references_are_there() -> None:
    text = method_part(builders.totals())
    for part in ("Method and limits", "asn 2026-06-17", "T1568.001", "AA25-093A"):
        assert part in text


def test_the_owner_of_the_table_is_named_with_a_link() -> None:
    link = '<a href="https://db-ip.com" rel="noopener noreferrer">IP Geolocation by DB-IP</a>'
    assert link in method_part(builders.totals())
    assert "db-ip" not in method_part(builders.totals(tables={}))
