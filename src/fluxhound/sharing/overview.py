"""What an analysis read and found, in one line, and what to type next."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from fluxhound.records import Finding, InputReport, Totals
from fluxhound.sharing import measures
from fluxhound.sharing.glyphs import Writing

#: Inputs that are spelled out in a suggested command; more would bury it.
INPUTS_SPELLED = 2


def total_parts(totals: Totals, rows: int | None = None) -> list[str]:
    """Return the parts of the one line of totals: input, span, findings, speed.

    *rows* is how many rows the findings were folded into, if they were.
    """
    records = sum(report.records for report in totals.inputs)
    is_folded = rows is not None and rows < totals.findings
    folded = f" in {measures.amount(rows or 0, 'row')}" if is_folded else ""
    return [
        *_read(totals, records),
        measures.amount(totals.responses, "response"),
        measures.amount(totals.names, "name"),
        measures.amount(totals.registered_domains, "registered domain"),
        span_text(totals),
        measures.amount(totals.findings, "finding") + folded,
        *_pace(records, totals.seconds),
    ]


def _read(totals: Totals, records: int) -> list[str]:
    """Return what was read; where a store alone was judged, nothing was."""
    if not totals.inputs:
        return ["the store alone"]
    formats = sorted({report.format for report in totals.inputs if report.format})
    parts = [measures.amount(len(totals.inputs), "input")]
    parts[0] += f" ({', '.join(formats)})" if formats else ""
    known = sum(report.known for report in totals.inputs)
    damaged = sum(report.error is not None for report in totals.inputs)
    parts += [f"{known:,} read before"] if known else []
    parts += [measures.amount(damaged, "with an error", "with errors")] if damaged else []
    return [*parts, measures.amount(records, "record")]


def trouble(report: InputReport) -> str:
    """Return the error of an input without its name, which stands beside it."""
    return (report.error or "").removeprefix(f"{report.name}: ")


def span_text(totals: Totals) -> str:
    """Return the span of time that the records cover, in UTC."""
    if totals.first is None or totals.last is None:
        return "no time seen"
    length = measures.duration((totals.last - totals.first).total_seconds())
    return f"{totals.first:%Y-%m-%d %H:%M}Z → {totals.last:%Y-%m-%d %H:%M}Z ({length})"


def next_command(
    finding: Finding | None, totals: Totals, write: Writing, where: str | None = None
) -> str:
    """Return what to type next: it can be copied as it is.

    *where* is how the same inputs are named again; without it, their names are taken.
    """
    inputs = _inputs(totals) if where is None else where
    if finding is None:
        command = " ".join(filter(None, ("fluxhound analyze", inputs, "--look-alikes")))
        return f"{command}   (what looked like flux and is not)"
    name = shlex.quote(write.name(finding.name))
    return f"fluxhound explain {name} {inputs}".rstrip()


def safe_to_type(text: str) -> bool:
    """Tell whether *text* can be copied into a shell as it is shown."""
    return text.isprintable() and text.isascii() and not text.startswith("-")


def reason_counts(totals: Totals) -> dict[str, int]:
    """Return how many records were bad, by reason, most first."""
    counts: dict[str, int] = {}
    for report in totals.inputs:
        for reason, amount in report.bad.items():
            counts[reason] = counts.get(reason, 0) + amount
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def reason_samples(totals: Totals, reason: str) -> Sequence[str]:
    """Return the samples of bad records that were kept for *reason*."""
    return [sample for report in totals.inputs for sample in report.samples.get(reason, ())]


def _inputs(totals: Totals) -> str:
    names = [report.name for report in totals.inputs if report.observations or report.known]
    if 0 < len(names) <= INPUTS_SPELLED and all(safe_to_type(name) for name in names):
        return " ".join(shlex.quote(name) for name in names)
    return "INPUT..."


def _pace(records: int, seconds: float) -> list[str]:
    if seconds <= 0:
        return []
    if not records:
        return [f"{seconds:.1f} s"]
    return [f"{seconds:.1f} s", f"{records / seconds:,.0f} records/s"]
