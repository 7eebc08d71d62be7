"""What must never be an indicator: public suffixes, reserved space, what is our own; in columns."""

from __future__ import annotations

import functools
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from fluxhound.enrichment.addresses import Keys, keys
from fluxhound.enrichment.special import SPECIAL, routable
from fluxhound.enrichment.suffixes import Rule, suffixes
from fluxhound.errors import UsageError
from fluxhound.intel.indicator import Kind
from fluxhound.intel.spelling import spelled

PUBLIC_SUFFIX = "a public suffix"
SHARED_SUFFIX = "a suffix under which anybody registers names"
RESERVED = "a private or reserved address"
OWN = "one of your own"

Mask: TypeAlias = npt.NDArray[np.bool_]
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Own:
    """What belongs to the organisation and must not be listed by anybody."""

    names: tuple[str, ...] = ()
    networks: tuple[Network, ...] = ()


def own(texts: Iterable[str]) -> Own:
    """Return the names, addresses and networks in *texts* as our own.

    Raises:
        UsageError: one of them is none of these.
    """
    names: list[str] = []
    networks: list[Network] = []
    for text in texts:
        kind, value = spelled(text)
        if kind in {Kind.ADDRESS, Kind.NETWORK}:
            networks.append(ipaddress.ip_network(value))
        elif kind in {Kind.DOMAIN, Kind.BELOW}:
            names.append(value)
        else:
            raise UsageError(f"{text!r} cannot be one of your own names or networks ({value}).")
    return Own(tuple(names), tuple(networks))


def suffix_masks(names: pa.Array) -> tuple[Mask, Mask]:
    """Tell for each name whether it is a registry's suffix, and whether a company's.

    The rules are those of the public suffix list (publicsuffix.org): exact, wildcard, exception.
    """
    known, codes = _rules()
    found = _codes(names, known, codes)
    parent = _codes(pc.replace_substring_regex(names, r"^[^.]*\.?", ""), known, codes)
    excepted = found >> 1 == int(Rule.EXCEPTION)
    by_wildcard = (parent >> 1 == int(Rule.WILDCARD)) & ~excepted
    itself = (found > 0) & ~excepted
    private = np.where(itself, found & 1, parent & 1) == 1
    suffix = itself | by_wildcard
    return suffix & ~private, suffix & private


@functools.cache
def _rules() -> tuple[pa.Array, npt.NDArray[np.int64]]:
    rules = suffixes().rules
    codes = np.array([*rules.values(), 0], dtype=np.int64)  # the last stands for no rule
    return pa.array(rules.keys(), pa.string()), codes


def _codes(names: pa.Array, known: pa.Array, codes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    places = pc.fill_null(pc.index_in(names, known), len(codes) - 1)
    found: npt.NDArray[np.int64] = codes[places.to_numpy(zero_copy_only=False)]
    return found


@functools.cache
def known_top_levels() -> pa.Array:
    """Return the last labels that exist, with those reserved for examples (RFC 2606)."""
    listed = {key for key in suffixes().rules if "." not in key}
    return pa.array(sorted(listed | {"example", "test", "invalid"}), pa.string())


def own_mask(names: pa.Array, covers_below: Mask, ours: Own) -> Mask:
    """Tell which names are ours, lie below ours, or (where *covers_below*) would cover ours."""
    answer = np.zeros(len(names), dtype=np.bool_)
    for name in ours.names:
        same_or_below = pc.or_(pc.equal(names, name), pc.ends_with(names, f".{name}"))
        answer |= same_or_below.to_numpy(zero_copy_only=False)
        parents = [name[at + 1 :] for at, letter in enumerate(name) if letter == "."]
        covers = pc.is_in(names, pa.array(parents, pa.string())).to_numpy(zero_copy_only=False)
        answer |= covers & covers_below
    return answer


def refused_addresses(addresses: pa.Array, ours: Own) -> tuple[Mask, Mask]:
    """Tell for each address whether it is reserved, and whether it is ours."""
    found = keys(addresses)
    mine = np.zeros(len(addresses), dtype=np.bool_)
    for network in ours.networks:
        if isinstance(network, ipaddress.IPv4Network):
            first, last = int(network[0]), int(network[-1])
            mine |= (found.family == 4) & (found.host >= first) & (found.host <= last)  # noqa: PLR2004 - the address family
        else:
            mine |= _within_ipv6(found, network)
    return ~routable(found), mine


def _within_ipv6(found: Keys, network: ipaddress.IPv6Network) -> Mask:
    first = int(network.network_address).to_bytes(16, "big")
    upper, lower = (np.uint64(int.from_bytes(half, "big")) for half in (first[:8], first[8:]))
    mask = int(network.netmask)
    high, low = np.uint64(mask >> 64), np.uint64(mask & 0xFFFF_FFFF_FFFF_FFFF)
    inside: Mask = (
        (found.family == 6)  # noqa: PLR2004 - the address family
        & (found.upper & high == upper)
        & (found.lower & low == lower)
    )
    return inside


def refused_network(value: str, ours: Own) -> str:
    """Return why a network may not be an indicator, "" if it may."""
    network = ipaddress.ip_network(value)
    if any(each.overlaps(network) for each in ours.networks if each.version == network.version):
        return OWN
    reserved, excepted = _special()
    if any(_within(network, each) for each in excepted):
        return ""
    outside = isinstance(network, ipaddress.IPv6Network) and not _within(network, _GLOBAL_IPV6)
    touches = any(e.overlaps(network) for e in reserved if e.version == network.version)
    return RESERVED if outside or touches else ""


#: The only space handed out so far (RFC 4291 section 2.4, IANA).
_GLOBAL_IPV6 = ipaddress.IPv6Network("2000::/3")


@functools.cache
def _special() -> tuple[tuple[Network, ...], tuple[Network, ...]]:
    """Return the reserved networks, and the exceptions within them that are routed."""
    networks = [(ipaddress.ip_network(text), routed) for text, routed in SPECIAL]
    whole = {"0.0.0.0/0", str(_GLOBAL_IPV6)}
    return (
        tuple(network for network, routed in networks if not routed),
        tuple(network for network, routed in networks if routed and str(network) not in whole),
    )


def _within(network: Network, outer: Network) -> bool:
    if isinstance(network, ipaddress.IPv4Network) and isinstance(outer, ipaddress.IPv4Network):
        return network.subnet_of(outer)
    if isinstance(network, ipaddress.IPv6Network) and isinstance(outer, ipaddress.IPv6Network):
        return network.subnet_of(outer)
    return False
