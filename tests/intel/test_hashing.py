from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.intel import hashing
from fluxhound.intel.hashing import CHUNK_BYTES, Hasher, mixed, texts_of

NAMES = st.lists(st.text("ab.\\", max_size=12), min_size=1, max_size=6)


def endings(names: list[str], hasher: Hasher) -> dict[tuple[int, str], int]:
    texts = texts_of(pa.array(names))
    found = {}
    for part in hasher.endings(texts):
        for row, start, end, value in zip(part.row, part.start, part.end, part.hash, strict=True):
            found[int(row), bytes(texts.octets[start:end]).decode()] = int(value)
    return found


def test_endings_have_the_hash_of_the_same_text_alone() -> None:
    hasher = Hasher(5)
    found = endings(["www.evil.example", "evil.example", "example", ""], hasher)
    assert {text for _, text in found} == {"www.evil.example", "evil.example", "example", ""}
    alone = dict(
        zip(
            ["evil.example", "example"],
            hasher.wholes(texts_of(pa.array(["evil.example", "example"]))).tolist(),
            strict=True,
        )
    )
    assert found[0, "evil.example"] == found[1, "evil.example"] == alone["evil.example"]
    assert found[0, "example"] == found[2, "example"] == alone["example"]


def test_an_escaped_dot_ends_no_label() -> None:
    found = endings([r"a\.b.example", r"a\\.b", ".", "a."], Hasher(5))
    assert {text for row, text in found if row == 0} == {r"a\.b.example", "example"}
    assert {text for row, text in found if row == 1} == {r"a\\.b", "b"}
    assert {text for row, text in found if row > 1} == {".", "a."}


def test_another_base_gives_other_hashes() -> None:
    texts = texts_of(pa.array(["evil.example"]))
    assert Hasher(5).wholes(texts) != Hasher(7).wholes(texts)
    assert Hasher().wholes(texts) != Hasher().wholes(texts)


def test_columns_may_be_slices_and_hold_nulls() -> None:
    column = pa.array(["x.example", None, "a.example", "b.example"]).slice(1, 2)
    texts = texts_of(column)
    assert [bytes(texts.octets[s:e]) for s, e in zip(texts.starts, texts.ends, strict=True)] == [
        b"",
        b"a.example",
    ]
    assert len(texts_of(pa.array([], pa.string()))) == 0
    assert len(texts_of(pa.array(["a", "a"]).dictionary_encode())) == 2


def test_many_chunks_and_long_texts_are_hashed(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"h{number}.example" for number in range(3_000)]
    whole = Hasher(5).wholes(texts_of(pa.array(names)))
    monkeypatch.setattr(hashing, "CHUNK_BYTES", 64)
    assert (Hasher(5).wholes(texts_of(pa.array(names))) == whole).all()
    assert (1, "example") in endings(["a." * 500, "b.example"], Hasher(5))


def test_texts_longer_than_a_chunk_are_cut() -> None:
    texts = texts_of(pa.array(["a" * (2 * CHUNK_BYTES), "b.example"]))
    rows = np.concatenate([part.row for part in Hasher(5).endings(texts)])
    assert rows.tolist() == [0, 1, 1]
    assert Hasher(5).wholes(texts)[1] == Hasher(5).wholes(texts_of(pa.array(["b.example"])))[0]


@given(NAMES, st.integers(0, 2**64 - 1))
def test_equal_texts_have_equal_hashes_wherever_they_stand(names: list[str], base: int) -> None:
    hasher = Hasher(base)
    values: dict[str, int] = {}
    for (_, text), value in endings(names, hasher).items():
        assert values.setdefault(text, value) == value
    wholes = hasher.wholes(texts_of(pa.array(names))).tolist()
    assert all(values[name] == value for name, value in zip(names, wholes, strict=True))


def test_mixing_loses_nothing() -> None:
    numbers = np.arange(10_000, dtype=np.uint64)
    assert len(np.unique(mixed(numbers))) == 10_000
