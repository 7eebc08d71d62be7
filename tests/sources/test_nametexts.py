"""Texts of names that are plain, and pieces of octets."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.sources.labels import Labels, padded
from fluxhound.sources.nametexts import lowered, pieces, texts
from fluxhound.sources.sections import Names


def told(*names: bytes) -> list[str | None]:
    """Return the texts of names that are read in turn in one message; ``None`` for odd ones."""
    octets = bytes(12) + b"".join(names)
    labels = Labels(padded(octets))
    end = np.array([len(octets)])
    starts = np.cumsum([12, *map(len, names)])[:-1]
    walks = [labels.walk(starts[i : i + 1], end * 0, end) for i in range(len(names))]
    assert all(walk.sound.all() for walk in walks)
    stop = np.concatenate([walk.stop for walk in walks])
    suffix = np.concatenate([walk.suffix for walk in walks])
    found, plain = texts(labels, Names(starts, stop, suffix, starts * 0), end * 0, end)
    return [text if ok else None for text, ok in zip(found.to_pylist(), plain, strict=True)]


def test_names_and_what_their_pointers_lead_to() -> None:
    names = [b"\3www\1a\4test\0", b"\1b\xc0\x10", b"\1c\xc0\x18", b"\4Mail\xc0\x1c"]
    assert told(*names) == ["www.a.test", "b.a.test", "c.b.a.test", "Mail.c.b.a.test"]


def test_what_must_be_escaped_is_not_plain() -> None:
    odd = [b"\3a.b\0", b"\1,\0", b"\1\\\0", b"\1 \0", b"\1\x7f\0", b"\2\xc3\xa9\0"]
    assert told(*odd, b"\1/\0") == [None] * len(odd) + ["/"]
    assert told(b"\1.\1a\0", b"\1b\xc0\x0e", b"\1b\xc0\x0c") == [None, "b.a", None]


def test_long_names_and_long_chains_are_not_plain() -> None:
    most = b"\x3f" + b"x" * 63
    whole = most * 3 + b"\x3d" + b"x" * 61 + b"\0"
    assert len(told(whole)[0] or "") == 253
    assert told(whole, b"\1a\xc0\x0c") == [
        "x" * 63 + "." + "x" * 63 + "." + "x" * 63 + "." + "x" * 61,
        None,
    ]
    hops = [b"\1a\0", *(b"\1a" + bytes([0xC0, at]) for at in (12, 15, 19, 23, 27, 31, 35, 39))]
    assert None in told(*hops)
    assert [text for text in told(*hops) if text] == [".".join("a" * n) for n in range(1, 8)]


def test_case_is_dropped_from_letters_alone() -> None:
    text = pa.array(["AbZ[@`{0-_", "", "z"])
    assert lowered(text).to_pylist() == ["abz[@`{0-_", "", "z"]
    assert lowered(text[:0]).to_pylist() == []
    assert lowered(pa.array(["abc"])).to_pylist() == ["abc"]


@given(
    st.binary(min_size=1, max_size=60), st.lists(st.tuples(st.integers(0, 59), st.integers(-5, 99)))
)
def test_pieces_are_slices(octets: bytes, places: list[tuple[int, int]]) -> None:
    start = np.array([min(at, len(octets)) for at, _ in places], np.int64)
    end = start + np.array([size for _, size in places], np.int64)
    found = pieces(padded(octets), start, end)
    found.validate(full=True)
    whole = padded(octets).tobytes()
    assert found.to_pylist() == [
        whole[a : max(a, b)] for a, b in zip(start.tolist(), end.tolist(), strict=True)
    ]
