"""The whole report: one file that needs nothing else, runs nothing, and can be mailed."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from importlib import resources

from fluxhound.records import EntityKind, Finding, Timeline, Totals
from fluxhound.sharing.document import valid
from fluxhound.sharing.ranking import Fold, findings_of, folds, look_alike_folds
from fluxhound.sharing.report.closing import inputs_part, look_alikes_part, method_part
from fluxhound.sharing.report.figure import Style
from fluxhound.sharing.report.markup import Markup, element, joined, trusted, void
from fluxhound.sharing.report.opening import headline, masthead, ranked_table
from fluxhound.sharing.report.palette import palette, textures
from fluxhound.sharing.report.section import section

Timelines = Mapping[tuple[EntityKind, str], Timeline]

#: Findings shown in full; the table lists the rest.
IN_FULL = 200
#: Rows of a raster, and of those after the first ``DETAILED`` findings, to bound the file's size.
RASTER_ROWS = 400
DETAILED = 50
LATER_RASTER_ROWS = 100


def render_html(
    findings: Iterable[Finding],
    totals: Totals,
    timelines: Timelines,
    *,
    now: datetime,
    defanged: bool = True,
) -> str:
    """Return the report as HTML.

    *timelines* holds the history of entities by kind and name. The one under
    ``(NAME_SERVER, name)``, where name is the finding's or its registered domain's, is that of
    the addresses of its name servers. What is no finding appears among the look-alikes.
    """
    entities = tuple(findings)
    listed = folds(findings_of(entities))
    style = Style(palette=palette(timelines.values()), defanged=defanged)
    body = (
        textures(),
        masthead(listed, totals, now),
        element(
            "main",
            ranked_table(listed, IN_FULL, style),
            joined(_sections(listed[:IN_FULL], timelines, style)),
            look_alikes_part(
                look_alike_folds(entities), lambda e: timelines.get((e.entity, e.name)), style
            ),
            inputs_part(totals),
            method_part(totals),
        ),
    )
    page = element("html", _head(headline(listed)), element("body", *body), lang="en")
    return valid(f"<!doctype html>\n{page}\n")


def _sections(listed: list[Fold], timelines: Timelines, style: Style) -> Iterable[Markup]:
    for place, item in enumerate(listed, 1):
        lead = item.lead
        yield section(
            item,
            place,
            timelines.get((lead.entity, lead.name)),
            _servers(lead, timelines),
            style,
            most=RASTER_ROWS if place <= DETAILED else LATER_RASTER_ROWS,
        )


def _servers(finding: Finding, timelines: Timelines) -> Timeline | None:
    if finding.entity is EntityKind.NAME_SERVER:
        return None
    names = (finding.name, finding.registered_domain)
    found = (timelines.get((EntityKind.NAME_SERVER, name)) for name in names)
    return next((timeline for timeline in found if timeline is not None), None)


def _head(title: str) -> Markup:
    style = _style()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    return element(
        "head",
        void("meta", charset="utf-8"),
        void("meta", http_equiv="Content-Security-Policy", content=policy),
        void("meta", name="viewport", content="width=device-width, initial-scale=1"),
        void("meta", name="referrer", content="no-referrer"),
        void("link", rel="icon", href="data:,"),
        element("title", f"{title} - Fluxhound report"),
        element("style", trusted(style)),
    )


def _style() -> str:
    folder = resources.files("fluxhound.sharing.report")
    return (folder / "style.css").read_text(encoding="utf-8")
