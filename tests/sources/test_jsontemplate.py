from __future__ import annotations

import pytest

from fluxhound.sources.jsontemplate import FIXED_LIMIT, Kind, element, learn

LINE = b'{"ts":1.5,"q":"a","ok":true,"none":null,"l":["x","y"],"n":[1,2.0],"id":{"h":"1"},"e":[]}'


def test_what_is_learned_of_a_line() -> None:
    template = learn(LINE, constant=lambda path, text: path == ("ok",) and text == b"true")
    assert template is not None
    assert template.kinds() == {
        ("ts",): Kind.NUMBER,
        ("q",): Kind.TEXT,
        ("l",): Kind.TEXTS,
        ("n",): Kind.NUMBERS,
        ("id", "h"): Kind.TEXT,
    }
    assert template.constants == {("ok",): "true", ("none",): None}
    assert template.empty == {("e",)}
    assert template.fixed[:3] == (b'{"ts":', b',"q":"', b'","ok":true,"none":null,"l":["')
    assert template.repeating == 2


def test_lists_of_objects() -> None:
    line = b'{"a":[{"n":"x","t":1},{"n":"y","t":2}],"b":[{"c":"z"}]}'
    template = learn(line, [("a",)])
    assert template is not None
    assert set(template.kinds()) == {
        *(("a",), ("a", "n"), ("a", "t")),
        ("b", element(0), "c"),
    }
    assert template == learn(line.replace(b',{"n":"y","t":2}', b""), [("a",)])


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[1]",
        b"{}",
        b'{"a":1}x',
        b'{"a":1',
        b'{"a": 1}',
        b'{"a":-1}',
        b'{"a":1e5}',
        b'{"a":01}',
        b'{"a":"\\u0041"}',
        b'{"a":"\xc3\xa9"}',
        b'{"a":1,"a":2}',
        b'{"a":["x"],"b":["y"]}',
        b'{"a":["x",1]}',
        b'{"a":[{"b":1},{"c":1}]}',
        b'{"a":[{"b":["x"]},{"b":["x"]}]}',
        b'{"a":{"b":{"c":{"d":{"e":{"f":{"g":1}}}}}}}',
        b'{"%s":1}' % (b"k" * FIXED_LIMIT),
        b'{"a":"%s"}' % (b"v" * 20_000),
    ],
)
def test_what_has_no_template(line: bytes) -> None:
    assert learn(line, [("a",)]) is None
