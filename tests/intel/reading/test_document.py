from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.errors import CorruptInputError, UnknownFormatError, UnreadableInputError
from fluxhound.intel.reading.document import is_manifest, loaded, matches, shape_of
from tests.intel.readers import SOME, counts, read, survives, taken

UUID = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    ("head", "answer"),
    [
        (b'{"a": 1}', True),
        (b'\xef\xbb\xbf [\n{"a"', True),
        (b'["a.example"]', True),
        (b"[]", True),
        (b"[Adblock Plus 2.0]", False),
        (b"a.example", False),
    ],
)
def test_json_is_told_by_its_beginning(head: bytes, *, answer: bool) -> None:
    assert matches(head) is answer


def test_a_list_of_texts_is_a_list() -> None:
    assert taken('["a[.]example", "9.9.9.9", 5]') == ["domain a.example", "address 9.9.9.9"]


def test_broken_json_is_told_with_its_place() -> None:
    with pytest.raises(CorruptInputError, match=r"^feed: the JSON is broken at line 2, column \d+"):
        read('{"Event": {"Attribute": [\n,]}}')


def test_deep_json_is_refused() -> None:
    with pytest.raises(CorruptInputError, match="depth"):
        read("[" * 100_000 + "{")
    with pytest.raises(CorruptInputError):
        read('{"objects":' * 100_000)


@pytest.mark.parametrize("piece", ["[],", "{},", '{"a":1},'])
def test_json_that_explodes_in_memory_is_refused(piece: str) -> None:
    with pytest.raises(UnreadableInputError, match="values in one JSON document"):
        read("[" + piece * 5_000_000 + "1]")


def test_other_json_is_told() -> None:
    with pytest.raises(UnknownFormatError, match="neither STIX, MISP nor IntelMQ"):
        read('{"hello": "world"}')
    with pytest.raises(UnknownFormatError, match="manifest of a MISP feed"):
        read(json.dumps({UUID: {"info": "x"}}))


def test_broken_bytes_cost_only_what_they_are_in() -> None:
    content = b'{"Event": {"info": "\xff", "Attribute": [{"type": "domain", "to_ids": true, '
    assert taken(content + b'"value": "a.example"}]}}') == ["domain a.example"]


def test_lines_may_be_broken_one_by_one() -> None:
    good = json.dumps({"source.fqdn": "a.example"})
    lines = f'{good}\n{{"broken\n{good}\n{{"other": 1}}\n{good}\n'
    assert taken(lines) == ["host a.example"]
    assert counts(read(lines).tally) == {
        "a line that is no JSON": 1,
        "a line of another kind": 1,
        "repeated": 2,
    }


def test_shapes_are_told_apart() -> None:
    shapes = {
        "stix": [{"type": "indicator", "id": "indicator--1"}],
        "misp": {"response": []},
        "intelmq": {"source.ip": "9.9.9.9"},
        "list": ["a.example"],
    }
    for name, document in shapes.items():
        shape = shape_of(document)
        assert shape is not None
        assert shape.name == name
    assert shape_of(5) is None
    assert is_manifest({UUID: {}})
    assert not is_manifest({"a": {}})
    assert loaded(b"\xef\xbb\xbf5", "feed") == 5


@SOME
@given(st.binary(max_size=100))
def test_any_bytes_are_survived(content: bytes) -> None:
    survives(b"{" + content, "json")
    survives(b'[{"type": "indicator", ' + content, "json")
