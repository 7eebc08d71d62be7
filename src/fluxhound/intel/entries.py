"""What analysts say of a name or an address: allow or deny, why, by whom, and until when."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from fluxhound.errors import UsageError
from fluxhound.intel.gathering import Gathering
from fluxhound.intel.indicator import INDICATOR, Kind, constant
from fluxhound.intel.shelf import Shelf
from fluxhound.intel.spelling import spelled
from fluxhound.sources.tally import Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One word of an analyst. Times are seconds since 1970-01-01 UTC."""

    value: str
    kind: Kind  # DOMAIN covers the names below it, HOST is the name alone
    allow: bool
    reason: str
    owner: str
    created: float
    expires: float | None = None  # ``None``: never

    @property
    def word(self) -> str:
        """Return what it says."""
        return "allow" if self.allow else "deny"


def make_entry(
    text: str,
    *,
    allow: bool,
    reason: str,
    owner: str,
    created: float,
    expires: float | None = None,
    alone: bool = False,
) -> Entry:
    """Return the entry about *text*, which may be defanged; *alone* leaves out names below it.

    What must never be blocked, a public suffix or a reserved address, cannot be denied; nor
    can a whole suffix be allowed, which would let everybody pass.

    Raises:
        UsageError: *text* is no name, address or network, or the reason is missing.
    """
    kind, value = spelled(text, Kind.HOST if alone else Kind.DOMAIN)
    if not kind or kind == Kind.URL:
        told = value if not kind else "a URL: give its host"
        raise UsageError(f"{text!r} cannot be allowed or denied ({told}).")
    tally = Tally()
    gathering = Gathering(tally)
    gathering.add(value, Kind(kind))
    if not gathering.table().num_rows:
        raise UsageError(f"{text!r} cannot be allowed or denied ({next(iter(tally.bad))}).")
    if not reason.strip():
        raise UsageError("Say why with --reason: whoever reads it later will ask.")
    return Entry(
        value=value,
        kind=Kind(kind),
        allow=allow,
        reason=reason.strip(),
        owner=owner,
        created=created,
        expires=expires,
    )


def put_entry(shelf: Shelf, entry: Entry) -> None:
    """Write an entry down; it replaces an older one about the same value."""
    with shelf.change():
        _forget(shelf, entry.value)
        shelf.store.connection.execute(
            "INSERT INTO intel_entry VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                entry.value,
                int(entry.kind),
                entry.allow,
                entry.reason,
                entry.owner,
                entry.created,
                entry.expires,
            ],
        )


def drop_entry(shelf: Shelf, text: str) -> None:
    """Forget what was said about *text*.

    Raises:
        UsageError: nothing was said about it.
    """
    value = spelled(text)[1]
    if value not in {entry.value for entry in entries(shelf)}:
        raise UsageError(f"No entry allows or denies {text!r}.")
    with shelf.change():
        _forget(shelf, value)


def _forget(shelf: Shelf, value: str) -> None:
    shelf.store.connection.execute("DELETE FROM intel_entry WHERE value = ?", [value])


def entries(shelf: Shelf, *, now: float | None = None) -> tuple[Entry, ...]:
    """Return all entries in order of their values; with *now*, those that have not expired."""
    rows = shelf.store.connection.execute("SELECT * FROM intel_entry ORDER BY value").fetchall()
    found = (
        Entry(
            value=value,
            kind=Kind(kind),
            allow=allow,
            reason=reason,
            owner=owner,
            created=created,
            expires=expires,
        )
        for value, kind, allow, reason, owner, created, expires in rows
    )
    return tuple(e for e in found if now is None or e.expires is None or e.expires > now)


def entry_table(found: tuple[Entry, ...]) -> pa.Table:
    """Return entries as indicators, to be looked up with them; the row is the entry's place."""
    none = pa.nulls(len(found), pa.float64())
    columns = {
        "kind": pa.array([int(entry.kind) for entry in found], pa.int8()),
        "value": pa.array([entry.value for entry in found], pa.string()),
        "allow": pa.array([entry.allow for entry in found], pa.bool_()),
        "role": pa.array([0] * len(found), pa.int8()),
        "confidence": pa.nulls(len(found), pa.uint8()),
        "label": pa.array([""] * len(found)),
        "comment": pa.array([entry.reason for entry in found], pa.string()),
        "tlp": pa.array([0] * len(found), pa.int8()),
        "source": constant("analyst", len(found)),
        "licence": constant("", len(found)),
    }
    return pa.table([columns.get(name, none) for name in INDICATOR.names], schema=INDICATOR)
