"""The finding document: what machines get. Every other rendering says the same in other words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

import fluxhound
from fluxhound.records import Evidence, Finding, InputReport, LookAlike, Totals

#: Version of the contract. Within a version, keys are added and never taken away or redefined.
SCHEMA_VERSION = 1
SCORE_DECIMALS = 4
POINT_DECIMALS = 3
#: Other numbers keep six significant digits: more than any DNS log can justify.
SIGNIFICANT = 6

Document = dict[str, Any]


def to_document(finding: Finding) -> Document:
    """Return *finding* as plain values by the machine contract, keys in a fixed order."""
    return {
        "schema_version": SCHEMA_VERSION,
        "name": valid(finding.name),
        "entity": finding.entity.value,
        "registered_domain": valid(finding.registered_domain),
        "verdict": finding.verdict.value,
        "finding": bool(finding.finding),
        "flux": _rounded(finding.flux, SCORE_DECIMALS),
        "malice": _rounded(finding.malice, SCORE_DECIMALS),
        "severity": finding.severity.value,
        "first_seen": timestamp(finding.first_seen),
        "last_seen": timestamp(finding.last_seen),
        "evidence": [_evidence(item) for item in finding.evidence],
        "measures": {valid(key): _number(value) for key, value in finding.measures.items()},
        "baselines": {
            valid(key): None if fires is None else bool(fires)
            for key, fires in finding.baselines.items()
        },
        "not_observable": [valid(text) for text in finding.not_observable],
        "look_alikes": [_look_alike(item) for item in finding.look_alikes],
        "counterfactuals": [valid(text) for text in finding.counterfactuals],
        "network": valid(finding.network),
        "members": [valid(domain) for domain in finding.members],
        "tool_version": fluxhound.__version__,
    }


def totals_document(totals: Totals) -> Document:
    """Return the sums of an analysis as plain values."""
    return {
        "records": sum(report.records for report in totals.inputs),
        "responses": totals.responses,
        "names": totals.names,
        "registered_domains": totals.registered_domains,
        "candidates": totals.candidates,
        "findings": totals.findings,
        "first": timestamp(totals.first) if totals.first else None,
        "last": timestamp(totals.last) if totals.last else None,
        "seconds": _number(totals.seconds),
        "tables": {valid(key): valid(date) for key, date in totals.tables.items()},
        "inputs": [_input(report) for report in totals.inputs],
    }


def render_jsonl(findings: Iterable[Finding]) -> Iterator[bytes]:
    """Yield one line of JSON for each finding, in the order given."""
    for finding in findings:
        yield orjson.dumps(to_document(finding), option=orjson.OPT_APPEND_NEWLINE)


def render_json(findings: Iterable[Finding], totals: Totals) -> bytes:
    """Return one JSON object: versions, totals and the findings."""
    whole = {
        "schema_version": SCHEMA_VERSION,
        "tool_version": fluxhound.__version__,
        "totals": totals_document(totals),
        "findings": [to_document(finding) for finding in findings],
    }
    return orjson.dumps(whole, option=orjson.OPT_INDENT_2)


def timestamp(time: datetime) -> str:
    """Return *time* by RFC 3339 in UTC, to the millisecond, so that text order is time order.

    >>> timestamp(datetime(2026, 11, 20, 6, 0, tzinfo=UTC))
    '2026-11-20T06:00:00.000Z'
    """
    aware = time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    return aware.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def valid(text: str) -> str:
    """Return *text* with what UTF-8 cannot hold (lone surrogates) escaped."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def _evidence(item: Evidence) -> Document:
    points = _rounded(item.points, POINT_DECIMALS)
    return {
        "id": valid(item.id),
        "for": points > 0,
        "points": points,
        "text": valid(item.text),
        "value": _number(item.value),
        "unit": valid(item.unit),
        "normal": valid(item.normal),
        "score": valid(item.score),
    }


def _look_alike(item: LookAlike) -> Document:
    return {
        "verdict": item.verdict.value,
        "fit": _rounded(item.fit, SCORE_DECIMALS),
        "reason": valid(item.reason),
    }


def _input(report: InputReport) -> Document:
    return {
        "name": valid(report.name),
        "format": valid(report.format),
        "records": report.records,
        "observations": report.observations,
        "passed_over": _counts(report.passed_over),
        "bad": _counts(report.bad),
        "samples": {
            valid(reason): [valid(sample) for sample in samples]
            for reason, samples in report.samples.items()
        },
        "error": None if report.error is None else valid(report.error),
        "known": report.known,
    }


def _counts(counts: Mapping[str, int]) -> dict[str, int]:
    return {valid(reason): int(amount) for reason, amount in counts.items()}


def _rounded(value: float, decimals: int) -> float:
    """Return *value* rounded; not-a-number counts as nothing, and minus zero is zero."""
    return round(float(value), decimals) + 0.0 if math.isfinite(value) else 0.0


def _number(value: float | None) -> float | int | None:
    """Return a plain number, or ``None`` where there is none (JSON knows no NaN)."""
    if value is None or not math.isfinite(value):
        return None
    if float(value).is_integer() and not isinstance(value, float):
        return int(value)
    return float(f"{value:.{SIGNIFICANT}g}") + 0.0
