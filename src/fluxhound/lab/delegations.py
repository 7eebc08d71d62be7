"""Which name servers a domain has: their names, and the hosts behind them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from fluxhound.lab.dice import U64, Flags, Ints, Reals, below, key, mix, unit, zipf_rank
from fluxhound.lab.hosting import OWN_SERVER_HOSTERS
from fluxhound.lab.naming import codes, joined, registered
from fluxhound.lab.parameters import NS_SORTS
from fluxhound.lab.population import BULLETPROOF, OPERATOR, PROVIDER, SERVERS, Domains
from fluxhound.lab.stage import Stage

_SORTS = {name: number for number, name in enumerate(NS_SORTS)}
#: Share of domains with rotating servers whose servers are named within the domain (chosen).
_WITHIN = 0.6
#: Share of domains whose servers tell of themselves in their answers; many are configured to
#: leave it out (chosen).
_TELLING = 0.35
#: Hours between two sets of names of rotating name servers (chosen).
_RENAMED_H = (6.0, 72.0)
#: Names that rotating name servers are called in turn (chosen).
_ROTATING_NAMES = 16
_PREFIXES = pa.array(["ns", "dns", "ns", "pdns", "ns", "srv"], pa.string())


@dataclass(frozen=True, slots=True)
class Delegations:
    """One element for each domain of a chunk."""

    size: Ints  # name servers in the set
    hosts: Ints  # hosts that the set is taken from
    begin: Ints  # the first one of the set
    row: Ints  # of the plan of pools, where the servers stand
    base: U64  # what their slots follow from
    near: Flags  # slots are the hosts' numbers, not drawn
    rotating: Flags
    rotation_s: Reals
    renaming_s: Reals  # seconds between sets of names, where they rotate
    zone: U64  # tells zones that servers are named in from each other
    zone_texts: pa.StringArray
    glue: Flags  # whether addresses come with the delegation
    telling: Flags
    lag_s: Reals  # how far the parent is behind
    ns_ttl: Ints  # of the set of names, at the child
    host_ttl: Ints  # of the servers' addresses, at the child

    def version(self, domain: Ints, seconds: Reals) -> Ints:
        """Return which set of names is in use; 0 where it stays."""
        period = self.renaming_s[domain]
        number = np.floor(seconds / period + unit(mix(self.zone[domain], 1))).astype(np.int64)
        return np.where(self.rotating[domain], np.maximum(number, 0), 0)

    def host(self, domain: Ints, version: Ints, place: Ints) -> Ints:
        """Return the number of a host of a set, from its place in it."""
        return (self.begin[domain] + version * 2 + place) % self.hosts[domain]

    def host_names(self, domain: Ints, host: Ints) -> pa.StringArray:
        """Return the names of hosts."""
        prefix = below(mix(self.zone[domain], key("prefix")), len(_PREFIXES))
        return joined(
            _PREFIXES.take(pa.array(prefix)),
            pa.array(host + 1).cast(pa.string()),
            ".",
            self.zone_texts.take(pa.array(domain)),
        )

    def slot(self, domain: Ints, host: Ints, live: Ints) -> Ints:
        """Return the slot that a host stands in."""
        drawn = below(mix(self.base[domain], host), live)
        return np.where(self.near[domain], host % live, drawn)


def delegations(stage: Stage, of: Domains) -> Delegations:
    """Return the delegation of each domain."""
    keys, sort = of.key, of.ns
    population = stage.given.population
    ground = stage.hosting.grounds[of.archetype.name]
    live = stage.hosting.plan.live
    provider = zipf_rank(
        mix(keys, key("provider")),
        population.name_service_operators,
        population.name_service_zipf,
    )
    hoster = below(mix(keys, key("own servers")), OWN_SERVER_HOSTERS)
    within = unit(mix(keys, key("within"))) < _WITHIN
    row = np.select(
        [sort == _SORTS[name] for name in NS_SORTS],
        [
            stage.hosting.providers + provider,
            of.row,
            stage.hosting.own_servers + hoster,
            ground.bulletproof + of.pool,
            ground.servers + of.pool,
        ],
    ).astype(np.int64)
    rotating = sort == _SORTS["pool"]
    own = (sort == _SORTS["own"]) | (rotating & within)
    most = np.where(sort == _SORTS["operator"], np.minimum(live[row], 6), live[row])
    hosts = np.where(own, of.ns_size, most)
    hosts = np.where(rotating, _ROTATING_NAMES, hosts)
    pools = mix(of.seed, key("zone"), row, sort)
    zone = np.where(own, mix(keys, key("zone")), pools)
    shared = np.where(rotating & ~within, pools, keys)
    glue = own | (unit(mix(keys, key("glue"))) < population.glue_share)
    return Delegations(
        size=np.minimum(of.ns_size, hosts),
        hosts=hosts,
        begin=np.where(own | rotating, 0, below(mix(keys, key("first server")), hosts)),
        row=row,
        base=zone,
        near=~own & ~rotating,
        rotating=rotating,
        rotation_s=np.maximum(
            of.archetype.ns_rotation_s.draw(mix(shared, key("ns_rotation_s"))), 60.0
        ),
        renaming_s=3600
        * (_RENAMED_H[0] + (_RENAMED_H[1] - _RENAMED_H[0]) * unit(mix(shared, key("renamed")))),
        zone=zone,
        zone_texts=_zone_texts(of, provider, own),
        glue=glue,
        telling=rotating | (unit(mix(keys, key("telling"))) < _TELLING),
        lag_s=3600 * population.glue_lag_h.draw(mix(shared, key("lag"))),
        ns_ttl=population.ns_ttl.whole(mix(keys, key("NS TTL"))).astype(np.int64),
        host_ttl=of.ns_ttl,
    )


def _zone_texts(of: Domains, provider: Ints, own: Flags) -> pa.StringArray:
    """Return the registered domain that each domain's servers are named in."""
    behind = {
        "provider": codes(PROVIDER, 0, provider),
        "operator": codes(OPERATOR, of.index, of.pool),
        "bulletproof": codes(BULLETPROOF, of.index, of.pool),
        "pool": codes(SERVERS, of.index, of.pool),
    }
    code = np.select([of.ns == _SORTS[name] for name in behind], list(behind.values()))
    place, one = np.unique(code, return_inverse=True)
    others = registered(place, of.seed)
    index = np.where(own, len(others) + np.arange(len(of)), one)
    return pa.concat_arrays([others, of.texts()]).take(pa.array(index))
