"""One sentence for each archetype of name, for people who choose among them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypedDict

from fluxhound.lab.parameters import Parameters, parameters
from fluxhound.lab.spread import Spread

#: The keys are those of parameters.toml, flux first.
DESCRIPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "classic": "Several bots in each answer, others every few minutes; name servers stay.",
        "double": "Like classic, and the name servers are bots that change as well.",
        "one-address": "One bot in each answer, another one soon after.",
        "regional": "Like classic, with the bots of one to three countries only.",
        "slow": "Another answer only every few hours.",
        "low-count": "A small pool of bots, so that the same ones return again and again.",
        "cloud": "Rented cloud servers instead of bots.",
        "bulletproof": "Servers in a few networks of hosters that ignore complaints.",
        "wildcard": "Each host name is asked for once or a few times, under one pool.",
        "per-query": "Another answer for every query.",
        "dga": "Domains with generated names, one to three days old, on one pool.",
        "cdn-inside": "CDN with caches inside the networks of access providers.",
        "cdn-own": "CDN with many sites in its own networks.",
        "anycast": "CDN that answers with the same few addresses everywhere.",
        "balancer": "Cloud load balancer whose addresses come and go.",
        "round-robin": "Several servers of one site, answered in turn.",
        "ntp-pool": "Volunteers' time servers, drawn anew for each answer.",
        "peer-seeds": "Seeds of a peer-to-peer network: peers drawn at random.",
        "dynamic-host": "One line at home under a dynamic DNS service's suffix.",
        "dynamic-apex": "A dynamic DNS service's domain with its thousands of hosts.",
        "relay": "Volunteers' relays, such as those of VPN Gate.",
        "mirror-pool": "Mirrors all over a region: mail, signatures, block lists.",
        "parked": "Parked domain.",
        "sinkholed": "Seized domain that answers with a sinkhole's address.",
        "ordinary": "Everything else: hosts that stay, and seldom move.",
    }
)


class Row(TypedDict):
    """One archetype as people are shown it; ranges are texts."""

    name: str
    flux: bool
    family: str
    per_million: float
    answers: str
    ttl_s: str
    live: str
    description: str


def described(given: Parameters | None = None) -> list[Row]:
    """Return every archetype, flux first, in the order of the parameters."""
    rows = [
        Row(
            name=each.name,
            flux=each.flux,
            family=each.family,
            per_million=each.per_million,
            answers=ranged(each.answers),
            ttl_s=ranged(each.ttl),
            live=ranged(each.live if each.own_hosts.high == 0 else each.own_hosts),
            description=DESCRIPTIONS.get(each.name, ""),
        )
        for each in (given or parameters()).archetypes.values()
    ]
    return sorted(rows, key=lambda row: not row["flux"])


def ranged(spread: Spread) -> str:
    """Return the range of a spread."""
    low, high = f"{spread.low:,.0f}", f"{spread.high:,.0f}"
    return low if low == high else f"{low} to {high}"
