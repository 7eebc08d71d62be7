from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.lab.writing import columns

TEXTS = st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=5)


@given(TEXTS)
def test_json_text_is_what_json_reads(texts: list[str]) -> None:
    found = columns.json_text(pa.array(texts)).to_pylist()
    assert [json.loads(f'"{text}"') for text in found] == texts


def test_json_or_null_keeps_what_is_missing() -> None:
    assert columns.json_or_null(pa.array(["a", None])).to_pylist() == ['"a"', "null"]


@given(st.lists(st.integers(1, 4 * 10**15), min_size=1, max_size=5))
def test_times_are_written_to_the_microsecond(micros: list[int]) -> None:
    times = np.array(micros) / 1e6
    assert columns.micros(times).tolist() == micros
    expected = [f"{each // 10**6}.{each % 10**6:06d}" for each in micros]
    assert columns.decimal_seconds(times).to_pylist() == expected


def test_calendar_times_are_suricatas() -> None:
    found = columns.calendar_times(np.array([1_793_577_600.0, 1.5])).to_pylist()
    assert found == ["2026-11-02T00:00:00.000000+0000", "1970-01-01T00:00:01.500000+0000"]


def test_runs_are_joined_and_counted() -> None:
    values, counts = pa.array(["a", "b", "c"]), np.array([2, 0, 1])
    assert columns.grouped(values, counts, ",").to_pylist() == ["a,b", "", "c"]
    assert columns.within(counts).tolist() == [0, 1, 0]
    assert columns.within(np.empty(0, np.int64)).tolist() == []
    found = columns.repeated(pa.array(["x", "y", None]), np.array([3, 1, 2]), "-").to_pylist()
    assert found == ["x-x-x", "y", None]


@pytest.mark.parametrize(
    ("texts", "start", "content"),
    [(["ab", "", "c"], 0, b"abc"), (["ab", "", "c"], 2, b"c"), ([], 0, b""), ([None], 0, b"")],
)
def test_content_is_the_octets_of_a_slice(
    texts: list[str | None], start: int, content: bytes
) -> None:
    assert bytes(columns.content(pa.array(texts, pa.string()).slice(start))) == content


def test_octets_become_columns() -> None:
    matrix = np.frombuffer(b"abcd", np.uint8).reshape(2, 2)
    assert columns.fixed(matrix).to_pylist() == ["ab", "cd"]
    assert columns.binary(matrix.ravel(), np.array([1, 3])).to_pylist() == [b"a", b"bcd"]
    assert columns.numbers(np.array([1, 20])).to_pylist() == ["1", "20"]
    assert columns.joined(pa.array(["a", "b"]), "-").to_pylist() == ["a-", "b-"]
    assert columns.contains(pa.array(["a", None]), "a").tolist() == [True, False]
