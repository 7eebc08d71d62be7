from __future__ import annotations

from fluxhound.sharing.report.parts import badge, bullets, folded, pairs, scrolling, table, titled
from tests.sharing import builders


def test_a_severity_has_shape_and_word() -> None:
    text = badge(builders.double_flux())
    assert "◆" in text
    assert "critical" in text


def test_tables_align_numbers_and_can_scroll() -> None:
    text = table(("Name", "N"), [("<a>", "1")], numbers=(1,))
    assert '<td class="num">1</td>' in text
    assert "&lt;a&gt;" in text
    assert 'tabindex="0"' in text


def test_texts_are_escaped_in_every_part() -> None:
    for part in (
        pairs([("<a>", "<b>")]),
        bullets(["<a>"]),
        titled("<a>", "<b>"),
        folded("<a>", "<b>"),
        scrolling("<a>", "<b>"),
    ):
        assert "&lt;a&gt;" in part
        assert "<a>" not in part
        assert "<b>" not in part
