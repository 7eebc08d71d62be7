"""The top of the report: what was read, in numbers, and the ranked table of findings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import fluxhound
from fluxhound.records import Finding, Totals, VerdictKind
from fluxhound.sharing import measures
from fluxhound.sharing.overview import reason_counts
from fluxhound.sharing.ranking import Fold
from fluxhound.sharing.report.figure import Style
from fluxhound.sharing.report.markup import Markup, Part, element, joined
from fluxhound.sharing.report.parts import badge
from fluxhound.sharing.report.section import anchor, written
from fluxhound.sharing.sentences import main_reason
from fluxhound.sharing.turnover import turnover

TABLE_ROWS = 1_000


def headline(folds: Sequence[Fold]) -> str:
    """Return the result in one line: how many are fast flux by their behaviour, how many may be."""
    if not folds:
        return "Nothing here behaves like fast flux"
    suspects = sum(item.lead.verdict is VerdictKind.FLUX_SUSPECT for item in folds)
    sure = len(folds) - suspects
    if not sure:
        return f"{measures.amount(suspects, 'name')} may be fast flux"
    said = f"{measures.amount(sure, 'name')} behave{'s' if sure == 1 else ''} like fast flux"
    return f"{said}, {suspects:,} more may be" if suspects else said


def masthead(folds: Sequence[Fold], totals: Totals, now: datetime) -> Markup:
    """Return the title, who wrote the report and when, and the totals."""
    wrote = f" {fluxhound.__version__} report, written {now:%Y-%m-%d %H:%M} UTC"
    return element(
        "header",
        element("p", element("b", "Fluxhound"), wrote, class_="brand"),
        element("h1", headline(folds)),
        tiles(totals),
    )


def tiles(totals: Totals) -> Markup:
    """Return the totals of the analysis."""
    records = sum(report.records for report in totals.inputs)
    bad = sum(reason_counts(totals).values())
    counted: list[tuple[str, str, str | None]] = [
        ("Records read", measures.count(records), None),
        ("Bad records skipped", measures.count(bad), None),
        ("Names seen", measures.count(totals.names), None),
        ("Registered domains", measures.count(totals.registered_domains), None),
        ("Profiled", measures.count(totals.candidates), None),
        ("Time covered (UTC)", _span(totals), "span"),
    ]
    parts = (
        element("div", element("dt", title), element("dd", value), class_=width)
        for title, value, width in counted
    )
    return element("dl", joined(parts), class_="tiles")


def ranked_table(folds: Sequence[Fold], in_full: int, style: Style) -> Markup | None:
    """Return the table of findings; the first *in_full* link to their section."""
    if not folds:
        return None
    head = (
        element("th", title, class_="num" if number else None, scope="col")
        for title, number in _HEADINGS
    )
    rows = (
        _row(item, place if place <= in_full else None, style)
        for place, item in enumerate(folds[:TABLE_ROWS], 1)
    )
    left_out = len(folds) - TABLE_ROWS
    return element(
        "section",
        element("h2", "Findings", class_="part"),
        element(
            "table",
            element("thead", element("tr", joined(head))),
            element("tbody", joined(rows)),
            class_="cards",
        ),
        element("p", f"And {left_out:,} more, not listed.") if left_out > 0 else None,
    )


_HEADINGS = (
    ("Severity", False),
    ("Verdict", False),
    ("Name", False),
    ("Addresses", True),
    ("ASNs", True),
    ("Countries", True),
    ("TTL", True),
    ("NS turnover", True),
    ("Flux", True),
    ("Malice", True),
    ("Why", False),
)


def _row(item: Fold, place: int | None, style: Style) -> Markup:
    lead = item.lead
    name = written(lead.name, style)
    link: Part = element("a", name, href=f"#{anchor(place)}") if place else name
    more = f" + {item.more}" if item.folded else ""
    numbers = zip(_HEADINGS[3:-1], _numbers(lead), strict=True)
    return element(
        "tr",
        element("td", badge(lead)),
        element("td", lead.verdict.value, class_="fixed"),
        element("td", link, element("span", more, class_="folded"), class_="name wide"),
        *(element("td", value, class_="num", data_label=title) for (title, _), value in numbers),
        element("td", main_reason(lead), class_="why wide"),
    )


def _numbers(finding: Finding) -> Sequence[str]:
    seen = finding.measures
    return (
        measures.count(seen.get("addresses")),
        measures.count(seen.get("asns")),
        measures.count(seen.get("countries")),
        measures.written("ttl_max", seen.get("ttl_max")),
        turnover(finding),
        f"{finding.flux:.2f}",
        f"{finding.malice:.2f}",
    )


def _span(totals: Totals) -> str:
    if totals.first is None or totals.last is None:
        return "none"
    return f"{totals.first:%Y-%m-%d %H:%M} to {totals.last:%Y-%m-%d %H:%M}"
