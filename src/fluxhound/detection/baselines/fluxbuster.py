"""FluxBuster: message filter, clusters of names, and the decision tree of its release.

Perdisci, Corona, Giacinto: Early Detection of Malicious Flux Networks via Large-Scale Passive DNS
Traffic Analysis. IEEE TDSC 2012. The constants are those of its public release of 2013.

Messages are filtered, names clustered by shared addresses, and each cluster is classified by the
decision tree of the release (J48; training set 1,020 flux, 2,040 other). The tree's growth ratio
is addresses for each query, so it depends on how much a sensor sees: the thresholds were learned
above the resolvers of hundreds of networks, and do not carry over to other vantage points.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fluxhound.detection.baselines.clusters import ROWS_AT_A_TIME, batches, cluster, expand
from fluxhound.detection.baselines.inputs import (
    BaselineInputs,
    Counts,
    Mask,
    Reals,
    Verdicts,
    scored,
    verdicts,
)

#: The message filter (extract_candidate_flux_domains.py): seconds, addresses, share of log2(n).
LARGEST_TTL = 10_800
VERY_SHORT_TTL = 30
LEAST_SET = 3
LEAST_SET_DIVERSITY = 1 / 3
#: What a name must have gathered in 12 h (here: in the window).
LEAST_TOTAL = 3
LEAST_TOTAL_DIVERSITY = 0.5

#: Candidates looked at; the release takes 200. Names beyond it are not computable.
MOST_CANDIDATES = 50_000

#: Splits of the released tree, in its own order.
LEAST_GROWTH = 0.122066
SHORT_TTL, SHORT_TTL_GROWTH = 30.1816, 0.968504
SHORT_TTL_ADDRESSES = (30, 34)  # flux between them: two training clusters
SHORT_TTL_DOMAINS = 24
LEAST_DIVERSITY, UNIFORM_DOMAINS = 0.411765, 1_220
MANY_DOMAINS = 108
HIGH_GROWTH = 0.707831
LARGE_CLUSTER = 32
LAST_TTL = 234.825

#: Rows spent to count the names on one cluster's addresses. Addresses with more names than the
#: largest threshold settle it without counting, so this cuts short only clusters with thousands
#: of addresses. Chosen, not measured.
ROWS_PER_CLUSTER = 20_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clusters:
    """The six features that the tree reads, one row for each cluster."""

    cardinality: Counts  # distinct addresses
    diversity: Reals  # entropy of /16 prefixes by log2 of addresses
    domains_per_network: Counts  # names that had any of the addresses
    domains: Counts  # names in the cluster
    ttl_per_domain: Reals  # seconds, mean over names of the mean TTL
    growth_ratio: Reals  # mean over names of addresses by queries


def message_filter(inputs: BaselineInputs) -> Verdicts:
    """Tell whether a name would become a candidate (``fluxbuster_filter``).

    The release filters each message; here the largest answer set stands for them all, and the
    window for its epoch of 12 h.
    """
    diverse = diversity(inputs.largest_h16, inputs.largest_set) >= LEAST_SET_DIVERSITY
    message = np.where(
        inputs.largest_set >= LEAST_SET, diverse, inputs.ttl_max <= VERY_SHORT_TTL
    ) & (inputs.ttl_max <= LARGEST_TTL)
    total = diversity(inputs.h16, inputs.n_a) >= LEAST_TOTAL_DIVERSITY
    known = np.isfinite(inputs.ttl_max) & (inputs.n_a >= 0) & (inputs.largest_set >= 0)
    return verdicts(message & total & (inputs.n_a >= LEAST_TOTAL), known=known)


def evaluate(inputs: BaselineInputs) -> Verdicts:
    """Cluster the candidates and classify each cluster by the released tree (``fluxbuster``)."""
    values = scores(inputs)
    return verdicts(values >= 1, known=np.isfinite(values))


def scores(inputs: BaselineInputs) -> Reals:
    """Return 1 where the tree says flux, 0 elsewhere, and between the two the growth ratio.

    A tree has no score of its own; its first split is the growth ratio g of the cluster, so that
    g / (1 + g), which is below 1, ranks what the tree puts together. Names that the message filter
    drops have 0.
    """
    filtered = message_filter(inputs)
    candidates = np.flatnonzero(filtered == 1)
    if len(candidates) > MOST_CANDIDATES:  # the release prefers names with many addresses
        order = np.argsort(-inputs.n_a[candidates], kind="stable")
        filtered[candidates[order[MOST_CANDIDATES:]]] = -1
        candidates = np.sort(candidates[order[:MOST_CANDIDATES]])
    result = np.where(filtered == -1, np.nan, 0.0)
    if len(candidates):
        member, features = clusters_of(inputs, candidates)
        growth = features.growth_ratio
        known = np.isfinite(features.ttl_per_domain) & (features.cardinality > 0)
        result[candidates] = scored(tree(features) + growth / (1 + growth), known=known)[member]
    return result


def diversity(h16: Reals, addresses: Counts) -> Reals:
    """Return the /16 entropy by the most it could be, log2 of the addresses; 0 for one."""
    some = np.maximum(addresses, 2)
    return np.where(addresses > 1, np.nan_to_num(h16) / np.log2(some), 0.0)


def tree(clusters: Clusters) -> Mask:
    """Classify clusters by the decision tree of the release: true is flux."""
    growth, ttl = clusters.growth_ratio, clusters.ttl_per_domain
    domains = clusters.domains_per_network
    low, high = SHORT_TTL_ADDRESSES
    between = (clusters.cardinality > low) & (clusters.cardinality <= high)
    short = np.where(growth <= SHORT_TTL_GROWTH, between, domains > SHORT_TTL_DOMAINS)
    last = (
        (domains > MANY_DOMAINS)
        | (growth > HIGH_GROWTH)
        | (clusters.domains > LARGE_CLUSTER)
        | (ttl <= LAST_TTL)
    )
    longer = np.where(clusters.diversity <= LEAST_DIVERSITY, domains > UNIFORM_DOMAINS, last)
    result: Mask = (growth > LEAST_GROWTH) & np.where(ttl <= SHORT_TTL, short, longer)
    return result


def clusters_of(inputs: BaselineInputs, candidates: Counts) -> tuple[Counts, Clusters]:
    """Cluster *candidates* (rows of *inputs*); return the cluster of each, and the clusters."""
    row_of = np.full(len(inputs), -1)
    row_of[candidates] = np.arange(len(candidates))
    rows = row_of[inputs.pair_entity]
    name, address = rows[rows >= 0], inputs.pair_address[rows >= 0]
    lowest = cluster(len(candidates), name, address)
    _, member = np.unique(lowest, return_inverse=True)
    count = int(member.max()) + 1
    keys = np.unique((member[name] << 32) | address)
    owner, pool = keys >> 32, keys & 0xFFFFFFFF
    cardinality = np.bincount(owner, minlength=count)
    return member, Clusters(
        cardinality=cardinality,
        diversity=diversity(_entropy16(owner, pool, cardinality), cardinality),
        domains_per_network=_names_on(inputs, owner, pool, count),
        domains=np.bincount(member, minlength=count),
        ttl_per_domain=_mean(member, inputs.ttl_mean[candidates], count),
        growth_ratio=_mean(
            member, inputs.n_a[candidates] / np.maximum(inputs.answers[candidates], 1), count
        ),
    )


def _mean(member: Counts, values: Reals, count: int) -> Reals:
    total = np.bincount(member, weights=values, minlength=count)
    result: Reals = total / np.bincount(member, minlength=count)
    return result


def _entropy16(owner: Counts, pool: Counts, cardinality: Counts) -> Reals:
    """Return the entropy in bits of the /16 prefixes of each cluster's addresses."""
    keys, counts = np.unique((owner << 16) | (pool >> 16), return_counts=True)
    who = keys >> 16
    share = counts / cardinality[who]
    bits = np.bincount(who, weights=-share * np.log2(share), minlength=len(cardinality))
    return bits.astype(np.float64)


def _names_on(inputs: BaselineInputs, owner: Counts, pool: Counts, count: int) -> Counts:
    """Return how many of all names had any address of each cluster, exact up to the thresholds."""
    order = np.argsort(inputs.pair_address, kind="stable")
    entity, address = inputs.pair_entity[order], inputs.pair_address[order]
    start = np.searchsorted(address, pool)
    length = np.searchsorted(address, pool, side="right") - start
    found = np.zeros(count, np.int64)
    np.maximum.at(found, owner, length)  # one address alone may settle it
    settled = found > UNIFORM_DOMAINS
    before = np.cumsum(length) - length
    first = np.searchsorted(owner, np.arange(count))
    spent = before - before[np.minimum(first[owner], len(before) - 1)]
    keep = ~settled[owner] & (spent < ROWS_PER_CLUSTER)
    owner, start, length = owner[keep], start[keep], length[keep]
    for rows in _whole_clusters(owner, length):
        turn, place = expand(start[rows], length[rows])
        pairs = np.unique(owner[rows][turn] * len(inputs) + entity[place])
        counts = np.bincount(pairs // len(inputs), minlength=count)
        found = np.maximum(found, counts)
    return found


def _whole_clusters(owner: Counts, length: Counts) -> list[slice]:
    """Return slices of rows of bounded work that never cut a cluster in two."""
    groups, first = np.unique(owner, return_index=True)
    work = np.add.reduceat(length, first) if len(groups) else length
    ends = np.append(first, len(owner))
    return [slice(ends[s.start], ends[s.stop]) for s in batches(work, ROWS_AT_A_TIME)]
