"""A score in the report: the points for and against as bars, and their exact sum."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from fluxhound.sharing.balance import measured, sum_line
from fluxhound.sharing.points import Entry, Ledger, signed
from fluxhound.sharing.report.markup import Markup, element, joined, void
from fluxhound.sharing.sentences import SCORE_QUESTIONS


def ledger_part(book: Ledger) -> Markup | None:
    """Return both sides of *book*, or ``None`` when there is no evidence."""
    if not (book.supporting or book.opposing or book.neutral):
        return None
    title = f"{book.score.capitalize()} {book.value:.2f}: {SCORE_QUESTIONS[book.score]}"
    sides = element(
        "div",
        _side("For", "pro", book.supporting, book.largest),
        _side("Against", "con", book.opposing, book.largest),
        class_="sides",
    )
    neutral = ", ".join(entry.evidence.id for entry in book.neutral)
    return element(
        "div",
        element("h3", title),
        sides,
        element("p", sum_line(book), class_="sum"),
        element("p", f"Without weight: {neutral}", class_="muted") if neutral else None,
    )


def _side(title: str, kind: str, entries: Sequence[Entry], largest: Decimal) -> Markup:
    lines = [_line(entry, largest) for entry in entries]
    nothing = element("li", element("span", "nothing", class_="muted"))
    return element(
        "div",
        element("h4", title),
        element("ul", joined(lines or [nothing]), class_=f"ledger {kind}"),
    )


def _line(entry: Entry, largest: Decimal) -> Markup:
    item = entry.evidence
    part = float(abs(entry.points) / largest) if largest else 0.0
    bar = element(
        "svg",
        void("rect", width=100, height=6, class_="rail"),
        void("rect", width=round(100 * part, 1), height=6, fill="currentColor"),
        viewBox="0 0 100 6",
        preserveAspectRatio="none",
        class_="bar",
        aria_hidden="true",
    )
    said = " · ".join(filter(None, (measured(entry), item.id)))
    return element(
        "li",
        element("span", item.text),
        element("span", signed(entry.points), class_="points"),
        bar,
        element("span", said, class_="measured"),
    )
