from __future__ import annotations

import csv
import html.parser
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.sharing.escape import csv_text, html_text, markdown, markdown_code, printable

ANY = st.text(st.characters(exclude_categories=()), max_size=60)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain.example", "plain.example"),
        ("bücher.example", "bücher.example"),
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("a\nb\rc\t\0", "a\\nb\\rc\\t\\x00"),
        ("\u202eevil\u2066", "\\u202eevil\\u2066"),
        ("a\u200bb\ufeff\u00ad", "a\\u200bb\\ufeff\\xad"),
        ("a\u3164b\u2800\ufe0f\u00a0", "a\\u3164b\\u2800\\ufe0f\\xa0"),
        ("\x9b31m", "\\x9b31m"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_what_is_not_seen_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_ascii_only_escapes_the_rest_as_well() -> None:
    assert printable("bücher", ascii_only=True) == "b\\xfccher"


@given(ANY)
def test_nothing_that_acts_is_left(text: str) -> None:
    assert printable(text).isprintable()
    assert printable(printable(text)) == printable(text)
    assert printable(text, ascii_only=True).isascii()


class Collector(html.parser.HTMLParser):
    """Collects the text and counts everything that is not text."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.tags = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags += 1
        self.text += dict(attrs).get("title") or ""

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.tags += 1


@given(ANY)
def test_html_shows_the_text_and_nothing_else(text: str) -> None:
    collector = Collector()
    collector.feed(f'<p title="{html_text(text)}">')
    collector.close()
    assert (collector.text, collector.tags) == (printable(text), 1)
    assert re.search("[<>\"']", html_text(text)) is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a|b", "a\\|b"),
        ("`x`", "\\`x\\`"),
        ("<script>", "&lt;script&gt;"),
        ("[a](http://evil.example)", "\\[a\\](http\\://evil.example)"),
        ("www.evil.example", "www\\.evil.example"),
        ("# heading", "&#35; heading"),
        ("- item", "&#45; item"),
        ("1. item", "&#49;. item"),
        ("-0.5 and x-y", "&#45;0.5 and x-y"),
        ("a & b", "a &amp; b"),
    ],
)
def test_markdown_means_what_it_says(text: str, shown: str) -> None:
    assert markdown(text) == shown


@given(ANY)
def test_markdown_breaks_no_cell_and_opens_no_tag(text: str) -> None:
    shown = markdown(text)
    assert "<" not in shown
    assert ">" not in shown
    assert "\n" not in shown
    assert re.search(r"(?<!\\)(?:\\\\)*[|`]", shown) is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("evil[.]example", "`evil[.]example`"),
        ("a`b", "`` a`b ``"),
        ("a``b", "``` a``b ```"),
        ("a|b", "`a\\x7cb`"),
    ],
)
def test_code_spans_hold_anything(text: str, shown: str) -> None:
    assert markdown_code(text) == shown


@given(ANY)
def test_code_spans_never_end_early(text: str) -> None:
    span = markdown_code(text)
    fence = re.match("`+", span)
    assert fence is not None
    inner = span[len(fence[0]) : -len(fence[0])]
    assert fence[0] not in re.findall("`+", inner)
    assert "|" not in span


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-evil", "@sum", "\tx", "\rx", "  =1", "\uff1d1", "\n=1"]
)
def test_formulas_are_guarded(text: str) -> None:
    assert csv_text(text).startswith("'")


@given(ANY)
def test_no_cell_starts_a_formula(text: str) -> None:
    target = io.StringIO()
    csv.writer(target).writerow([csv_text(text), "x"])
    (cell, last) = next(csv.reader(io.StringIO(target.getvalue())))
    assert last == "x"
    assert not cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))
