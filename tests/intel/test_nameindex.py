from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from fluxhound.intel import nameindex
from fluxhound.intel.hashing import Hasher, texts_of
from fluxhound.intel.nameindex import NameIndex, equal_texts


class Colliding(Hasher):
    """Gives every text the same hash: only the texts themselves can tell them apart."""

    def _hashes(self, sums, starts, ends):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        return np.ones(len(starts), dtype=np.uint64)


@pytest.mark.parametrize("hasher", [Hasher(5), Colliding(5)])
def test_texts_decide_not_hashes(hasher: Hasher) -> None:
    held = pa.array(["evil.example", "evil.exampl", "b.example", "x.evil.example"])
    itself = np.array([True, True, False, True])
    below = np.array([True, False, True, False])
    index = NameIndex(held, np.array([10, 11, 12, 13]), itself, below, hasher)
    names = pa.array(["evil.example", "x.evil.example", "b.example", "a.b.example", "example"])
    row, owner, length, whole = index.find(names)
    found = set(zip(row.tolist(), owner.tolist(), length.tolist(), whole.tolist(), strict=True))
    assert found == {
        (0, 10, 12, True),
        (1, 13, 14, True),
        (1, 10, 12, False),
        (3, 12, 9, False),
    }


def test_nothing_is_found_in_nothing() -> None:
    none = np.zeros(0, dtype=np.bool_)
    index = NameIndex(pa.array([], pa.string()), np.zeros(0, np.int64), none, none, Hasher(5))
    assert len(index.find(pa.array(["a.example"]))[0]) == 0
    assert len(index.find(pa.array([], pa.string()))[0]) == 0


def test_texts_are_compared_in_bounded_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nameindex, "COMPARED_BYTES", 8)
    ours, theirs = texts_of(pa.array(["aa", "bb", "cc", "d", ""])), texts_of(pa.array(["bb", "d"]))
    place = np.array([0, 0, 0, 1, 1])
    same = equal_texts(ours, ours.starts, ours.ends, theirs, place)
    assert same.tolist() == [False, True, False, True, False]
