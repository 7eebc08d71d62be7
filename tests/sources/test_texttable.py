from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.sources.tally import Tally
from fluxhound.sources.texttable import columns

NAMES = ("a", "b", "a")


def rows(body: bytes, *, quoted: bool = True) -> tuple[list[tuple[str, str, None]], Tally]:
    tally = Tally()
    found = columns(
        body, tally, names=NAMES, wanted=("b", "a", "none"), delimiter=",", nulls=["", "-"],
        quoted=quoted,
    )  # fmt: skip
    return [(r["b"], r["a"], r["none"]) for t in found for r in t.to_pylist()], tally


@pytest.mark.parametrize(
    ("body", "quoted", "found", "bad"),
    [
        (b"1,2,3\n", True, [("2", "1", None)], {}),
        (b'"1",",",3\n', True, [(",", "1", None)], {}),
        (b'"1,2,3\n', False, [("2", '"1', None)], {}),
        (b"-,,3\n", True, [(None, None, None)], {}),
        (b"1,2\n1,2,3\n", True, [("2", "1", None)], {"wrong number of columns": 1}),
        (b"\xe9,2,3\n", True, [("2", "\\xe9", None)], {}),
        (b"\n\n", True, [], {}),
    ],
)
def test_cells(
    body: bytes, *, quoted: bool, found: list[tuple[str, str, None]], bad: dict[str, int]
) -> None:
    assert rows(body, quoted=quoted)[0] == found
    assert rows(body, quoted=quoted)[1].bad == bad


@settings(max_examples=60)
@given(st.binary(max_size=200), st.booleans())
def test_any_bytes(body: bytes, quoted: bool) -> None:
    found, tally = rows(body, quoted=quoted)
    assert len(found) + sum(tally.bad.values()) == tally.records
