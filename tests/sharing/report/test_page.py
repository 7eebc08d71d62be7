from __future__ import annotations

import base64
import hashlib
import html.parser
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.records import Finding
from fluxhound.sharing.ranking import findings_of, folds
from fluxhound.sharing.report.page import render_html
from tests.sharing import builders, strategies
from tests.sharing.report.pictures import rows_in

VOID = {"meta", "link", "path", "rect", "br", "hr", "img"}


class Page(html.parser.HTMLParser):
    """Checks that elements nest, and collects what a page could load or run."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.feed(text)
        self.close()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._note(tag, attrs)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self._note(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def _note(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        self.links += [value or "" for name, value in attrs if name == "href"]
        self.ids += [value or "" for name, value in attrs if name == "id"]


def report(findings: list[Finding] | None = None) -> str:
    chosen = builders.everything() if findings is None else findings
    return render_html(chosen, builders.totals(), builders.timelines(), now=builders.NOW)


def test_the_page_is_one_file_that_runs_nothing() -> None:
    text = report()
    page = Page(text)
    assert page.open == []
    assert not page.tags & {"script", "img", "iframe", "object", "embed", "form", "base", "use"}
    assert not {name for name in page.attributes if name.startswith("on")} | (
        page.attributes & {"src", "srcset", "style", "xlink:href", "action"}
    )
    outside = [link for link in page.links if not link.startswith(("#", "data:"))]
    assert len(outside) == 3  # the references and who owns a table, followed only when clicked
    assert "url(http" not in text
    assert "@import" not in text


def test_the_policy_allows_our_style_and_nothing_else() -> None:
    text = report()
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    assert policy is not None
    assert f"sha256-{digest}" in policy[1]
    assert "default-src &#x27;none&#x27;" in policy[1]
    assert "unsafe" not in policy[1]


def test_every_link_within_the_page_leads_somewhere() -> None:
    page = Page(report())
    targets = [link[1:] for link in page.links if link.startswith("#")]
    assert targets
    assert set(targets) <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))


def test_double_flux_shows_its_name_servers() -> None:
    text = report([builders.double_flux()])
    assert rows_in(text) == 143 + 58


def test_no_finding_makes_a_page_as_well() -> None:
    text = render_html([], builders.no_input(), {}, now=builders.NOW)
    assert "Nothing here behaves like fast flux" in text
    assert Page(text).open == []


def test_the_size_is_bounded() -> None:
    many = [
        builders.finding(f"n{n}.d{n}.example", registered_domain=f"d{n}.example")
        for n in range(1_300)
    ]
    text = report(many)
    assert text.count('<section class="finding"') == 200
    assert "And 300 more, not listed." in text
    assert len(text) < 4_000_000


@settings(max_examples=25, deadline=None)
@given(st.lists(strategies.findings, max_size=3))
def test_nothing_from_outside_becomes_an_element(findings: list[Finding]) -> None:
    text = report(findings)
    page = Page(text)
    text.encode("utf-8")
    assert page.open == []
    assert "script" not in page.tags
    assert text.count('<section class="finding"') == len(folds(findings_of(findings)))
