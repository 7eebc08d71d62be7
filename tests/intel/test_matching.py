from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.intel.gathering import Gathering, Told
from fluxhound.intel.indicator import Kind, Role, empty, joined
from fluxhound.intel.matching import How, Matcher, Matches, combined
from fluxhound.sources.tally import Tally


def table(*entries: tuple[str, Kind] | tuple[str, Kind, Role]) -> pa.Table:
    gathering = Gathering(Tally())
    for text, kind, *role in entries:
        gathering.add(text, kind, Told(role=role[0] if role else Role.ANYWHERE))
    return gathering.table()


def told(matcher: Matcher, matches: Matches) -> list[tuple[int, str, str]]:
    values = matcher.indicators["value"].to_pylist()
    return [
        (int(row), values[owner], How(how).word)
        for row, owner, how in zip(matches.row, matches.indicator, matches.how, strict=True)
    ]


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher(
        table(
            ("evil.example", Kind.DOMAIN),
            ("host.example", Kind.HOST),
            ("below.example", Kind.BELOW),
            ("a.evil.example", Kind.HOST),
            ("http://shared.example/x", Kind.URL),
            ("http://9.9.9.9/x", Kind.URL),
            ("ns.bad.example", Kind.HOST, Role.NAME_SERVER),
            ("8.8.8.8", Kind.ADDRESS),
            ("8.8.0.0/16", Kind.NETWORK),
            ("2620:fe::/48", Kind.NETWORK),
            ("8.8.4.0/24", Kind.NETWORK, Role.NAME_SERVER),
        ),
        salt=5,
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("evil.example", [("evil.example", "exact")]),
        ("www.evil.example", [("evil.example", "below")]),
        ("a.evil.example", [("a.evil.example", "exact"), ("evil.example", "below")]),
        ("notevil.example", []),
        ("example", []),
        ("host.example", [("host.example", "exact")]),
        ("www.host.example", []),
        ("below.example", []),
        ("a.b.below.example", [("below.example", "below")]),
        ("shared.example", [("http://shared.example/x", "url-host")]),
        ("www.shared.example", []),
        ("ns.bad.example", []),
        ("", []),
        (r"x\.evil.example", []),
        (r"x\\.evil.example", [("evil.example", "below")]),
    ],
)
def test_names_match_as_their_kind_says(
    matcher: Matcher, name: str, expected: list[tuple[str, str]]
) -> None:
    found = told(matcher, matcher.names(pa.array(["other.example", name])))
    assert found == [(1, value, how) for value, how in expected]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("8.8.8.8", [("8.8.8.8", "exact"), ("8.8.0.0/16", "network")]),
        ("8.8.1.1", [("8.8.0.0/16", "network")]),
        ("8.8.4.4", [("8.8.0.0/16", "network")]),
        ("9.9.9.9", [("http://9.9.9.9/x", "url-host")]),
        ("2620:fe:0::fe", [("2620:fe::/48", "network")]),
        ("2620:ff::fe", []),
        ("evil.example", []),
    ],
)
def test_addresses_match_exactly_or_by_network(
    matcher: Matcher, address: str, expected: list[tuple[str, str]]
) -> None:
    found = told(matcher, matcher.addresses(pa.array([address])))
    assert found == [(0, value, how) for value, how in expected]


def test_name_servers_match_what_is_about_them(matcher: Matcher) -> None:
    names = matcher.names(pa.array(["ns.bad.example"]), name_servers=True)
    assert told(matcher, names) == [(0, "ns.bad.example", "exact")]
    addresses = matcher.addresses(pa.array(["8.8.4.4"]), name_servers=True)
    assert [value for _, value, _ in told(matcher, addresses)] == ["8.8.4.0/24", "8.8.0.0/16"]


def test_the_best_match_of_each_row_can_be_asked_for(matcher: Matcher) -> None:
    names = pa.array(["a.evil.example", "x.example", "b.evil.example"])
    assert told(matcher, matcher.names(names).best()) == [
        (0, "a.evil.example", "exact"),
        (2, "evil.example", "below"),
    ]
    assert len(matcher.names(pa.array(["x.example"])).best()) == 0


def test_the_same_value_of_several_sources_matches_as_often() -> None:
    one = table(("evil.example", Kind.DOMAIN))
    twice = Matcher(joined([one, one]))
    assert twice.names(pa.array(["a.evil.example"])).indicator.tolist() == [0, 1]


def test_without_indicators_nothing_matches() -> None:
    none = Matcher(empty())
    assert len(none.names(pa.array(["a.example"]))) == 0
    assert len(none.addresses(pa.chunked_array([], pa.string()))) == 0


def test_columns_of_any_making_are_read(matcher: Matcher) -> None:
    names = pa.chunked_array([["x.example"], ["a.evil.example", None]])
    assert matcher.names(names).row.tolist() == [1, 1]
    coded = pa.array(["a.evil.example", "a.evil.example"]).dictionary_encode()
    assert matcher.names(coded).row.tolist() == [0, 0, 1, 1]
    assert len(combined(pa.chunked_array([], pa.string()))) == 0


LABEL = st.sampled_from(["a", "b", "c", "ab"])
NAME = st.lists(LABEL, min_size=1, max_size=4).map(lambda labels: ".".join([*labels, "example"]))
ENTRY = st.tuples(NAME, st.sampled_from([Kind.DOMAIN, Kind.HOST, Kind.BELOW]))


def covers(value: str, kind: Kind, name: str) -> bool:
    itself = name == value and kind != Kind.BELOW
    return itself or (name.endswith(f".{value}") and kind != Kind.HOST)


@given(st.lists(ENTRY, min_size=1, max_size=10), st.lists(NAME, max_size=10))
def test_every_match_is_found_and_no_other(
    entries: list[tuple[str, Kind]], names: list[str]
) -> None:
    matcher = Matcher(table(*entries))
    rows = matcher.indicators.to_pylist()
    found = matcher.names(pa.array(names, pa.string()))
    expected = {
        (at, owner)
        for at, name in enumerate(names)
        for owner, row in enumerate(rows)
        if covers(row["value"], Kind(row["kind"]), name)
    }
    assert set(zip(found.row.tolist(), found.indicator.tolist(), strict=True)) == expected
    assert len(found) == len(expected)
    assert found.row.tolist() == sorted(found.row.tolist())
