"""A plan from findings and the store: looks at the history for what is new, then plans."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import duckdb

from fluxhound.records import Finding
from fluxhound.response.blast import name_servers
from fluxhound.response.circumstances import Circumstances
from fluxhound.response.continuing import continued
from fluxhound.response.entries import MODES, Plan, Trigger
from fluxhound.response.lookout import Lookout, since_hour
from fluxhound.response.planning import plan
from fluxhound.response.policy import Policy
from fluxhound.response.wishes import SERVER_VERDICTS, Key, Servers, subject_of, wishes

_SERVER_TRIGGERS = frozenset({Trigger.NSDNAME, Trigger.NSIP})


def propose(
    cursor: duckdb.DuckDBPyConnection,
    lookout: Lookout,
    findings: Iterable[Finding],
    circumstances: Circumstances,
    policy: Policy,
    now: datetime,
) -> Plan:
    """Return the plan for *findings*; the store is only read.

    The history is looked at only for what would be added, raised or renewed, and not again for
    some minutes.
    """
    seen = tuple(findings)
    servers = _servers(cursor, seen, policy, now)
    wanted = _undecided(seen, circumstances, policy, now, servers)
    subjects = {subject for trigger, subject in wanted if trigger is Trigger.NAME}
    seen = continued(seen, lookout.changes(subjects, policy, now))
    looked = lookout.looked_at(wanted, circumstances, policy, now)
    return plan(seen, looked, policy, now, servers=servers)


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
    return name_servers(cursor, domains, since_hour=since_hour(now))
