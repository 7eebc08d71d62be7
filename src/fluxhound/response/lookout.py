"""What the history says about subjects, remembered for some minutes: to look costs seconds."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

import duckdb

from fluxhound.response.blast import blasts
from fluxhound.response.circumstances import Circumstances
from fluxhound.response.continuing import last_changes
from fluxhound.response.entries import Blast
from fluxhound.response.policy import Policy
from fluxhound.response.protection import protection_of, top_names
from fluxhound.response.wishes import Key

#: How far back the history is looked at. Chosen: a month of working days and weekends.
LOOKED_BACK = timedelta(days=30)
#: What was seen is believed for so long. Chosen: names do not become popular within minutes.
FRESH = timedelta(minutes=5)
#: Subjects that are looked at together at most; the strongest come first, the others with the
#: next plan, and nothing is done about them before. Chosen, not measured.
MOST_TOGETHER = 2000
_HOUR_S = 3600


class Lookout:
    """Looks at the history for plans; one thread uses it."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Take a cursor of the store."""
        self._cursor = cursor
        self._seen: dict[Key, tuple[datetime, bool, Blast]] = {}
        self._changed: dict[str, tuple[datetime, datetime | None]] = {}
        self._top: tuple[datetime, tuple[int, float, int], tuple[str, ...]] | None = None

    def looked_at(
        self,
        subjects: Mapping[Key, bool],
        circumstances: Circumstances,
        policy: Policy,
        now: datetime,
    ) -> Circumstances:
        """Return *circumstances* with the blast radius of *subjects* and the most asked names.

        *subjects* map to whether they are meant exactly.
        """
        if not subjects:
            return circumstances
        self._seen = {key: seen for key, seen in self._seen.items() if _fresh(seen[0], now)}
        new = {key: exact for key, exact in subjects.items() if not self._knows(key, exact=exact)}
        chosen = dict(list(new.items())[:MOST_TOGETHER])
        found = blasts(self._cursor, chosen, since_hour=since_hour(now))
        self._seen |= {key: (now, chosen[key], blast) for key, blast in found.items()}
        return dataclasses.replace(
            circumstances,
            protection=protection_of(policy, self._most_asked(policy, now)),
            blasts={key: self._seen[key][2] for key in subjects if key in self._seen},
        )

    def changes(
        self, subjects: Collection[str], policy: Policy, now: datetime
    ) -> Mapping[str, datetime]:
        """Return when each of *subjects* last showed another answer, as far as it did.

        What was seen is believed for a small part of the time that a behaviour may pause.
        """
        fresh = min(FRESH, policy.continuing / 8)
        known = {k: v for k, v in self._changed.items() if timedelta() <= now - v[0] < fresh}
        new = [each for each in subjects if each not in known][:MOST_TOGETHER]
        found = last_changes(self._cursor, new, since_hour=since_hour(now))
        self._changed = known | {each: (now, found.get(each)) for each in new}
        seen = {each: self._changed[each][1] for each in subjects if each in self._changed}
        return {each: at for each, at in seen.items() if at is not None}

    def forget(self) -> None:
        """Look at everything anew the next time."""
        self._seen, self._changed, self._top = {}, {}, None

    def _knows(self, key: Key, *, exact: bool) -> bool:
        return key in self._seen and self._seen[key][1] == exact

    def _most_asked(self, policy: Policy, now: datetime) -> tuple[str, ...]:
        asked = (policy.top, policy.top_share, policy.top_clients)
        if self._top is None or self._top[1] != asked or not _fresh(self._top[0], now):
            names = top_names(self._cursor, policy, since_hour=since_hour(now))
            self._top = (now, asked, names)
        return self._top[2]


def since_hour(now: datetime) -> int:
    """Return the hour (since 1970) from which on the history is looked at."""
    return int((now - LOOKED_BACK).timestamp() // _HOUR_S)


def _fresh(seen: datetime, now: datetime) -> bool:
    return timedelta() <= now - seen < FRESH
