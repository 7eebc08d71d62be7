"""Findings as one CSV table: a row for each, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from fluxhound.records import Finding
from fluxhound.sharing.document import POINT_DECIMALS, timestamp, to_document, valid
from fluxhound.sharing.escape import csv_text
from fluxhound.sharing.measures import KNOWN
from fluxhound.sharing.points import of_score
from fluxhound.sharing.sentences import main_reason

#: The columns, in order. Columns may be added at the end, none is moved or taken away.
COLUMNS = (
    "severity",
    "verdict",
    "finding",
    "name",
    "entity",
    "registered_domain",
    "flux",
    "malice",
    "first_seen",
    "last_seen",
    *(measure.key for measure in KNOWN),
    "points_for",
    "points_against",
    "baselines_firing",
    "not_observable",
    "reason",
    "network",
    "members",
)


def render_csv(findings: Iterable[Finding]) -> str:
    """Return a table with a heading line; names are not defanged, empty means not observable."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_row(finding) for finding in findings)
    return target.getvalue()


def _row(finding: Finding) -> list[str]:
    document = to_document(finding)
    points = [item.points for item in of_score(finding, "flux")]
    seen = document["measures"]
    return [
        finding.severity.value,
        finding.verdict.value,
        _cell(finding.finding),
        csv_text(valid(finding.name)),
        finding.entity.value,
        csv_text(valid(finding.registered_domain)),
        _cell(document["flux"]),
        _cell(document["malice"]),
        timestamp(finding.first_seen),
        timestamp(finding.last_seen),
        *(_cell(seen.get(measure.key)) for measure in KNOWN),
        _cell(round(sum((p for p in points if p > 0), 0.0), POINT_DECIMALS)),
        _cell(round(sum((p for p in points if p < 0), 0.0), POINT_DECIMALS)),
        csv_text(valid(" ".join(rule for rule, fires in finding.baselines.items() if fires))),
        csv_text(valid("; ".join(finding.not_observable))),
        csv_text(valid(main_reason(finding))),
        csv_text(valid(finding.network)),
        csv_text(valid(" ".join(finding.members))),
    ]


def _cell(value: float | bool | None) -> str:
    """Return a plain value; a negative number is no formula, because it is a number."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
