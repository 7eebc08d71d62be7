"""What must not be touched: by policy, by common knowledge, by what our own network asks."""

from __future__ import annotations

import functools
import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import duckdb

from fluxhound.response.covering import Guard, guard, same_reason
from fluxhound.response.infrastructure import (
    Address,
    infrastructure,
    infrastructure_addresses,
    special_use,
)
from fluxhound.response.policy import Policy

#: The most asked names: by the clients that asked, then by the answers they got. Names that only
#: log files tell of have clients without a time.
_TOP = """
WITH answered AS (
    SELECT name, sum(count) AS asked FROM history
    WHERE hour >= $since AND type <> 'NS' GROUP BY name),
askers AS (SELECT name, count(DISTINCT client) AS clients FROM (
    SELECT DISTINCT name, client FROM asked_by) GROUP BY name),
total AS (SELECT count(*) AS names FROM answered)
SELECT name, coalesce(clients, 0), CAST(asked AS BIGINT), (SELECT count(*) > 0 FROM askers)
FROM answered LEFT JOIN askers USING (name)
ORDER BY 2 DESC, 3 DESC, name
LIMIT (SELECT CAST(least($most, floor(names * $share)) AS BIGINT) FROM total)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """Everything that brakes look names and addresses up in."""

    own: Guard = field(default_factory=Guard)
    never: Guard = field(default_factory=Guard)
    infrastructure: Guard = field(default_factory=Guard)
    special: Guard = field(default_factory=Guard)
    top: Guard = field(default_factory=Guard)
    #: Our own listener, by name.
    listener: Guard = field(default_factory=Guard)
    #: Our listener and resolvers, root servers and public resolvers.
    addresses: Mapping[Address, str] = field(default_factory=dict)


def protection_of(policy: Policy, top: Iterable[str] = ()) -> Protection:
    """Return what *policy* and common knowledge protect, and the *top* names of our own network."""
    most_asked = dict.fromkeys(top, "is among the most asked names of our own network")
    return Protection(
        own=_policy_guard(policy.own, "is one of our own domains"),
        never=_policy_guard(policy.never, "is on the list of names never to be touched"),
        infrastructure=infrastructure(),
        special=special_use(),
        top=guard({}, most_asked),
        listener=_policy_guard((policy.sinkhole_name,), "is the name of our own listener"),
        addresses=_addresses(policy.sinkhole, policy.resolvers),
    )


@functools.lru_cache(maxsize=256)
def _policy_guard(names: tuple[str, ...], reason: str) -> Guard:
    return same_reason(filter(None, names), reason)


@functools.lru_cache(maxsize=256)
def _addresses(sinkhole: tuple[str, ...], resolvers: tuple[str, ...]) -> Mapping[Address, str]:
    ours = {ipaddress.ip_address(text): "is our own listener" for text in sinkhole}
    asked = {ipaddress.ip_address(text): "is one of our resolvers" for text in resolvers}
    return {**infrastructure_addresses(), **ours, **asked}


def top_names(
    cursor: duckdb.DuckDBPyConnection, policy: Policy, *, since_hour: int = 0
) -> tuple[str, ...]:
    """Return the most asked names of our own network since *since_hour* (hours since 1970).

    The most asked are few by number and by share of all names; where clients are seen at all, a
    name of fewer clients than the policy says is none of them.
    """
    parameters: dict[str, Any] = {
        "since": since_hour,
        "most": policy.top,
        "share": policy.top_share,
    }
    rows = cursor.execute(_TOP, parameters).fetchall()
    return tuple(
        name for name, clients, _, seen in rows if not seen or clients >= policy.top_clients
    )
