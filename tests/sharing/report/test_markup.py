from __future__ import annotations

import html.parser

from hypothesis import given
from hypothesis import strategies as st

from fluxhound.sharing.escape import printable
from fluxhound.sharing.report.markup import Markup, element, joined, trusted, void

ANY = st.text(st.characters(exclude_categories=()), max_size=60)


def test_text_is_escaped_and_markup_is_not() -> None:
    inner = element("b", "a & b")
    assert element("p", inner, " <", None) == "<p><b>a &amp; b</b> &lt;</p>"
    assert void("path", d="M0 0", stroke_width=1.50, class_="x", id=None) == (
        '<path d="M0 0" stroke-width="1.5" class="x"/>'
    )
    assert joined([trusted("<hr>"), "<hr>"]) == "<hr>&lt;hr&gt;"


def test_a_string_that_only_says_it_is_markup_is_escaped() -> None:
    assert element("p", Markup("<b>")) == "<p>&lt;b&gt;</p>"


class Reader(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs).get("title") or ""))

    def handle_data(self, data: str) -> None:
        self.found.append(("", data))


@given(ANY, ANY)
def test_nothing_from_outside_becomes_an_element(text: str, title: str) -> None:
    reader = Reader()
    reader.feed(element("p", text, title=title))
    reader.close()
    shown = [("", printable(text))] if text else []
    assert reader.found == [("p", printable(title)), *shown]
