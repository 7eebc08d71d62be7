"""How fast one network may come: a flood from it must not keep others waiting."""

from __future__ import annotations

from collections import OrderedDict

from fluxhound.response.sinkhole.limits import Limits

#: Networks that are remembered; who is forgotten may come at once again. Chosen, not measured.
_MOST_NETWORKS = 10_000


class Pace:
    """One bucket for each network: so many connections at once, then so many a second."""

    def __init__(self, limits: Limits) -> None:
        self._rate = limits.network_per_s
        self._most = limits.network_at_once
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allows(self, network: str, *, now: float) -> bool:
        """Tell whether one more connection of *network* is taken at *now* (monotonic seconds)."""
        left, since = self._buckets.pop(network, (self._most, now))
        left = min(left + max(now - since, 0.0) * self._rate, self._most)
        allowed = left >= 1
        self._buckets[network] = (left - 1 if allowed else left, now)
        if len(self._buckets) > _MOST_NETWORKS:
            self._buckets.popitem(last=False)
        return allowed
