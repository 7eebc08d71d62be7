"""How much processor time a kind of work may take: at once while there is credit, then in turn."""

from __future__ import annotations


class Pace:
    """Credit in seconds of processor time, which grows by a *share* of the time that passes.

    What has credit left may begin, whatever it costs; so work that comes seldom begins at once,
    and work without end takes the share (a leaky bucket as in Turner 1986, with debt).
    """

    def __init__(self, share: float, most: float, now: float) -> None:
        """Begin at *now* with a credit of *most* seconds, which it never exceeds."""
        self._share = share
        self._most = most
        self._credit = most
        self._at = now

    def wait(self, now: float) -> float:
        """Return in how many seconds something may begin; 0 for at once."""
        credit = self._at_hand(now)
        return 0.0 if credit > 0 else (-credit + 1e-3) / self._share

    def spend(self, seconds: float, now: float) -> None:
        """Take *seconds* of processor time off the credit, at *now*."""
        self._credit = self._at_hand(now) - seconds
        self._at = now

    def _at_hand(self, now: float) -> float:
        return min(self._most, self._credit + self._share * max(now - self._at, 0.0))
