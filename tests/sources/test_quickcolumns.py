from __future__ import annotations

import json

import numpy as np
import pytest

from fluxhound.sources.jsonblock import Block
from fluxhound.sources.jsonfit import fitted
from fluxhound.sources.jsontemplate import Kind, learn
from fluxhound.sources.quickcolumns import agrees, contains, listed, times, usual_lists
from fluxhound.sources.stretches import Stretches
from tests.sources.test_jsonblock import TAIL


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        (1795046400.25, 1795046400.25),
        (1795046400250, 1795046400.25),
        (1795046400250000, 1795046400.25),
        (1795046400250000000, 1795046400.25),
        (0, None),
        (4102444800, None),
        ("2026-11-19T00:00:00.250000+0000", 1795046400.25),
        ("2026-11-19T00:00:00.250000Z", 1795046400.25),
        ("2026-11-19T00:00:00.250000+0100", None),
        ("2026-13-19T00:00:00.250000Z", None),
        ("2026-11-19", None),
        ("1795046400.25", None),
    ],
)
def test_times(written: float | str, seconds: float | None) -> None:
    line = json.dumps({"t": written}, separators=(",", ":")).encode()
    block = Block(line + b"\n" + TAIL)
    template = learn(line)
    assert template is not None
    fit = fitted(block, template, block.eligible)
    found, sound = times(block, fit.values["t",], template.kinds()["t",])
    assert sound.tolist() == [seconds is not None]
    assert seconds is None or found.tolist() == pytest.approx([seconds], abs=1e-6)


def test_lists_as_text() -> None:
    line = b'{"l":["a","b c","d,e"]}'
    block = Block(line + b'\n{"l":["x"]}\n' + TAIL)
    template = learn(line)
    assert template is not None
    items = fitted(block, template, block.eligible).items["l",]
    lasts = np.cumsum(items.counts) - 1
    firsts = lasts - items.counts + 1
    where = Stretches(items.stretches.starts[firsts], items.stretches.ends[lasts])
    column = listed(block, items, where)
    assert column.to_pylist() == ["a,b c,d,e", "x"]
    assert usual_lists(column, items.counts).tolist() == [False, True]
    assert contains(column, " ").tolist() == [True, False]
    assert contains(column, ";").tolist() == [False, False]


@pytest.mark.parametrize(
    ("line", "fine"),
    [
        (b'{"a":"x","l":["y"]}', True),
        (b'{"a":null,"l":[]}', True),
        (b'{"a":1,"l":["y"]}', False),
        (b'{"a":{"b":1}}', False),
        (b'{"a":{},"l":["y"]}', False),
        (b'{"l":"y","z":1}', False),
        (b'{"l":[{"m":1}]}', False),
        (b'{"d":"x"}', False),
        (b'{"d":{"e":"x","f":1}}', True),
    ],
)
def test_what_agrees_with_what_is_wanted(line: bytes, fine: bool) -> None:
    text = frozenset({Kind.TEXT})
    wanted = {("a",): text, ("l",): frozenset({Kind.TEXTS}), ("d", "e"): text}
    template = learn(line)
    if template is None:  # nothing but constants
        template = learn(line[:-1] + b',"more":1}')
    assert template is not None
    assert agrees(template, wanted) is fine
