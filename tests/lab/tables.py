"""Small tables of judged entities and of truth, written by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

JUDGED: dict[str, Any] = {
    "entity": pa.int32(),
    "kind": pa.string(),
    "name": pa.string(),
    "registered_domain": pa.string(),
    "verdict": pa.string(),
    "log_odds": pa.float64(),
    "answers": pa.int64(),
    "refreshes": pa.int64(),
    "first_seen": pa.float64(),
    "ns_addresses": pa.int64(),
    "network": pa.int32(),
    "barred": pa.bool_(),
}
TRUTH: dict[str, Any] = {
    "registered_domain": pa.string(),
    "archetype": pa.string(),
    "family": pa.string(),
    "flux": pa.bool_(),
    "pool": pa.int64(),
    "queries": pa.int64(),
}


def entity(domain: str | None, verdict: str = "static", odds: float = -5.0, **more: Any) -> Any:
    name = more.pop("name", domain)
    kind = more.pop("kind", "registered-domain")
    return {
        "registered_domain": domain, "name": name, "kind": kind, "verdict": verdict,
        "log_odds": odds, "answers": 9, "refreshes": 4, "first_seen": 60.0, **more,
    }  # fmt: skip


def judged(rows: Sequence[Any], **more: Any) -> pa.Table:
    numbered = [{"entity": number, **row} for number, row in enumerate(rows)]
    return pa.Table.from_pylist(numbered, schema=pa.schema(list((JUDGED | more).items())))


def truth(rows: Sequence[tuple[str, str]], **more: Any) -> pa.Table:
    """Make the truth of (domain, archetype); flux is what has no "-" sign before it."""
    made: dict[str, Any] = {
        "registered_domain": [domain for domain, _ in rows],
        "archetype": [kind.removeprefix("-") for _, kind in rows],
        "family": [f"family of {kind.removeprefix('-')}" for _, kind in rows],
        "flux": [not kind.startswith("-") for _, kind in rows],
        "pool": list(range(len(rows))),
        "queries": [10] * len(rows),
    } | more
    return pa.table(
        {name: pa.array(list(v), TRUTH.get(name)) for name, v in made.items()},
    )
