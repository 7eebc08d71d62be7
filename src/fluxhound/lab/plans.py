"""What populations of hosts are like: one row of parameters for each pool."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fluxhound.lab.casting import MOST_NETWORKS
from fluxhound.lab.dice import U64, Flags, Ints, Reals, below, key, mix
from fluxhound.lab.space import KIND_COUNT
from fluxhound.lab.world import mixture

#: Slots of a pool at most.
MOST_SLOTS = 1 << 20
#: Prefixes per network, and /24s of a whole pool, at most.
MOST_PREFIXES = 1 << 12

#: The steepest popularity: beyond it, nearly all hosts are in one network.
_STEEPEST = 8.0

_PREFIX = key("plans prefix")


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolPlan:
    """What the pools are like: arrays with one element (or row) for each pool.

    Make one with ``PoolPlan.of``, which spreads single values over all pools.
    """

    key: U64  # what tells the pool from others: equal plans of equal keys are the same pool
    live: Ints  # slots
    kinds: Reals  # shares of hosts by kind of network, one row in the order of KINDS
    asns: Ints  # networks that hosts are drawn from
    zipf: Reals  # exponent of the popularity of networks
    countries: Ints  # up to three country codes, then 0; all 0 for anywhere
    prefixes_per_as: Ints  # /16s (IPv6: /40s) that hosts of one network are spread over
    turnover: Reals  # share of slots that stand with another host a day later
    reassign: Reals  # share of hosts that get another address every 24 hours
    diurnal: Reals  # share of hosts that follow the local day
    steady: Reals  # chance that one of the others is up
    lans: Ints  # /24s (IPv6: /64s) that all hosts are in, or 0 for no such bound
    family: Ints  # 4 or 6

    @classmethod
    def of(
        cls,
        keys: U64 | Ints,
        *,
        live: Ints | int,
        kinds: Reals | None = None,
        asns: Ints | int = 1,
        zipf: Reals | float = 1.0,
        countries: Ints | None = None,
        prefixes_per_as: Ints | int | None = None,
        turnover: Reals | float = 0.0,
        reassign: Reals | float = 0.0,
        diurnal: Reals | float = 0.0,
        steady: Reals | float = 0.9,
        lans: Ints | int = 0,
        family: Ints | int = 4,
    ) -> PoolPlan:
        """Return a plan of one pool per key, from values for each or for all.

        *kinds* is one row for all or one for each (``mixture``), of people's lines if not given;
        prefixes per network are 20 to 60 if not given (literature: IPs within ASN).
        """
        keys = mix(keys)
        count = len(keys)
        row = mixture({"access": 1.0}) if kinds is None else kinds
        prefixes = (
            20 + below(mix(keys, _PREFIX), 41) if prefixes_per_as is None else prefixes_per_as
        )
        places = np.zeros(3, dtype=np.int64) if countries is None else countries

        def whole(value: Ints | int) -> Ints:
            return np.broadcast_to(np.asarray(value, dtype=np.int64), count)

        def real(value: Reals | float) -> Reals:
            return np.broadcast_to(np.asarray(value, dtype=np.float64), count)

        return cls(
            key=keys,
            live=whole(live),
            kinds=np.broadcast_to(row, (count, row.shape[-1])),
            asns=whole(asns),
            zipf=real(zipf),
            countries=np.broadcast_to(places, (count, places.shape[-1])),
            prefixes_per_as=whole(prefixes),
            turnover=real(turnover),
            reassign=real(reassign),
            diurnal=real(diurnal),
            steady=real(steady),
            lans=whole(lans),
            family=whole(family),
        )

    def __len__(self) -> int:
        """Return the number of pools."""
        return len(self.key)

    def check(self) -> None:
        """Refuse what no pool can be.

        Raises:
            ValueError: naming the parameter and the first pool for which it is out of bounds.
        """
        shares = ("turnover", "reassign", "diurnal", "steady")
        allowed: dict[str, Flags] = {
            "live": (self.live >= 1) & (self.live <= MOST_SLOTS),
            "kinds": (self.kinds >= 0).all(axis=1) & (self.kinds.sum(axis=1) > 0),
            "asns": (self.asns >= 1) & (self.asns <= MOST_NETWORKS),
            "zipf": (self.zipf >= 0) & (self.zipf <= _STEEPEST),
            "prefixes_per_as": (self.prefixes_per_as >= 1)
            & (self.prefixes_per_as <= MOST_PREFIXES),
            "lans": (self.lans >= 0) & (self.lans <= MOST_PREFIXES),
            "family": np.isin(self.family, (4, 6)),
            **{name: (getattr(self, name) >= 0) & (getattr(self, name) <= 1) for name in shares},
        }
        for name, good in allowed.items():
            if not good.all():
                pool = int(np.argmin(good))
                raise ValueError(f"pool {pool}: {name} = {getattr(self, name)[pool]} cannot be")
        if self.kinds.shape[1] != KIND_COUNT:
            raise ValueError(f"kinds must have {KIND_COUNT} columns, one for each of KINDS")
