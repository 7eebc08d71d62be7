from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fluxhound.records import Totals
from fluxhound.sharing.intake import print_inputs
from tests.sharing import builders
from tests.sharing.consoles import written


def intake(totals: Totals, verbosity: int = 0) -> str:
    return written(120, lambda console: print_inputs(console, totals, verbosity))


def one(**given: object) -> Totals:
    return builders.totals(inputs=(replace(builders.no_input().inputs[0], **given),))  # type: ignore[arg-type]


def test_nothing_read_is_loud() -> None:
    text = intake(builders.no_input())
    assert "empty.log: read 0 records." in text
    assert "Read 0 records: nothing was analysed" in text
    assert "Read 0 records" in intake(builders.totals(inputs=()))


def test_bad_records_are_counted_by_reason_with_a_sample() -> None:
    text = intake(builders.totals())
    assert "17 bad records skipped" in text
    assert "14  line too short" in text
    assert "1\\x1b[31m" in text
    assert "passed over" not in text


def test_more_is_told_when_asked_and_less_when_quiet() -> None:
    assert "passed over 700,000: other record type" in intake(builders.totals(), 1)
    assert intake(builders.totals(), -1) == ""


def test_trouble_with_one_input_is_one_line() -> None:
    assert intake(one(error="It is damaged.", records=5)) == "empty.log: It is damaged.\n"
    named = one(error="empty.log: cannot be read.", records=5)
    assert intake(named) == "empty.log: cannot be read.\n"
    assert "none of 5 records held an answer" in intake(one(records=5))


def test_what_the_store_holds_is_no_trouble() -> None:
    for records in (0, 5):
        text = intake(one(known=True, records=records))
        assert text == "empty.log: its content was read before; nothing was added.\n"
        assert intake(one(known=True, records=records), -1) == ""


@pytest.mark.parametrize(
    ("given", "others"),
    [
        ({"error": "is damaged."}, "could not be read, or not to the end"),
        ({"records": 0}, "held no record"),
        ({"records": 3}, "held no answer"),
        ({"known": True}, "had been read before"),
    ],
)
def test_many_inputs_with_one_trouble_are_counted(given: dict[str, Any], others: str) -> None:
    report = replace(builders.no_input().inputs[0], **given)
    many = builders.totals(inputs=(*builders.totals().inputs, *[report] * 20))
    assert intake(many).count("empty.log: ") == 8
    assert f"and 12 more inputs that {others} (-v names all)" in intake(many)
    assert intake(many, 1).count("empty.log: ") == 20
    assert "more input" not in intake(many, 1)


def test_many_reasons_are_cut_and_counted() -> None:
    bad = {f"reason {n}": 1 for n in range(11)}
    assert "and 3 more reasons" in intake(one(records=11, observations=1, bad=bad))
    assert "reason 9" in intake(one(records=11, observations=1, bad=bad), 1)


def test_hostile_names_and_samples_cannot_act() -> None:
    text = intake(
        one(name="\x1b[2J.log", error="\x9bK", bad={"r\x07": 1}, samples={"r\x07": ("\x1b",)})
    )
    assert text.replace("\n", "").isprintable()
