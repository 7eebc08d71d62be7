"""When a dnstap input is silent: no server is connected, or none has anything to say."""

from __future__ import annotations

import logging

from fluxhound.sources.live import RUNNING, SILENT, Health

_log = logging.getLogger(__name__)


class Quiet:
    """Keeps the state of an input that listens; a change is logged once."""

    def __init__(self, health: Health, *, name: str, silent_after: float, now: float) -> None:
        """Tell of silence after *silent_after* seconds; 0 never does. *now* is monotonic."""
        self._health = health
        self._name = name
        self._silent_after = silent_after
        self._since = now

    def look(self, now: float) -> None:
        """Bring the health up to date."""
        health = self._health
        before = health.state
        since = max(self._since, health.last_record)
        if not self._silent_after or now - since < self._silent_after:
            health.state, health.error = RUNNING, ""
            if before == SILENT:
                _log.warning("%s: records come again", self._name)
            return
        health.error = self._sentence(connected=bool(health.connections))
        health.state = SILENT
        if before != SILENT:
            _log.warning("%s", health.error)

    def _sentence(self, *, connected: bool) -> str:
        what = "a server is connected, but sends nothing" if connected else "no server is connected"
        return (
            f"{self._name}: no record for {self._silent_after / 60:g} minutes, {what}. "
            "Does the server run, and does its configuration name this address?"
        )
