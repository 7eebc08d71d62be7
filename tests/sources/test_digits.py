from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.sources.digits import last_whole, times
from fluxhound.sources.zeekrows import whole_seconds

LINE_START = b"0" * 20 + b"\t"


def column(texts: list[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the octets of a line of *texts*, with their starts and lengths."""
    content = LINE_START + b"\t".join(text.encode() for text in texts) + b"\n"
    lengths = np.array([len(text) for text in texts], np.int64)
    starts = len(LINE_START) + np.cumsum(lengths + 1) - lengths - 1
    return np.frombuffer(content, np.uint8), starts, lengths


@given(st.lists(st.integers(0, 4_102_444_800 * 10**6), min_size=1, max_size=20))
def test_times_are_exact(micros: list[int]) -> None:
    texts = [f"{value // 10**6:010}.{value % 10**6:06}" for value in micros]
    found = times(*column(texts))
    assert found is not None
    assert found.tolist() == [float(text) for text in texts]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "1500000000",
        "1500000000.50000",
        "1500000000.5000000",
        "150000000x.500000",
        "15000000a0.500000",
        "1500000000,500000",
        "1500000000.50000x",
        "-500000000.500000",
    ],
)
def test_other_forms_of_time_are_left_alone(text: str) -> None:
    assert times(*column(["1500000000.000000", text])) is None


TTLS = st.lists(
    st.one_of(
        st.integers(0, 2**33).map(lambda value: f"{value}.000000"),
        st.sampled_from(["-5.000000", "1.5", "x7.000000", "12345678.000000", "0.500000", "", "7"]),
        st.text("0123456789.-x", max_size=12),
    ),
    min_size=1,
    max_size=5,
).map(",".join)


@given(st.lists(TTLS, min_size=1, max_size=10))
def test_last_numbers_are_those_that_the_parser_reads(texts: list[str]) -> None:
    content, starts, lengths = column(texts)
    numbers, known = last_whole(content, starts + lengths)
    for text, number, sure in zip(texts, numbers, known, strict=True):
        if sure:
            written = pa.array([text.rpartition(",")[2]], pa.string())
            assert whole_seconds(written).to_pylist() == [number]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("18.000000", 18),
        ("3583.000000,0.000000", 0),
        ("1.000000,9999999.000000", 9_999_999),
        ("18.500000", None),
        ("12345678.000000", None),
        ("-18.000000", None),
        (".000000", None),
        ("-", None),
    ],
)
def test_last_whole_number(text: str, expected: int | None) -> None:
    content, starts, lengths = column([text])
    numbers, known = last_whole(content, starts + lengths)
    assert (int(numbers[0]) if known[0] else None) == expected
