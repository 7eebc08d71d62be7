from __future__ import annotations

from fluxhound.response.entries import Trigger
from tests.response.responses import BOLD, NOW, circumstances, entry

KEY = (Trigger.NAME, "evil.lab")


def test_keys_are_counted_once() -> None:
    there = circumstances(entries=(entry(), entry(approved_by="")))
    assert there.keys == {KEY}


def test_a_case_holds_what_is_known_of_its_entry() -> None:
    there = circumstances(holds={KEY: "no."}, lifted={KEY: frozenset({"top-name"})})
    case = there.case(entry(), policy=BOLD, now=NOW)
    assert case.hold == "no."
    assert case.blast is not None
    assert there.lifted_for(entry()) == {"top-name"}
    assert there.lifted_for(entry("other.lab")) == frozenset()
    assert there.case(entry("other.lab"), policy=BOLD, now=NOW).blast is None
