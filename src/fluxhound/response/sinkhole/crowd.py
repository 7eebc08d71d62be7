"""Who is connected, within bounds: the oldest unfinished goes, the newest is never refused."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from fluxhound.response.sinkhole.limits import Limits, client_network


@dataclass(eq=False, slots=True)
class Guest:
    """One connection: whose it is, and how to end it."""

    client: str  # address
    network: str
    leave: Callable[[], None]  # ends it soon; it is called once at most

    @classmethod
    def of(cls, client: str, leave: Callable[[], None]) -> Guest:
        """Return the guest of a client's address."""
        return cls(client, client_network(client), leave)


_Queue = OrderedDict[Guest, None]


class Crowd:
    """All connections, those of each client and of each client network, the oldest first."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._all: _Queue = OrderedDict()
        self._clients: dict[str, _Queue] = {}
        self._networks: dict[str, _Queue] = {}
        self.evicted = 0

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._all)

    def admit(self, guest: Guest) -> None:
        """Take *guest* in; whoever is one too many leaves: of its client, its network, of all."""
        for queue, most in self._queues(guest):
            while len(queue) >= most:
                self._evict(next(iter(queue)))
        for queue, _ in self._queues(guest):
            queue[guest] = None

    def finish(self, guest: Guest) -> None:
        """Note that *guest* got its answer: it is the next to go, as it loses nothing."""
        if guest in self._all:
            for queue, _ in self._queues(guest):
                queue.move_to_end(guest, last=False)

    def remove(self, guest: Guest) -> None:
        """Forget *guest*, who left; whoever was evicted is forgotten already."""
        if guest not in self._all:
            return
        del self._all[guest]
        for queues, key in ((self._clients, guest.client), (self._networks, guest.network)):
            del queues[key][guest]
            if not queues[key]:
                del queues[key]

    def everybody(self) -> tuple[Guest, ...]:
        """Return all, the oldest first."""
        return tuple(self._all)

    def evict_oldest(self) -> bool:
        """Let the oldest go, as when the system has no room; tell whether there was one."""
        if not self._all:
            return False
        self._evict(next(iter(self._all)))
        return True

    def _evict(self, guest: Guest) -> None:
        self.evicted += 1
        self.remove(guest)
        guest.leave()

    def _queues(self, guest: Guest) -> tuple[tuple[_Queue, int], ...]:
        limits = self._limits
        return (
            (self._clients.setdefault(guest.client, OrderedDict()), limits.per_client),
            (self._networks.setdefault(guest.network, OrderedDict()), limits.per_network),
            (self._all, limits.connections),
        )
