"""The end of the report: look-alikes, inputs with their counts, method, limits and references."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fluxhound.records import Finding, InputReport, Timeline, Totals
from fluxhound.sharing.measures import amount
from fluxhound.sharing.overview import reason_counts, trouble
from fluxhound.sharing.ranking import Fold
from fluxhound.sharing.report.figure import Style, small_figure
from fluxhound.sharing.report.markup import Markup, Part, element, joined
from fluxhound.sharing.report.parts import bullets, folded, pairs, table
from fluxhound.sharing.report.section import written
from fluxhound.sharing.sentences import (
    ATTRIBUTION,
    EMBEDDED,
    LIMITS,
    METHOD,
    REFERENCES,
    main_reason,
)

LOOK_ALIKES_SHOWN = 24
INPUTS_SHOWN = 200


def look_alikes_part(
    folds: Sequence[Fold], history: Callable[[Finding], Timeline | None], style: Style
) -> Markup | None:
    """Return the look-alikes with a small raster each, so that the difference is seen."""
    if not folds:
        return None
    cards = (_card(item, history(item.lead), style) for item in folds[:LOOK_ALIKES_SHOWN])
    left_out = len(folds) - LOOK_ALIKES_SHOWN
    return element(
        "section",
        element("h2", "Look-alikes: they change, and are no finding", class_="part"),
        element("div", joined(cards), class_="alikes"),
        element("p", f"And {left_out:,} more.") if left_out > 0 else None,
    )


def inputs_part(totals: Totals) -> Markup:
    """Return what became of every input."""
    headings = ("Input", "Format", "Records", "Answers", "Passed over", "Bad", "Note")
    rows = (_input(report) for report in totals.inputs[:INPUTS_SHOWN])
    left_out = len(totals.inputs) - INPUTS_SHOWN
    bad = reason_counts(totals)
    return element(
        "section",
        element("h2", "Inputs", class_="part"),
        table(headings, rows, numbers=(2, 3, 4, 5)),
        element("p", f"And {amount(left_out, 'more input')}.") if left_out > 0 else None,
        _reasons(bad) if bad else None,
    )


def method_part(totals: Totals) -> Markup:
    """Return how the verdicts come about, what they cannot say, and the references."""
    links = (element("li", _link(title, address)) for title, address in REFERENCES)
    return element(
        "section",
        element("h2", "Method and limits", class_="part"),
        element("p", METHOD),
        bullets(LIMITS),
        _tables(totals) if totals.tables else None,
        element("h2", "References", class_="part"),
        element("ul", joined(links), class_="plain"),
    )


def _tables(totals: Totals) -> Markup:
    """Return the tables with their dates, and the link that the owner of one asks for."""
    dated = ", ".join(f"{table} {date}" for table, date in totals.tables.items())
    said = f"Tables used: {dated}. {EMBEDDED} "
    return element("p", said, _link(*ATTRIBUTION), ".", class_="muted")


def _link(title: str, address: str) -> Markup:
    return element("a", title, href=address, rel="noopener noreferrer")


def _card(item: Fold, timeline: Timeline | None, style: Style) -> Markup:
    entity = item.lead
    more = element("span", f" + {item.more}", class_="muted") if item.folded else None
    return element(
        "article",
        element("h3", element("span", written(entity.name, style), class_="name"), more),
        element("div", f"{entity.verdict}, flux {entity.flux:.2f}", class_="muted"),
        element("p", main_reason(entity)),
        small_figure(timeline, style) if timeline else None,
        class_="alike",
    )


def _input(report: InputReport) -> Sequence[Part]:
    note = trouble(report) or ("read before" if report.known else "")
    return (
        element("span", report.name, class_="name"),
        report.format,
        f"{report.records:,}",
        f"{report.observations:,}",
        f"{sum(report.passed_over.values()):,}",
        f"{sum(report.bad.values()):,}",
        note,
    )


def _reasons(bad: dict[str, int]) -> Markup:
    counted = pairs((reason, f"{records:,}") for reason, records in bad.items())
    return folded("Bad records by reason", counted)
