from __future__ import annotations

import pyarrow as pa
import pytest

from fluxhound.intel.indicator import (
    INDICATOR,
    Kind,
    Role,
    Tlp,
    constant,
    empty,
    joined,
    tidied,
    tlp_named,
)


def table(*rows: dict[str, object]) -> pa.Table:
    usual = {"allow": False, "role": 0, "label": "", "comment": "", "tlp": 0}
    filled = [{f.name: None for f in INDICATOR} | usual | row for row in rows]
    columns = [
        constant("s", len(rows))
        if field.name in {"source", "licence"}
        else pa.array([row[field.name] for row in filled], field.type)
        for field in INDICATOR
    ]
    return pa.table(columns, schema=INDICATOR)


def row(kind: Kind, value: str, **more: object) -> dict[str, object]:
    return {"kind": int(kind), "value": value, **more}


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("tlp:white", Tlp.CLEAR),
        ("TLP:AMBER+STRICT", Tlp.AMBER_STRICT),
        ("green", Tlp.GREEN),
        ("tlp:purple", Tlp.UNMARKED),
        ("", Tlp.UNMARKED),
    ],
)
def test_markings_are_read(text: str, level: Tlp) -> None:
    assert tlp_named(text) is level


@pytest.mark.parametrize("level", Tlp)
def test_markings_round_trip(level: Tlp) -> None:
    assert tlp_named(level.word) is level


def test_every_kind_has_a_word() -> None:
    assert len({kind.word for kind in Kind}) == len(Kind)


def test_nothing_joined_is_nothing() -> None:
    assert joined([]).num_rows == 0
    assert tidied(empty()).schema == INDICATOR


def test_repeats_are_merged_in_the_widest_sense() -> None:
    found = tidied(
        table(
            row(Kind.HOST, "a.example", first_seen=5.0, valid_until=9.0, tlp=1, label="x"),
            row(Kind.HOST, "a.example", first_seen=3.0, last_seen=7.0, confidence=40, tlp=3),
            row(Kind.HOST, "a.example", valid_until=8.0, confidence=90, label="y"),
        )
    ).to_pylist()
    assert len(found) == 1
    assert (found[0]["first_seen"], found[0]["last_seen"]) == (3.0, 7.0)
    assert (found[0]["confidence"], found[0]["tlp"], found[0]["label"]) == (90, 3, "x")
    assert found[0]["valid_until"] is None  # one of them does not expire
    assert found[0]["source"] == "s"


def test_an_end_is_kept_where_all_have_one() -> None:
    found = tidied(
        table(
            row(Kind.HOST, "a.example", valid_until=9.0),
            row(Kind.HOST, "a.example", valid_until=8.0),
        )
    )
    assert found["valid_until"].to_pylist() == [9.0]


def test_a_name_and_all_below_it_are_a_domain() -> None:
    found = tidied(
        table(
            row(Kind.HOST, "a.example"),
            row(Kind.BELOW, "a.example"),
            row(Kind.BELOW, "b.example"),
            row(Kind.HOST, "c.example"),
            row(Kind.BELOW, "c.example", allow=True),
            row(Kind.HOST, "d.example", role=int(Role.NAME_SERVER)),
            row(Kind.BELOW, "d.example"),
        )
    ).to_pylist()
    assert [(r["kind"], r["value"]) for r in found] == [
        (Kind.DOMAIN, "a.example"),
        (Kind.BELOW, "b.example"),
        (Kind.HOST, "c.example"),
        (Kind.BELOW, "c.example"),
        (Kind.HOST, "d.example"),
        (Kind.BELOW, "d.example"),
    ]
