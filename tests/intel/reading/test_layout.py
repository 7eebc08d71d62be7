from __future__ import annotations

import pytest

from fluxhound.errors import UsageError
from fluxhound.intel.indicator import Kind
from fluxhound.intel.reading.layout import fields, find_layout

URLHAUS = [
    "################################",
    "# Terms of use ...",
    "#",
    "# id,dateadded,url,url_status,last_online,threat,tags,urlhaus_link,reporter",
    '"3423","2024-01-01 10:00:00","http://evil.example/a","online","","malware_download","","",""',
]
THREATFOX = [
    '# "first_seen_utc","ioc_id","ioc_value","ioc_type","threat_type","confidence_level"',
    '"2024-01-01 10:00:00", "1", "192.0.2.1:80", "ip:port", "botnet_cc", "75"',
]


def test_the_header_may_stand_in_a_comment() -> None:
    found = find_layout(URLHAUS, {}, None)
    assert found is not None
    assert found.kind is Kind.URL
    assert found.header == ""
    assert found.places == {"value": 2, "first_seen": 1, "last_seen": 4, "label": 5}


def test_the_header_may_be_quoted_in_a_comment() -> None:
    found = find_layout(THREATFOX, {}, None)
    assert found is not None
    assert found.places == {
        "value": 2,
        "type": 3,
        "first_seen": 0,
        "label": 4,
        "confidence": 5,
    }


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_header_may_be_the_first_row(mark: str) -> None:
    line = mark.join(["Domain Name", "First Seen", "Malware"])
    found = find_layout([line], {}, None)
    assert found is not None
    assert (found.delimiter, found.header, found.kind) == (mark, line, Kind.DOMAIN)
    assert found.places == {"value": 0, "first_seen": 1, "label": 2}


def test_columns_may_be_named_or_numbered() -> None:
    lines = ["what;when;who", "evil.example;2024-01-01;me"]
    by_name = find_layout(lines, {"value": "what", "first_seen": "when"}, None)
    assert by_name is not None
    assert by_name.places == {"value": 0, "first_seen": 1}
    by_number = find_layout(lines[1:], {"value": "1"}, None)
    assert by_number is not None
    assert (by_number.delimiter, by_number.places["value"]) == (";", 0)


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"value": "9"}, "no column '9'"),
        ({"value": "nothing"}, "no column 'nothing'"),
        ({"volume": "1", "value": "1"}, "no column 'volume' of ours"),
        ({"label": "2"}, "--column value="),
    ],
)
def test_a_column_that_is_not_there_is_told(columns: dict[str, str], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        find_layout(["evil.example;2024-01-01"], columns, None)


def test_without_names_nothing_is_guessed() -> None:
    assert find_layout(["evil.example,x,y", "b.example,x,y"], {}, None) is None
    assert find_layout([], {}, None) is None
    assert find_layout(["# url,a"], {}, None) is None


def test_blanks_after_commas_do_not_count() -> None:
    assert fields('"a", "b, c",  d', ",") == ["a", "b, c", "d"]
    assert fields("", ",") == []
