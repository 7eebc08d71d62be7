"""From questions to rows: caches, answers, and what the sensor writes down."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fluxhound.lab import caches
from fluxhound.lab.chains import chain_texts
from fluxhound.lab.dice import U64, Flags, Ints, key, mix, unit
from fluxhound.lab.naming import host_labels, joined
from fluxhound.lab.ownhosts import address_in_name
from fluxhound.lab.population import Domains
from fluxhound.lab.queries import MICROSECONDS, Queries
from fluxhound.lab.questions import Asked, Authority
from fluxhound.lab.sensor import Seen
from fluxhound.lab.sites import operator
from fluxhound.lab.vantage import Vantage
from fluxhound.lab.zones import answers as answered

#: Seconds that an expired record is served for (RFC 8767 section 4).
STALE_TTL = 30
#: Networks that a resolver tells apart where it sends the client's (chosen; /24s, RFC 7871).
_NETWORKS = 64
#: Of these networks, so many are answered as the resolver's own place is (chosen).
_NEAR = 0.7


@dataclass(frozen=True, slots=True)
class Cached:
    """Queries in the order of the cache, with what was fetched."""

    queries: Queries
    resolver: Ints
    name: Ints  # place in names
    domains: Ints  # of each name
    hosts: Ints
    kept: caches.Kept
    stale: Flags
    ttl: Ints  # as the resolver keeps it, of each query
    asked: Asked  # of each fetch


def cached(domains: Domains, queries: Queries, vantage: Vantage) -> Cached:
    """Return the *queries* as they meet the caches of the resolvers."""
    pair, name = np.unique(_pairs(queries), return_inverse=True)
    resolver = queries.client // vantage.clients
    place = vantage.place(resolver)
    network = _networks(domains, queries, vantage)
    told = network >= 0
    place = np.where(told & _far(network, resolver), (place + 1 + network) % 12, place)
    entry = (name * 2 + queries.six) * vantage.resolvers + resolver
    entry = entry * (_NETWORKS + 1) + network + 1 if told.any() else entry
    order = caches.order(entry, queries.time)
    columns = Queries(*(getattr(queries, field)[order] for field in Queries.__slots__))
    entry, resolver, name, place = entry[order], resolver[order], name[order], place[order]
    ttl = np.clip(domains.ttl[columns.domain], vantage.min_ttl, vantage.max_ttl)
    kept = caches.kept(entry, columns.time, ttl * MICROSECONDS)
    late = unit(mix(domains.key[columns.domain], key("stale"), columns.time))
    at = kept.fetches
    return Cached(
        queries=columns,
        resolver=resolver,
        name=name.astype(np.int64),
        domains=pair >> _HOST_BITS,
        hosts=pair & ((1 << _HOST_BITS) - 1),
        kept=kept,
        stale=caches.stale(kept, entry, late < vantage.serve_stale_share),
        ttl=ttl,
        asked=Asked(
            columns.domain[at],
            columns.host[at],
            place[at],
            resolver[at] * (_NETWORKS + 1) + network[order][at] + 1,
            columns.time[at],
        ),
    )


_HOST_BITS = 40


def _pairs(queries: Queries) -> Ints:
    return (queries.domain << _HOST_BITS) | queries.host


def _networks(domains: Domains, queries: Queries, vantage: Vantage) -> Ints:
    """Return the client network that the answer depends on, or -1 where it is the resolver's."""
    if vantage.ecs_share <= 0 or domains.archetype.view != "place":
        return np.full(len(queries), -1, dtype=np.int64)
    told = unit(mix(domains.key, key("client subnet"))) < vantage.ecs_share
    return np.where(told[queries.domain], queries.client % _NETWORKS, -1)


def _far(network: Ints, resolver: Ints) -> Flags:
    return unit(mix(key("network"), network, resolver)) >= _NEAR


def address_rows(of: Authority, seen: Cached, vantage: Vantage) -> Seen:
    """Return the rows of addresses that the sensor sees."""
    at, six = seen.kept.fetches, seen.queries.six[seen.kept.fetches]
    answer = np.zeros(len(at), dtype=np.int64)
    texts: list[pa.StringArray] = []
    count = 0
    for family, which in ((4, np.flatnonzero(~six)), (6, np.flatnonzero(six))):
        if len(which):
            sets = answered(of, seen.asked.where(which), family)
            answer[which] = sets.index + count
            texts.append(sets.texts)
            count += len(sets.texts)
    answers = pa.concat_arrays(texts) if texts else pa.array([], pa.string())
    keys = of.domains.key[seen.domains]
    own = _labels(of.domains, seen, keys)
    if of.domains.archetype.ip_in_name > 0:
        own = _spelt(of, seen, answers, answer, own)
    names = joined(own, of.domains.texts().take(pa.array(seen.domains)))
    answer, answers = _chained(of, seen, names, answer, answers)
    return _sighted(of.domains, seen, names, answer, answers, vantage)


def _labels(of: Domains, seen: Cached, keys: U64) -> pa.StringArray:
    """Return the labels of each name, each with its dot."""
    made_up = of.fresh[seen.domains]
    if not made_up.any():
        return host_labels(of.archetype.labels, keys, seen.hosts)
    fresh = host_labels("fresh", keys, seen.hosts)
    if made_up.all():
        return fresh
    usual = host_labels(of.archetype.labels, keys, np.where(made_up, 0, seen.hosts))
    return pc.if_else(pa.array(made_up), fresh, usual)


def _spelt(
    of: Authority, seen: Cached, answers: pa.StringArray, answer: Ints, labels: pa.StringArray
) -> pa.StringArray:
    """Return the labels, those that spell their address after it."""
    number = np.zeros(len(labels), dtype=np.int64)
    number[seen.name[seen.kept.fetches]] = answer
    spelling = joined(pc.replace_substring(answers.take(pa.array(number)), ".", "-"), ".")
    return pc.if_else(pa.array(address_in_name(of, seen.domains)), spelling, labels)


def _chained(
    of: Authority, seen: Cached, names: pa.StringArray, answer: Ints, answers: pa.StringArray
) -> tuple[Ints, pa.StringArray]:
    """Return the answers with the CNAMEs before them."""
    if of.domains.archetype.chain.high < 1:
        return answer, answers
    fetched = seen.name[seen.kept.fetches]
    ways, way = np.unique(fetched * (1 << 32) + operator(of, seen.asked), return_inverse=True)
    name, target = ways >> 32, ways & 0xFFFF_FFFF
    none = np.zeros(len(ways), dtype=np.int64)
    each = Asked(seen.domains[name], seen.hosts[name], none, none, none)
    prefix = chain_texts(of, each, target, names.take(pa.array(name)))
    pairs, index = np.unique(way * max(len(answers), 1) + answer, return_inverse=True)
    chain, last = np.divmod(pairs, max(len(answers), 1))
    return index.astype(np.int64), joined(
        prefix.take(pa.array(chain)), answers.take(pa.array(last))
    )


def _sighted(
    domains: Domains, seen: Cached, names: pa.StringArray, answer: Ints, answers: pa.StringArray,
    vantage: Vantage,
) -> Seen:  # fmt: skip
    """Return what is seen: each response below the resolvers, each fetch above them."""
    queries, kept = seen.queries, seen.kept
    number = np.searchsorted(kept.fetches, kept.source)
    if vantage.position == "above":
        row = kept.fetches
        number = np.arange(len(row))
        ttl = domains.ttl[queries.domain[row]]
        client = np.full(len(row), -1, dtype=np.int64)
    else:
        row = np.arange(len(queries))
        number = np.where(seen.stale, np.maximum(number - 1, 0), number)
        age = (queries.time - queries.time[kept.source]) // MICROSECONDS
        ttl = np.where(seen.stale, STALE_TTL, np.maximum(seen.ttl - age, 0))
        client = queries.client
    return Seen(
        time=queries.time[row], name=seen.name[row], names=names,
        kind=queries.six[row].astype(np.int64), answer=answer[number], answers=answers, ttl=ttl,
        client=client, resolver=seen.resolver[row],
    )  # fmt: skip
