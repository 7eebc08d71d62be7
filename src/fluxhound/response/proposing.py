"""A plan from findings and the store: looks at the history for what is new, then plans."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import duckdb

from fluxhound.records import Finding
from fluxhound.response.blast import blasts, name_servers
from fluxhound.response.circumstances import Circumstances
from fluxhound.response.entries import MODES, Plan, Trigger
from fluxhound.response.planning import plan
from fluxhound.response.policy import Policy
from fluxhound.response.protection import protection_of, top_names
from fluxhound.response.wishes import SERVER_VERDICTS, Key, Servers, subject_of, wishes

#: How far back the history is looked at. Chosen: a month of working days and weekends.
LOOKED_BACK = timedelta(days=30)
_SERVER_TRIGGERS = frozenset({Trigger.NSDNAME, Trigger.NSIP})
_HOUR_S = 3600


def propose(
    cursor: duckdb.DuckDBPyConnection,
    findings: Iterable[Finding],
    circumstances: Circumstances,
    policy: Policy,
    now: datetime,
) -> Plan:
    """Return the plan for *findings*; the store is only read.

    The history is looked at only for what would be added, raised or renewed.
    """
    seen = tuple(findings)
    servers = _servers(cursor, seen, policy, now)
    wanted = _undecided(seen, circumstances, policy, now, servers)
    looked = looked_at(cursor, wanted, circumstances, policy, now)
    return plan(seen, looked, policy, now, servers=servers)


def looked_at(
    cursor: duckdb.DuckDBPyConnection,
    subjects: Mapping[Key, bool],
    circumstances: Circumstances,
    policy: Policy,
    now: datetime,
) -> Circumstances:
    """Return *circumstances* with the blast radius of *subjects* and the most asked names."""
    if not subjects:
        return circumstances
    since = _since(now)
    return dataclasses.replace(
        circumstances,
        protection=protection_of(policy, top_names(cursor, policy, since_hour=since)),
        blasts=blasts(cursor, subjects, since_hour=since),
    )


def _undecided(
    findings: tuple[Finding, ...],
    circumstances: Circumstances,
    policy: Policy,
    now: datetime,
    servers: Servers,
) -> dict[Key, bool]:
    """Return the subjects that a plan may add, raise or renew, and rules for name servers."""
    current = {entry.key: entry for entry in circumstances.entries if entry.approved_by}
    found: dict[Key, bool] = {}
    for wish in wishes(findings, policy, servers):
        entry = current.get(wish.key)
        settled = (
            entry is not None
            and MODES.index(entry.mode) >= MODES.index(wish.mode)
            and entry.expires - now >= policy.expiry / 2
        )
        if not settled:
            found[wish.key] = wish.exact
    for entry in circumstances.entries:
        if entry.trigger in _SERVER_TRIGGERS:
            found.setdefault(entry.key, entry.exact)
    return found


def _servers(
    cursor: duckdb.DuckDBPyConnection,
    findings: tuple[Finding, ...],
    policy: Policy,
    now: datetime,
) -> Servers:
    if not (policy.nsdname or policy.nsip):
        return {}
    domains = {subject_of(f.name)[0] for f in findings if f.verdict in SERVER_VERDICTS}
    domains |= {f.registered_domain for f in findings if f.verdict in SERVER_VERDICTS}
    return name_servers(cursor, domains, since_hour=_since(now))


def _since(now: datetime) -> int:
    return int((now - LOOKED_BACK).timestamp() // _HOUR_S)
