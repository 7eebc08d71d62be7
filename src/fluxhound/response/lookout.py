"""What the history says about subjects, remembered for some minutes: to look costs seconds."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import datetime, timedelta

import duckdb

from fluxhound.response.blast import blasts
from fluxhound.response.circumstances import Circumstances
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

    def forget(self) -> None:
        """Look at everything anew the next time."""
        self._seen, self._top = {}, None

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
