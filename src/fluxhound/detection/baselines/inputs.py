"""The measures that the published rules read: columns with one row for each entity."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
Reals = NDArray[np.float64]
Verdicts = NDArray[np.int8]
Mask = NDArray[np.bool_]

#: What a rule says of an entity.
FLUX, CLEAR, NOT_COMPUTABLE = 1, 0, -1

#: A count that is not known, for instance of AS numbers when there is no table.
UNKNOWN = -1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BaselineInputs:
    """Measures of all entities over one window of time, IPv4 only, as the rules were published.

    All arrays have one row for each entity, except the last two. A count that is not known is
    ``UNKNOWN`` (-1), a real number that is not known is NaN. Pass entities of one kind at a time:
    a name and its own registered domain share all addresses and would cluster with each other.
    ASNs are counted as numbers, not as operators: that is what the rules did.
    """

    #: Distinct IPv4 addresses among all answers of the window (24 h for ``holz_24h``).
    n_a: Counts
    #: Distinct AS numbers of those addresses. Addresses without one do not count; unknown without
    #: a table.
    n_asn: Counts
    #: Distinct /24 and /16 prefixes of those addresses.
    n_24: Counts
    n_16: Counts
    #: Entropy in bits of the /16 prefixes over the distinct addresses (not over answers).
    h16: Reals
    #: Distinct countries of those addresses; unknown without a table.
    n_country: Counts
    #: Distinct name servers of the entity's zone; unknown where the source shows no NS records.
    n_ns: Counts
    #: Largest TTL in seconds over all answers of the window; NaN where the source has none.
    ttl_max: Reals
    #: Mean TTL in seconds over all answers, as seen (below a cache it is about half the true one).
    ttl_mean: Reals
    #: Responses with an IPv4 answer in the window (of aggregates: their counts).
    answers: Counts
    #: IPv4 addresses in the largest answer set, the first of the largest, and on average.
    largest_set: Counts
    mean_set: Reals
    #: Of that same largest answer set: distinct AS numbers, /24 prefixes and countries, and the
    #: entropy in bits of its /16 prefixes.
    largest_asn: Counts
    largest_24: Counts
    largest_country: Counts
    largest_h16: Reals
    #: Two look-ups: the first answer set at one sensor, and the first one there that came at
    #: least one TTL (``ttl_max``) later. Distinct addresses and AS numbers of their union; unknown
    #: where no second look-up was seen, or the TTL is not known.
    first_two_n_a: Counts
    first_two_n_asn: Counts
    #: Stretches: answers with TTL of at most 1,800 s (others do not exist for this rule) without a
    #: pause of more than 31 minutes between two of them. Within a stretch addresses and AS numbers
    #: add up, and the rule looks at each answer: take the moment in any stretch when
    #: ``zeekscript.score`` is highest (it falls when addresses come without new networks; the end
    #: of a stretch is a lower bound). 0 where every TTL is above 1,800 s; unknown without TTLs.
    stretch_n_a: Counts
    stretch_n_asn: Counts
    #: Which entity had which address, each pair once: the row of the entity, and the IPv4 address
    #: as a number (first octet times 2^24 and so on). For clusters; may be empty.
    pair_entity: Counts
    pair_address: Counts

    def __post_init__(self) -> None:
        """Refuse columns of unequal length."""
        rows = {len(getattr(self, f.name)) for f in fields(self) if not f.name.startswith("pair_")}
        if len(rows) > 1 or len(self.pair_entity) != len(self.pair_address):
            raise ValueError(f"baseline columns differ in length: {sorted(rows)}")

    def __len__(self) -> int:
        """Return the number of entities."""
        return len(self.n_a)


def verdicts(flux: Mask, *, known: Mask) -> Verdicts:
    """Return 1 where *flux*, 0 where not, -1 where it is not *known*."""
    return np.where(known, flux, NOT_COMPUTABLE).astype(np.int8)


def scored(score: Reals, *, known: Mask) -> Reals:
    """Return the score where it is *known*, NaN elsewhere."""
    return np.where(known, score, np.nan)


def as_bool(verdict: int) -> bool | None:
    """Return one verdict as the finding document has it: ``None`` for not computable."""
    return None if verdict == NOT_COMPUTABLE else bool(verdict)
