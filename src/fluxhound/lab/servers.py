"""Rows about name servers: delegations, and the addresses that come along with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fluxhound.lab import caches
from fluxhound.lab.answersets import Drawn, Placed, drawn_sets, placed_sets
from fluxhound.lab.chains import zone_texts
from fluxhound.lab.delegations import Delegations, delegations
from fluxhound.lab.dice import Flags, Ints, Reals, below, key, mix
from fluxhound.lab.naming import joined
from fluxhound.lab.population import Domains
from fluxhound.lab.queries import MICROSECONDS
from fluxhound.lab.questions import Asked
from fluxhound.lab.responses import Cached
from fluxhound.lab.rotations import turns
from fluxhound.lab.sensor import NS, A, Seen
from fluxhound.lab.sites import near
from fluxhound.lab.stage import Stage

#: Seconds after which a registry publishes changes, at the latest (chosen).
_REGISTRY_S = 21_600
#: Name servers of one zone of a CDN's edge, and its zones (chosen; captures show n0 to n7).
_EDGE_SERVERS, _EDGE_ZONES = 8, 16
_EDGE_LETTERS = pa.array(list("abcdefghijklmnop"), pa.string())


@dataclass(frozen=True, slots=True)
class _Events:
    """Responses that tell of a domain's name servers."""

    domain: Ints
    resolver: Ints
    client: Ints
    time: Ints
    parent: Flags  # from the registry; else from the servers themselves

    def at(self, rows: Ints | Flags) -> _Events:
        """Return some of the responses."""
        return _Events(
            self.domain[rows], self.resolver[rows], self.client[rows], self.time[rows],
            self.parent[rows],
        )  # fmt: skip


def server_rows(stage: Stage, of: Domains, seen: Cached) -> Iterator[Seen]:
    """Yield the rows about name servers that the fetches of a chunk bring along."""
    if not len(seen.kept.fetches):
        return
    given = delegations(stage, of)
    events = _events(stage, seen, given)
    yield _sets(stage, of, given, events)
    yield _glue(stage, given, events.at(given.glue[events.domain]))
    if of.archetype.edge_ns:
        yield from _edges(stage, of, seen)


def _events(stage: Stage, seen: Cached, given: Delegations) -> _Events:
    """Return when resolvers hear from parents, and from servers that tell of themselves."""
    vantage = stage.setting.vantage
    at = seen.kept.fetches
    domain, time = seen.queries.domain[at], seen.queries.time[at]
    entry = domain * vantage.resolvers + seen.resolver[at]
    order = caches.order(entry, time)
    at, domain, entry, time = at[order], domain[order], entry[order], time[order]

    def fetched(ttl: Ints) -> Ints:
        limited = np.clip(ttl, vantage.min_ttl, vantage.max_ttl)
        return caches.kept(entry, time, limited * MICROSECONDS).fetches

    parents = fetched(np.full(len(at), stage.given.population.parent_ttl))
    children = fetched(np.minimum(given.ns_ttl, given.host_ttl)[domain])
    children = children[given.telling[domain[children]]]
    rows = np.concatenate([parents, children])
    below_resolver = vantage.position == "below"
    return _Events(
        domain[rows],
        seen.resolver[at][rows],
        seen.queries.client[at][rows] if below_resolver else np.full(len(rows), -1),
        time[rows] + np.where(np.arange(len(rows)) < len(parents), 0, 1),
        np.arange(len(rows)) < len(parents),
    )


def _as_of(given: Delegations, events: _Events) -> Reals:
    """Return the second of the run whose state is told: parents are behind."""
    seconds = events.time / MICROSECONDS
    published = np.floor(seconds / _REGISTRY_S) * _REGISTRY_S - given.lag_s[events.domain]
    return np.where(events.parent, published, seconds)


def _ttl(stage: Stage, events: _Events, own: Ints) -> Ints:
    vantage = stage.setting.vantage
    ttl = np.where(events.parent, stage.given.population.parent_ttl, own[events.domain])
    return ttl if vantage.position == "above" else np.clip(ttl, vantage.min_ttl, vantage.max_ttl)


def _sets(stage: Stage, of: Domains, given: Delegations, events: _Events) -> Seen:
    """Return the rows of delegations: a domain and the names of its servers."""
    version = given.version(events.domain, _as_of(given, events))
    pairs, answer = np.unique(events.domain << 20 | version, return_inverse=True)
    domain, number = pairs >> 20, pairs & 0xFFFFF
    size = given.size[domain]
    row = np.repeat(np.arange(len(pairs)), size)
    offsets = np.concatenate([[0], np.cumsum(size)])
    place = np.arange(len(row)) - offsets[row]
    texts = given.host_names(domain[row], given.host(domain[row], number[row], place))
    lists = pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32)), texts)
    return Seen(
        time=events.time,
        name=events.domain,
        names=of.texts(),
        kind=np.full(len(events.time), NS),
        answer=answer.astype(np.int64),
        answers=pc.binary_join(lists, ","),
        ttl=_ttl(stage, events, given.ns_ttl),
        client=events.client,
        resolver=events.resolver,
    )


def _glue(stage: Stage, given: Delegations, events: _Events) -> Seen:
    """Return the rows of the servers' addresses."""
    size = given.size[events.domain]
    row = np.repeat(np.arange(len(size)), size)
    place = np.arange(len(row)) - np.repeat(np.cumsum(size) - size, size)
    each = events.at(row)
    domain, moment = each.domain, _as_of(given, each)
    host = given.host(domain, given.version(domain, moment), place)
    pool = given.row[domain]
    live = stage.hosting.plan.live[pool]
    texts: list[pa.StringArray] = []
    answer = np.zeros(len(row), dtype=np.int64)
    rotating = given.rotating[domain]
    still, moving = np.flatnonzero(~rotating), np.flatnonzero(rotating)
    if len(still):
        slot = given.slot(domain[still], host[still], live[still])
        at = np.full(len(still), stage.setting.start)
        places = Placed(np.arange(len(still)), pool[still], slot, at)
        none = np.zeros(len(still), dtype=np.int64)
        sets = placed_sets(places, none, stage.pools, stage.world, family=4)
        answer[still] = sets.index
        texts.append(sets.texts)
    if len(moving):
        base = mix(given.base[domain[moving]], host[moving])
        turn, begin = turns(base, given.rotation_s[domain[moving]], moment[moving])
        same = np.zeros(len(moving), dtype=np.int64)
        drawn = Drawn(
            pool[moving], mix(base, turn), stage.setting.start + begin, same + 1, same,
            live[moving], same - 1, same + 1,
        )  # fmt: skip
        sets = drawn_sets(drawn, stage.pools, stage.world, family=4)
        answer[moving] = sets.index + sum(map(len, texts))
        texts.append(sets.texts)
    same_host = mix(given.zone[domain], host)
    _, one, name = np.unique(same_host, return_index=True, return_inverse=True)
    return Seen(
        time=each.time,
        name=name.astype(np.int64),
        names=given.host_names(domain[one], host[one]),
        kind=np.full(len(row), A),
        answer=answer,
        answers=pa.concat_arrays(texts) if texts else pa.array([], pa.string()),
        ttl=_ttl(stage, each, given.host_ttl),
        client=each.client,
        resolver=each.resolver,
    )


def _edges(stage: Stage, of: Domains, seen: Cached) -> Iterator[Seen]:
    """Yield the zones of a CDN's edge: their servers stand in the sites near who asks."""
    vantage, at = stage.setting.vantage, seen.kept.fetches
    authority = stage.authority(of)
    domain, time, resolver = seen.queries.domain[at], seen.queries.time[at], seen.resolver[at]
    letter = below(mix(of.key[domain], key("edge zone")), _EDGE_ZONES)
    zone = of.pool[domain] * _EDGE_ZONES + letter
    entry = zone * vantage.resolvers + resolver
    order = caches.order(entry, time)
    operator_ttl = of.archetype.ns_ttl.draw(mix(of.seed, key("edge TTL"), of.pool))
    ttl = np.rint(operator_ttl).astype(np.int64)[domain]
    kept = caches.kept(entry[order], time[order], ttl[order] * MICROSECONDS)
    rows = order[kept.fetches]
    client = seen.queries.client[at][rows]
    client = client if vantage.position == "below" else np.full(len(rows), -1)
    zones, name = np.unique(zone[rows], return_inverse=True)
    letters = _EDGE_LETTERS.take(pa.array(zones % _EDGE_ZONES))
    domains = zone_texts(of.index, zones // _EDGE_ZONES, 1, of.seed)
    hosts = [joined(f"n{i}", letters, ".", domains) for i in range(_EDGE_SERVERS)]
    sets = pc.binary_join_element_wise(*hosts, ",")
    yield Seen(
        time[rows], name, joined(letters, ".", domains), np.full(len(rows), NS), name, sets,
        ttl[rows], client, resolver[rows],
    )  # fmt: skip
    each, server = np.repeat(rows, _EDGE_SERVERS), np.tile(np.arange(_EDGE_SERVERS), len(rows))
    asked = Asked(domain[each], server, vantage.place(resolver[each]), resolver[each], time[each])
    drawn = near(authority, asked, mix(zone[each], server), 4)
    found = drawn_sets(drawn, stage.pools, stage.world, family=4)
    yield Seen(
        time[each], np.repeat(name, _EDGE_SERVERS) * _EDGE_SERVERS + server,
        pc.list_flatten(_lists(hosts)), np.full(len(each), A), found.index, found.texts,
        ttl[each], np.repeat(client, _EDGE_SERVERS), resolver[each],
    )  # fmt: skip


def _lists(columns: list[pa.StringArray]) -> pa.ListArray:
    """Return rows of the *columns* as lists."""
    rows, width = len(columns[0]), len(columns)
    order = np.arange(rows * width).reshape(width, rows).T.ravel()
    offsets = np.arange(rows + 1, dtype=np.int32) * width
    return pa.ListArray.from_arrays(
        pa.array(offsets), pa.concat_arrays(columns).take(pa.array(order))
    )
