"""The histories that a report draws: those of its names, and of the name servers behind them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice

from fluxhound.records import AddressRow, Change, EntityKind, Finding, Timeline
from fluxhound.service.analysis import Analysis

#: Pictures in one report: each is a look-up in the history and some 50 KB of page. Chosen.
TIMELINES = 200
LOOK_ALIKE_TIMELINES = 20
#: Name servers of one domain whose histories are joined. Chosen: rows are bounded in any case.
SERVERS = 100

Key = tuple[EntityKind, str]


def timelines_of(analysis: Analysis) -> Mapping[Key, Timeline]:
    """Return the histories that a report shows, by entity and name.

    Under (name server, registered domain) stand the name servers of the domain as one, as far as
    they were profiled, which is when they could be flux themselves.
    """
    shown = [*analysis[:TIMELINES], *analysis.look_alikes[:LOOK_ALIKE_TIMELINES]]
    histories = {(f.entity, f.name): analysis.timeline(f.name, f.entity) for f in shown}
    return _of_servers(analysis) | histories


def _of_servers(analysis: Analysis) -> dict[Key, Timeline]:
    """Join the histories of name servers under the registered domain that they belong to."""
    servers: dict[str, list[str]] = {}
    for finding in analysis:
        if finding.entity is EntityKind.NAME_SERVER:
            servers.setdefault(finding.registered_domain, []).append(finding.name)
    wanted = {f.registered_domain for f in analysis[:TIMELINES] if _is_served(f)}
    joined = {}
    for domain, hosts in islice(servers.items(), TIMELINES):
        if domain in wanted:
            chosen = hosts[:SERVERS]
            histories = [analysis.timeline(host, EntityKind.NAME_SERVER) for host in chosen]
            joined[EntityKind.NAME_SERVER, domain] = join(domain, histories)
    return joined


def _is_served(finding: Finding) -> bool:
    return finding.entity in {EntityKind.NAME, EntityKind.REGISTERED_DOMAIN}


def join(name: str, timelines: Iterable[Timeline]) -> Timeline:
    """Return several histories as one: each address once, in order of first appearance."""
    rows: dict[str, AddressRow] = {}
    left_out = changes_left_out = 0
    changes: list[Change] = []
    for timeline in timelines:
        for row in timeline.rows:
            known = rows.get(row.facts.address)
            spans = (*known.spans, *row.spans) if known else row.spans
            ordered = tuple(sorted(spans, key=lambda span: (span.first, span.last)))
            rows[row.facts.address] = AddressRow(facts=row.facts, spans=ordered)
        changes += timeline.changes
        left_out += timeline.rows_left_out
        changes_left_out += timeline.changes_left_out
    placed = sorted((r for r in rows.values() if r.spans), key=lambda r: r.spans[0].first)
    return Timeline(
        name=name,
        rows=tuple(placed),
        changes=tuple(sorted(changes, key=lambda change: change.time)),
        rows_left_out=left_out,
        changes_left_out=changes_left_out,
    )
