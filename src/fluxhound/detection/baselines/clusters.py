"""Names that share addresses, clustered as FluxBuster does, within bounds.

Perdisci, Corona, Giacinto (TDSC 2012) link two names when 1 - J / (1 + exp(gamma - m)) is at most
the cut height, J the Jaccard index of their address sets and m the size of the smaller one: single
linkage cut at one height, which is the connected components of that graph. Names that share no
address have distance 1 and never link, so candidate pairs come from shared addresses alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from fluxhound.detection.baselines.inputs import Counts, Mask, Reals

#: Constants of the release (ClusterGenerator.properties).
GAMMA = 3
CUT_HEIGHT = 0.75

#: An address proposes each of its names to this many others. Up to 9 names on an address all
#: pairs are seen; above (hubs) each address pairs its names in an order of its own, so that names
#: with many addresses in common meet at one of them. Chosen, not measured.
NEIGHBOURS = 8

#: Addresses of a name that count for similarity: the lowest by a fixed hash, the same for every
#: name, so that the Jaccard index stays an estimate (bottom-k sketch, Broder 1997). Fewer, down to
#: the least, when all names together have more pairs than can be held. Chosen, not measured.
SKETCH, LEAST_SKETCH = 1_000, 32
MOST_PAIRS = 2_000_000

#: Work done at a time, in rows: bounds memory to some 100 MB.
ROWS_AT_A_TIME = 2_000_000


def cluster(names: int, name: Counts, address: Counts) -> Counts:
    """Return for each of *names* names the number of its cluster (its lowest member).

    *name* and *address* are pairs, each once: row of the name, IPv4 address as a number.
    """
    sizes = np.bincount(name, minlength=names)
    # A single address has similarity of at most 1 / (1 + exp(2)) = 0.12: it never links.
    keep = sizes[name] > 1
    sketch = Sketch.of(names, name[keep], address[keep])
    first, second = _proposals(names, sketch.name, sketch.address)
    possible = _similarity_bound(sizes[first], sizes[second]) >= 1 - CUT_HEIGHT
    first, second = first[possible], second[possible]
    parent = np.arange(names)
    work = np.minimum(sketch.lengths[first], sketch.lengths[second])
    for rows in batches(work, ROWS_AT_A_TIME):
        apart = parent[first[rows]] != parent[second[rows]]  # others are one cluster already
        one, other = first[rows][apart], second[rows][apart]
        linked = _linked(sketch, sizes, one, other)
        parent = components(parent, one[linked], other[linked])
    return parent


def similarity(jaccard: Reals, smaller: Counts) -> Reals:
    """Return the similarity of two address sets: Jaccard index times a sigmoid of the smaller."""
    result: Reals = jaccard / (1 + np.exp(GAMMA - smaller.astype(np.float64)))
    return result


def components(parent: Counts, first: Counts, second: Counts) -> Counts:
    """Return the lowest member of each node's component after joining *first* to *second*.

    *parent* is what an earlier call returned, or the numbers of the nodes themselves.
    """
    parent = parent.copy()
    while True:
        low = np.minimum(parent[first], parent[second])
        high = np.maximum(parent[first], parent[second])
        apart = low != high
        if not apart.any():
            return parent
        np.minimum.at(parent, high[apart], low[apart])
        while not np.array_equal(parent, parent[parent]):
            parent = parent[parent]


def _similarity_bound(size: Counts, other: Counts) -> Reals:
    """Return the most that the similarity of sets of these sizes can be."""
    smaller, larger = np.minimum(size, other), np.maximum(size, other)
    return similarity(smaller / np.maximum(larger, 1), smaller)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sketch:
    """The address sets of all names, sorted by name and address."""

    name: Counts
    address: Counts
    keys: Counts  # name * 2^32 + address
    starts: Counts  # where each name begins
    lengths: Counts

    @classmethod
    def of(cls, names: int, name: Counts, address: Counts) -> Sketch:
        """Take of each name the addresses with the lowest hash."""
        order = np.lexsort((_mixed(address), name))
        name, address = name[order], address[order]
        place = np.arange(len(name)) - np.searchsorted(name, name)
        kept = place < _sketch_size(np.bincount(name, minlength=names))
        keys = np.sort((name[kept] << 32) | address[kept])
        starts = np.searchsorted(keys, np.arange(names + 1) << 32)
        return cls(
            name=keys >> 32,
            address=keys & 0xFFFFFFFF,
            keys=keys,
            starts=starts[:-1],
            lengths=np.diff(starts),
        )


def _sketch_size(sizes: Counts) -> int:
    """Return how many addresses of each name can be held."""
    size = SKETCH
    while size > LEAST_SKETCH and int(np.minimum(sizes, size).sum()) > MOST_PAIRS:
        size //= 2
    return max(size, LEAST_SKETCH)


def _proposals(names: int, name: Counts, address: Counts) -> tuple[Counts, Counts]:
    """Return the pairs of names worth comparing, each once, in scattered order."""
    order = np.lexsort((_mixed(name * 0x9E3779B1 + address), address))
    name, address = name[order], address[order]
    found = np.empty(0, np.int64)
    step = ROWS_AT_A_TIME // NEIGHBOURS
    for start in range(0, len(name), step):
        rows = np.arange(start, min(start + step, len(name)))
        keys = [found]
        for distance in range(1, NEIGHBOURS + 1):
            here = rows[rows + distance < len(name)]
            here = here[address[here] == address[here + distance]]
            one, other = name[here], name[here + distance]
            keys.append(np.minimum(one, other) * names + np.maximum(one, other))
        found = np.unique(np.concatenate(keys))
    # Scattered, so that early batches join most of each cluster and later ones have less to do.
    found = found[np.argsort(_mixed(found), kind="stable")]
    return found // max(names, 1), found % max(names, 1)


def _linked(sketch: Sketch, sizes: Counts, first: Counts, second: Counts) -> Mask:
    """Tell which pairs of names are alike enough to be linked."""
    shared = _shared(sketch, first, second)
    union = np.maximum(sketch.lengths[first] + sketch.lengths[second] - shared, 1)
    alike = similarity(shared / union, np.minimum(sizes[first], sizes[second]))
    result: Mask = alike >= 1 - CUT_HEIGHT
    return result


def _shared(sketch: Sketch, first: Counts, second: Counts) -> Counts:
    """Return how many addresses each pair of names has in common."""
    swap = sketch.lengths[first] > sketch.lengths[second]  # go through the shorter set
    short, long = np.where(swap, second, first), np.where(swap, first, second)
    pair, place = expand(sketch.starts[short], sketch.lengths[short])
    wanted = (long[pair] << 32) | sketch.address[place]
    at = np.minimum(np.searchsorted(sketch.keys, wanted), len(sketch.keys) - 1)
    return np.bincount(pair[sketch.keys[at] == wanted], minlength=len(first))


def batches(weights: Counts, limit: int) -> list[slice]:
    """Return slices of rows whose weights sum to about *limit* at most (one row may exceed it)."""
    if not len(weights):
        return []
    turn = (np.cumsum(weights) - weights) // limit
    cuts = [0, *(np.flatnonzero(np.diff(turn)) + 1).tolist(), len(weights)]
    return [slice(low, high) for low, high in pairwise(cuts)]


def expand(starts: Counts, lengths: Counts) -> tuple[Counts, Counts]:
    """Return, for ranges of rows, the number of the range and the row, one after the other."""
    turn = np.repeat(np.arange(len(lengths)), lengths)
    offset = np.arange(len(turn)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return turn, starts[turn] + offset


def _mixed(numbers: Counts) -> NDArray[np.uint64]:
    """Scatter numbers (finaliser of SplitMix64: Steele, Lea, Flood, OOPSLA 2014)."""
    z = numbers.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))
