"""What resolvers keep: which queries are answered from a cache, and which are fetched anew."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fluxhound.lab.dice import Flags, Ints


@dataclass(frozen=True, slots=True)
class Kept:
    """What answers each query, for queries sorted by cache entry and time."""

    #: Row of the query that each row's answer was fetched by.
    source: Ints
    #: The rows that fetched, rising.
    fetches: Ints


def order(entry: Ints, time: Ints) -> Ints:
    """Return the order of queries by cache *entry* and, within it, by *time*."""
    return np.lexsort((time, entry))


def kept(entry: Ints, time: Ints, ttl: Ints) -> Kept:
    """Return which queries fetch, for queries sorted by *entry* and *time*.

    The first query of an entry fetches; so does the first one at or after the time of a fetch plus
    its TTL (RFC 1035 section 3.2.1), in the unit of *time*. A TTL of 0 is not kept.
    """
    rows = len(entry)
    if not rows:
        return Kept(np.zeros(0, np.int64), np.zeros(0, np.int64))
    first = np.concatenate([[True], entry[1:] != entry[:-1]])
    starts = np.flatnonzero(first)
    ends = np.append(starts[1:], rows)
    group = np.cumsum(first) - 1
    following = _following(group, time, ttl)
    fetched = np.zeros(rows, dtype=np.bool_)
    front, limit = starts, ends
    while len(front):  # one step of every entry at once: as many steps as the busiest one has
        fetched[front] = True
        front = following[front]
        inside = front < limit
        front, limit = front[inside], limit[inside]
    fetches = np.flatnonzero(fetched)
    return Kept(fetches[np.cumsum(fetched) - 1], fetches)


def _following(group: Ints, time: Ints, ttl: Ints) -> Ints:
    """Return the row that would fetch next if each row had fetched; beyond the group, its end.

    Entries are laid one after the other on one axis, far enough apart that no TTL reaches from one
    into the next but one; a TTL longer than the distance ends where the entry ends.
    """
    early = int(time.min())
    span = int(time.max()) - early + 1
    axis = group * (2 * span) + (time - early)
    after = axis + np.minimum(np.maximum(ttl, 0), span)
    following = np.searchsorted(axis, after, side="left")
    # A TTL of 0 finds the row itself, or the first of several at the same time.
    return np.maximum(following, np.arange(1, len(group) + 1))


def stale(kept_rows: Kept, entry: Ints, chosen: Flags) -> Flags:
    """Tell which fetching rows are answered from the expired record first (RFC 8767).

    *chosen* marks the rows that would; the first fetch of an entry has no record to serve.
    """
    marks = np.zeros(len(entry), dtype=np.bool_)
    rows = kept_rows.fetches
    again = rows[1:][entry[rows[1:]] == entry[rows[:-1]]]
    marks[again] = chosen[again]
    return marks
