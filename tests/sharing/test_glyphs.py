from __future__ import annotations

import io

from rich.console import Console

from fluxhound.records import Severity
from fluxhound.sharing.glyphs import SHAPES, SPARKS, STYLES, Writing, writing


def test_every_severity_has_a_shape_of_its_own() -> None:
    assert set(SHAPES) == set(STYLES) == set(Severity)
    assert len(set(SHAPES.values())) == len(Severity)
    plain = {Writing(ascii_only=True).sign(shape) for shape in SHAPES.values()}
    assert len(plain) == len(Severity)
    assert all(sign.isascii() for sign in plain)


def test_names_are_defanged_by_choice() -> None:
    assert Writing().name("evil.example") == "evil[.]example"
    assert Writing(defanged=False).name("evil.example") == "evil.example"
    assert Writing().text("\x1b[2J") == "\\x1b[2J"


def test_every_bar_has_an_ascii_stand_in() -> None:
    assert Writing(ascii_only=True).sign(SPARKS).isascii()
    assert Writing().sign(SPARKS) == SPARKS


def test_the_console_tells_what_it_can_show() -> None:
    plain = Console(file=io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    assert writing(plain, defanged=True).ascii_only
    assert not writing(Console(file=io.StringIO()), defanged=True).ascii_only
