from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from fluxhound.response.changes import Change
from fluxhound.response.documents import (
    change_document,
    change_from,
    entry_document,
    entry_from_row,
    entry_of,
    entry_row,
)
from fluxhound.response.entries import Answer, Entry, Mode, Trigger

#: Seconds and microseconds since 1970.
moments = st.tuples(st.integers(0, 200_000_000_000), st.integers(0, 999_999)).map(
    lambda parts: (
        datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=parts[0], microseconds=parts[1])
    )
)
texts = st.text(max_size=20)
entries = st.builds(
    Entry,
    trigger=st.sampled_from(Trigger), subject=texts, exact=st.booleans(),
    mode=st.sampled_from(Mode), answer=st.sampled_from(Answer),
    target=st.lists(st.sampled_from(["192.0.2.1", "2001:db8::1", "a.lab"])).map(tuple),
    finding=texts, reason=texts, owner=texts, added=moments, expires=moments, approved_by=texts,
)  # fmt: skip


@given(entries)
def test_there_and_back_again(given_: Entry) -> None:
    assert entry_of(json.loads(json.dumps(entry_document(given_)))) == given_
    assert entry_from_row(entry_row(given_)) == given_
    for change in (Change(before=given_, after=None), Change(before=None, after=given_)):
        assert change_from(json.loads(json.dumps(change_document(change)))) == change


def test_times_are_utc() -> None:
    east = datetime(2026, 11, 24, 9, tzinfo=timezone(timedelta(hours=1)))
    document = {"added": east.isoformat(), "expires": "2026-11-24T08:00:00.5Z"}
    entry = entry_of(
        {**entry_document(Entry(
            subject="a.lab", exact=True, mode=Mode.LOG, answer=Answer.PASS, finding="", reason="",
            owner="", added=east, expires=east)), **document}
    )  # fmt: skip
    assert entry.added == datetime(2026, 11, 24, 8, tzinfo=UTC)
    assert entry.expires.microsecond == 500_000
