from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from fluxhound.errors import UsageError
from fluxhound.history.store import Store
from fluxhound.intel.entries import Entry, drop_entry, entries, entry_table, make_entry, put_entry
from fluxhound.intel.indicator import INDICATOR, Kind
from fluxhound.intel.shelf import Shelf


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    with Store() as store:
        yield Shelf(store)


def entry(text: str, **more: Any) -> Entry:
    usual: dict[str, Any] = {"allow": True, "reason": "ours", "owner": "me", "created": 5.0}
    return make_entry(text, **usual | more)


def test_entries_are_spelled_in_one_way() -> None:
    assert entry("Evil[.]Example.").kind is Kind.DOMAIN
    assert entry("evil.example", alone=True).kind is Kind.HOST
    assert entry("8.8.0.0/16").kind is Kind.NETWORK
    assert (entry("a.example").word, entry("a.example", allow=False).word) == ("allow", "deny")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("com", "a single label"),
        ("co.uk", "a public suffix"),
        ("10.0.0.1", "a private or reserved address"),
        ("http://a.example/x", "a URL: give its host"),
        ("not.a name", "not a valid name"),
    ],
)
def test_what_must_not_be_an_entry_is_told(text: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        entry(text)


def test_a_reason_must_be_given() -> None:
    with pytest.raises(UsageError, match="--reason"):
        entry("a.example", reason=" ")


def test_entries_are_kept_replaced_and_dropped(shelf: Shelf) -> None:
    put_entry(shelf, entry("a.example"))
    put_entry(shelf, entry("b.example", expires=10.0))
    put_entry(shelf, entry("a.example", allow=False, reason="no longer"))
    assert [(e.value, e.word) for e in entries(shelf)] == [
        ("a.example", "deny"),
        ("b.example", "allow"),
    ]
    assert [e.value for e in entries(shelf, now=10.0)] == ["a.example"]
    assert [e.value for e in entries(shelf, now=9.0)] == ["a.example", "b.example"]
    drop_entry(shelf, "B[.]example")
    assert [e.value for e in entries(shelf)] == ["a.example"]
    with pytest.raises(UsageError, match="No entry"):
        drop_entry(shelf, "b.example")


def test_entries_can_be_looked_up_like_indicators() -> None:
    table = entry_table((entry("a.example"), entry("8.8.8.8", allow=False)))
    assert table.schema == INDICATOR
    assert table["value"].to_pylist() == ["a.example", "8.8.8.8"]
    assert table["allow"].to_pylist() == [True, False]
    assert entry_table(()).num_rows == 0
