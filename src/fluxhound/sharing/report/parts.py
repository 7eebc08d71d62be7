"""Small parts that the sections of the report share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fluxhound.records import Finding
from fluxhound.sharing.glyphs import SHAPES
from fluxhound.sharing.report.markup import Markup, Part, element, joined


def badge(finding: Finding) -> Markup:
    """Return the severity as shape and word."""
    shape = element("span", SHAPES[finding.severity], aria_hidden="true")
    return element("span", shape, finding.severity.value, class_=f"badge {finding.severity}")


def pairs(listed: Iterable[tuple[Part, Part]]) -> Markup:
    """Return titles and values as a list of descriptions."""
    rows = (element("div", element("dt", one), element("dd", other)) for one, other in listed)
    return element("dl", joined(rows), class_="pairs")


def bullets(sentences: Iterable[str]) -> Markup:
    """Return sentences as a list."""
    return element("ul", joined(element("li", text) for text in sentences), class_="plain")


def titled(title: str, *parts: Part) -> Markup:
    """Return *parts* under a heading."""
    return element("div", element("h3", title), *parts)


def folded(title: str, *parts: Part) -> Markup:
    """Return *parts* behind a title that opens them."""
    return element("details", element("summary", title), *parts)


def table(
    headings: Sequence[str], rows: Iterable[Sequence[Part]], numbers: Sequence[int]
) -> Markup:
    """Return a table; the columns in *numbers* are aligned right."""
    sides = ["num" if place in numbers else None for place in range(len(headings))]
    head = (
        element("th", text, class_=side, scope="col")
        for text, side in zip(headings, sides, strict=True)
    )
    body = (
        element(
            "tr",
            *(element("td", cell, class_=side) for cell, side in zip(row, sides, strict=True)),
        )
        for row in rows
    )
    whole = element("table", element("thead", element("tr", *head)), element("tbody", *body))
    return scrolling(whole, "table")


def scrolling(part: Part, label: str) -> Markup:
    """Return *part* in a box that scrolls sideways where the page is narrow."""
    return element("div", part, class_="scroll", tabindex="0", role="region", aria_label=label)
