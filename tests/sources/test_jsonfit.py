from __future__ import annotations

import json
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.sources.jsonblock import Block
from fluxhound.sources.jsonfit import Fit, Items, fitted
from fluxhound.sources.jsontemplate import Path, learn
from fluxhound.sources.stretches import Stretches
from tests.sources.test_jsonblock import TAIL

plain = st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters='"\\'))
objects = st.builds(lambda n, t: {"n": n, "t": t}, plain, st.integers(0, 10**9))


def fit_of(lines: list[bytes], model: bytes) -> tuple[Block, Fit]:
    block = Block(b"\n".join(lines) + b"\n" + TAIL)
    template = learn(model, [("o",)])
    assert template is not None
    return block, fitted(block, template, block.eligible)


def said(block: Block, some: Stretches) -> list[str]:
    pairs = zip(some.starts.tolist(), some.ends.tolist(), strict=True)
    return [block.text[start:end].decode() for start, end in pairs]


def parted(block: Block, fit: Fit, path: Path) -> list[list[str]]:
    items: Items = fit.items[path]
    pieces = said(block, items.stretches)
    ends = np.cumsum(items.counts).tolist()
    return [pieces[end - count : end] for end, count in zip(ends, items.counts, strict=True)]


def written(line: dict[str, Any]) -> bytes:
    return json.dumps(line, separators=(",", ":")).encode()


@given(
    st.lists(
        st.tuples(plain, st.lists(plain, min_size=1), st.lists(st.integers(0, 999), min_size=1))
    )
)
@settings(deadline=None, max_examples=50)
def test_values_are_found_where_they_are(rows: list[tuple[str, list[str], list[int]]]) -> None:
    lines = [written({"a": a, "l": ls, "n": n, "e": True}) for a, ls, n in rows]
    block, fit = fit_of(lines, b'{"a":"","l":["x"],"n":[1],"e":false}')
    assert fit.lines.tolist() == list(range(len(rows)))
    if rows:
        assert said(block, fit.values["a",]) == [a for a, _, _ in rows]
        assert parted(block, fit, ("l",)) == [texts for _, texts, _ in rows]
        assert parted(block, fit, ("n",)) == [[str(n) for n in ns] for _, _, ns in rows]


@given(st.lists(st.lists(objects, min_size=1)))
@settings(deadline=None, max_examples=50)
def test_objects_are_taken_apart(rows: list[list[dict[str, Any]]]) -> None:
    block, fit = fit_of(
        [written({"o": row, "z": 1}) for row in rows], b'{"o":[{"n":"","t":1}],"z":1}'
    )
    assert fit.lines.tolist() == list(range(len(rows)))
    if rows:
        assert parted(block, fit, ("o", "n")) == [[each["n"] for each in row] for row in rows]
        assert parted(block, fit, ("o", "t")) == [[str(each["t"]) for each in row] for row in rows]


@given(st.integers(0, 60), st.sampled_from(list(b'"{}[],:01-.etx')), st.booleans())
@settings(deadline=None, max_examples=50)
def test_what_fits_is_an_object_with_the_keys_of_the_template(
    at: int, octet: int, insert: bool
) -> None:
    model = b'{"a":"x","o":[{"n":"y","t":1},{"n":"z","t":2}],"k":[1,2.5],"e":true}'
    line = model[:at] + bytes([octet]) + model[at + (not insert) :]
    block, fit = fit_of([line, model], model)
    assert fit.lines.tolist()[-1] == 1
    if len(fit.lines) > 1:
        found = json.loads(line)
        assert list(found) == ["a", "o", "k", "e"]
        assert said(block, fit.values["a",])[0] == found["a"]
        assert parted(block, fit, ("o", "n"))[0] == [each["n"] for each in found["o"]]
