from __future__ import annotations

import contextlib
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.records import EntityKind, Finding, Severity, VerdictKind
from fluxhound.service.web.paging import Filters, cursor, page, place, read_cursor
from fluxhound.service.web.problems import Problem
from tests.sharing import builders


def many(count: int) -> list[Finding]:
    severities = list(Severity)
    return [
        builders.finding(
            name=f"n{i:03}.example",
            registered_domain=f"n{i:03}.example",
            severity=severities[i % 5],
            flux=(i % 7) / 7,
        )
        for i in range(count)
    ]


def walked(found: list[Finding], *, limit: int) -> list[str]:
    """Follow the cursor to the end; findings come and go meanwhile."""
    seen: list[str] = []
    after = None
    while True:
        part, onwards = page(found, Filters(), after=after, limit=limit)
        seen += [each.name for each in part]
        if onwards is None:
            return seen
        after = read_cursor(onwards)


@pytest.mark.parametrize("limit", [1, 3, 10, 49, 50, 51])
def test_pages_hold_everything_once_and_in_order(limit: int) -> None:
    found = many(50)
    assert walked(found, limit=limit) == [each.name for each in sorted(found, key=place)]


def test_what_goes_between_two_pages_hides_nothing() -> None:
    found = sorted(many(20), key=place)
    first, onwards = page(found, Filters(), after=None, limit=5)
    assert onwards is not None
    second, _ = page(found[3:], Filters(), after=read_cursor(onwards), limit=5)
    assert [*first, *second] == found[:10]


def test_the_most_severe_come_first() -> None:
    part, _ = page(many(50), Filters(), after=None, limit=10)
    assert {each.severity for each in part} == {Severity.CRITICAL}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(verdicts=frozenset({VerdictKind.CDN})), 0),
        (Filters(verdicts=frozenset({VerdictKind.DOUBLE_FLUX, VerdictKind.CDN})), 1),
        (Filters(entities=frozenset({EntityKind.NETWORK})), 0),
        (Filters(least=Severity.CRITICAL), 1),
        (Filters(domain=builders.double_flux().registered_domain), 1),
        (Filters(domain="x.example"), 0),
        (Filters(domain="example"), 1),
    ],
)
def test_filters(filters: Filters, expected: int) -> None:
    part, _ = page([builders.double_flux()], filters, after=None, limit=10)
    assert len(part) == expected


def test_since() -> None:
    found = builders.double_flux()
    seen = found.last_seen
    assert Filters(since=seen.timestamp()).admit(found)
    assert not Filters(since=(seen + timedelta(seconds=1)).timestamp()).admit(found)


@given(
    at=st.tuples(
        st.integers(-4, 0),
        st.floats(-1, 0),
        st.text(st.characters(codec="utf-8"), max_size=64),
        st.just("name"),
    )
)
def test_cursors_hold_the_place(at: tuple[int, float, str, str]) -> None:
    assert read_cursor(cursor(at)) == at


@given(text=st.text(max_size=80))
def test_any_text_is_a_cursor_or_a_problem(text: str) -> None:
    with contextlib.suppress(Problem):
        assert len(read_cursor(text)) == 4


@pytest.mark.parametrize(
    "text", ["", "e30", "WzEsMiwzLDRd", "W10", "WzEsMSxudWxsLCJhIl0", "A" * 99_999]
)
def test_what_is_no_cursor(text: str) -> None:
    with pytest.raises(Problem, match="not one of ours"):
        read_cursor(text)
