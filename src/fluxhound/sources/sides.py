"""The two sides of a resolver: what it got from name servers, and what it gave to its clients.

A resolver that logs both sides (dnstap's RESOLVER_RESPONSE and CLIENT_RESPONSE) shows each answer
twice, and on the side of its clients also those that a local policy (RPZ) made up. Then only what
it got is history, and what it gave tells who asked. A resolver that logs what it gave alone makes
history by that. Which of the two a resolver is shows only in time, so the first answers of its
clients are held back until it is known: at the first answer that the resolver got, or when the
patience is over. What was held is lost in neither case.
"""

from __future__ import annotations

from fluxhound.sources.dnstap import Response

#: Seconds for which the answers of clients are held back, and how many of them, with how many
#: octets, from one connection. A busy resolver asks every second. Chosen, not measured.
PATIENCE_S = 5.0
HELD, HELD_OCTETS = 50_000, 16 << 20
#: Servers whose side is remembered. Chosen, not measured.
SERVERS = 4096

Server = bytes | int


class Sides:
    """What is known of the servers; shared by the connections of one input."""

    def __init__(self) -> None:
        self._both: dict[Server, bool] = {}

    def both(self, server: Server) -> bool | None:
        """Tell whether *server* logs both sides; ``None`` if that is not known."""
        return self._both.get(server)

    def decide(self, server: Server, *, both: bool) -> None:
        """Remember which sides *server* logs."""
        if len(self._both) >= SERVERS:
            self._both.clear()  # all are decided anew, as at the beginning
        self._both[server] = both


class Held:
    """Answers of clients that wait until the side of their servers is known."""

    def __init__(self) -> None:
        self._waiting: dict[Server, list[Response]] = {}
        self._until: dict[Server, float] = {}
        self._count = 0
        self._octets = 0

    def __len__(self) -> int:
        """Return the number of answers that wait."""
        return self._count

    @property
    def full(self) -> bool:
        """Tell whether no more should be held."""
        return self._count >= HELD or self._octets >= HELD_OCTETS

    def hold(self, server: Server, response: Response, now: float) -> None:
        """Keep one answer; *now* is in monotonic seconds."""
        self._waiting.setdefault(server, []).append(response)
        self._until.setdefault(server, now + PATIENCE_S)
        self._count += 1
        self._octets += len(response[2])

    def release(self, server: Server) -> list[Response]:
        """Return what was held of one server, in its order."""
        self._until.pop(server, None)
        released = self._waiting.pop(server, [])
        self._count -= len(released)
        self._octets -= sum(len(response[2]) for response in released)
        return released

    def servers(self, now: float) -> list[Server]:
        """Return the servers whose answers waited long enough; all of them if that is too much."""
        return [server for server, until in self._until.items() if now >= until or self.full]
