from __future__ import annotations

from fluxhound.sources.jsonblock import REACH, Block, words_of

TAIL = b'{"x":"%s"}\n' % (b"y" * REACH)


def test_lines_and_quotes() -> None:
    block = Block(b'{"a":1}\n\n{"b":"c"}\n' + TAIL + b"no end")
    assert [block.line(number) for number in range(3)] == [b'{"a":1}', b"", b'{"b":"c"}']
    assert block.counts.tolist() == [2, 0, 4, 4]
    assert block.eligible.tolist() == [0, 1, 2]
    assert [chr(block.octets[at]) for at in block.quotes[:2]] == ['"', '"']


def test_lines_with_escapes_or_other_text_are_not_eligible() -> None:
    odd = [b'{"a":"\\n"}', b"\x00", b'{"a":"\xc3\xa9"}', b"a\r", b"\x7f", b"{}"]
    assert Block(b"\n".join(odd) + b"\n" + TAIL).eligible.tolist() == [5]


def test_short_texts() -> None:
    assert len(Block(b"")) == 0
    assert Block(b"a\n").eligible.tolist() == []
    assert words_of(b"1234567").tolist() == []
    assert words_of(b"\x01\0\0\0\0\0\0\0\x02").tolist() == [1, 2 << 56]
