"""What sees the traffic: resolvers, where they stand, and what becomes of records on the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fluxhound.errors import ConfigurationError

Ints = NDArray[np.int64]

#: Resolver r owns 10.r.0.0/16: its own address is 10.r.0.53, its clients follow from 10.r.1.0.
MOST_RESOLVERS = 250
MOST_CLIENTS = 60_000
MOST_PLACES = 12
_CLIENTS_FROM = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Vantage:
    """One place of observation. Shares lie between 0 and 1, times are seconds.

    *below* is a log between clients and resolvers: one record per response, TTLs count down.
    *above* is a log between resolvers and the world: one record per fetch, with the full TTL.
    """

    name: str = "log"
    resolvers: int = 4
    #: Regions the resolvers stand in, in turn. A region is a third of the world or less, see
    #: ``longitude_h``.
    places: int = 3
    #: Clients behind one resolver.
    clients: int = 5_000
    position: Literal["below", "above"] = "below"
    #: Whether delegations (NS) and the addresses of name servers are seen.
    servers: bool = True
    loss: float = 0.0
    #: Resolvers that raise or cut TTLs cache by what they made of them.
    min_ttl: int = 0
    max_ttl: int = 604_800
    #: Share of the domains of geographically answering services whose answers follow the client's
    #: network, not the resolver (EDNS client subnet, RFC 7871).
    ecs_share: float = 0.0
    #: Share of expired records that are answered once more, with a TTL of 30 s (RFC 8767).
    serve_stale_share: float = 0.0
    #: Share of records whose names come in random case (the 0x20 bit against forged answers).
    mixed_case_share: float = 0.0
    #: Passive DNS: one row per name, type and answers, with count, first and last sighting; neither
    #: TTL nor sensor.
    aggregated: bool = False

    def __post_init__(self) -> None:
        """Check the bounds.

        Raises:
            ConfigurationError: A field lies outside its bounds.
        """
        bounds = {
            "resolvers": (1, MOST_RESOLVERS),
            "places": (1, MOST_PLACES),
            "clients": (1, MOST_CLIENTS),
            "min_ttl": (0, self.max_ttl),
            "max_ttl": (0, 2**31 - 1),
        }
        shares = ("loss", "ecs_share", "serve_stale_share", "mixed_case_share")
        for field, (low, high) in (bounds | dict.fromkeys(shares, (0, 1))).items():
            if not low <= getattr(self, field) <= high:
                raise ConfigurationError(f"vantage: {field} must lie between {low} and {high}")
        if self.position not in ("below", "above"):
            raise ConfigurationError("vantage: position must be below or above")

    def place(self, resolver: Ints) -> Ints:
        """Return the region that each resolver stands in."""
        return resolver % self.places

    def longitude_h(self, place: Ints) -> Ints:
        """Return the hours that local time is ahead of UTC in each region: Europe first.

        The order takes the most distant region next, so that few places lie far apart.
        """
        return _AHEAD_H[place]

    def sensor_texts(self) -> pa.StringArray:
        """Return the address of each resolver."""
        return pa.array([f"10.{r}.0.53" for r in range(self.resolvers)], pa.string())

    def client_texts(self, client: Ints) -> pa.StringArray:
        """Return the address of each client; client numbers count resolver by resolver."""
        resolver, place = client // self.clients, client % self.clients + _CLIENTS_FROM
        known = np.unique(place)
        hosts = pa.array([f"{p // 256}.{p % 256}" for p in known.tolist()], pa.string())
        networks = pa.array([f"10.{r}." for r in range(self.resolvers)], pa.string())
        return pa.compute.binary_join_element_wise(
            networks.take(pa.array(resolver)),
            hosts.take(pa.array(np.searchsorted(known, place))),
            "",
        )


#: Hours ahead of UTC: central Europe, America's west, east Asia, America's east, India, Australia,
#: Brazil, the Gulf, Hawaii, Britain, Indochina, New Zealand. Chosen.
_AHEAD_H = np.array([1, -8, 9, -5, 5, 10, -3, 4, -10, 0, 7, 12], dtype=np.int64)
