"""CNAMEs: the names between a customer's name and the addresses it ends in."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fluxhound.lab.dice import Ints, below, key, mix
from fluxhound.lab.naming import codes, joined, random_letters, registered
from fluxhound.lab.population import EDGE
from fluxhound.lab.questions import Asked, Authority
from fluxhound.lab.sites import edge

#: Registered domains of one operator: one that customers point to, one that holds the addresses.
ZONES = 2
_LETTERS = pa.array(list("abcdfgkmnprstwxz"), pa.string())


def zone_texts(index: int, operators: Ints, zone: int, seed: int) -> pa.StringArray:
    """Return the registered domain of each operator's *zone* (0: customers, 1: addresses)."""
    return registered(codes(EDGE, index, operators * ZONES + zone), seed)


def chain_texts(
    of: Authority, asked: Asked, operator: Ints, names: pa.StringArray
) -> pa.StringArray:
    """Return the CNAMEs into its *operator* of each name, with a comma after each, or nothing.

    A registered domain itself has none (RFC 1034 section 3.6.2: no other records beside a CNAME),
    its addresses stand there.
    """
    d = of.domains
    apex = pc.equal(names, d.texts().take(pa.array(asked.domain)))
    length = np.where(apex.to_numpy(zero_copy_only=False), 0, d.chain[asked.domain])
    target = edge(of, asked)
    addresses = zone_texts(d.index, operator, 1, d.seed)
    customers = zone_texts(d.index, operator, 0, d.seed)
    letter = _LETTERS.take(pa.array(below(mix(target, key("letter")), len(_LETTERS))))
    number = pa.array(below(mix(target, key("number")), 100_000)).cast(pa.string())
    last = joined("e", number, ".", letter, ".", addresses, ",")
    alone = joined("d", random_letters(target & np.uint64((1 << 35) - 1)), ".", addresses, ",")
    first = joined(names, ".", customers, ",")
    middle = joined("m", number, ".", customers, ",")
    by_length = [pa.array([""] * 1, pa.string()).take(pa.array(np.zeros(len(names), np.int8)))]
    by_length += [alone, joined(first, last), joined(first, middle, last)]
    return pc.choose(pa.array(np.minimum(length, 3)), *by_length)
