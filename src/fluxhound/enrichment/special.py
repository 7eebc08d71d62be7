"""Special-purpose addresses: those that no public network routes."""

from __future__ import annotations

import functools
from ipaddress import IPv4Network, IPv6Network, ip_network

import numpy as np
import numpy.typing as npt

from fluxhound.enrichment.addresses import Keys
from fluxhound.enrichment.ranges import IPV4_BITS, IPV6_BITS, Ranges, flatten

_NO, _YES = 1, 2

#: Networks and whether the public Internet routes them ("Globally Reachable" in the IANA IPv4 and
#: IPv6 Special-Purpose Address Registries, RFC 6890). The more specific network wins.
SPECIAL: tuple[tuple[str, bool], ...] = (
    ("0.0.0.0/0", True),
    ("0.0.0.0/8", False),  # this network, RFC 791
    ("10.0.0.0/8", False),  # private, RFC 1918
    ("100.64.0.0/10", False),  # shared by carriers, RFC 6598
    ("127.0.0.0/8", False),  # loopback, RFC 1122
    ("169.254.0.0/16", False),  # link-local, RFC 3927
    ("172.16.0.0/12", False),  # private, RFC 1918
    ("192.0.0.0/24", False),  # protocol assignments, RFC 6890
    ("192.0.0.9/32", True),  # port control anycast, RFC 7723
    ("192.0.0.10/32", True),  # traversal anycast, RFC 8155
    ("192.0.2.0/24", False),  # documentation, RFC 5737
    ("192.88.99.0/24", False),  # 6to4 relay anycast, withdrawn by RFC 7526
    ("192.168.0.0/16", False),  # private, RFC 1918
    ("198.18.0.0/15", False),  # benchmarks, RFC 2544
    ("198.51.100.0/24", False),  # documentation, RFC 5737
    ("203.0.113.0/24", False),  # documentation, RFC 5737
    ("224.0.0.0/4", False),  # multicast, RFC 5771
    ("240.0.0.0/4", False),  # reserved and broadcast, RFC 1112
    ("2000::/3", True),  # the only global unicast space so far, RFC 4291
    ("2001::/23", False),  # protocol assignments, RFC 2928
    ("2001:3::/32", True),  # multicast tunnels, RFC 7450
    ("2001:4:112::/48", True),  # AS112, RFC 7535
    ("2001:20::/28", True),  # ORCHIDv2, RFC 7343
    ("2001:30::/28", True),  # drone identifiers, RFC 9374
    ("2001:db8::/32", False),  # documentation, RFC 3849
    ("3fff::/20", False),  # documentation, RFC 9637
)


def routable(found: Keys) -> npt.NDArray[np.bool_]:
    """Tell for each address whether the public Internet routes it.

    An IPv6 address that carries an IPv4 address is as routable as that one. False for no address.
    """
    ipv4, ipv6 = _tables()
    by_ipv4 = found.by_ipv4 & (ipv4.at(found.host) == _YES)
    by_ipv6 = found.by_ipv6 & (ipv6.at(found.upper) == _YES)
    answer: npt.NDArray[np.bool_] = by_ipv4 | by_ipv6
    return answer


@functools.cache
def _tables() -> tuple[Ranges, Ranges]:
    rows4: list[tuple[int, int, int]] = []
    rows6: list[tuple[int, int, int]] = []
    for text, reachable in SPECIAL:
        network: IPv4Network | IPv6Network = ip_network(text)
        first, last = int(network[0]), int(network[-1])
        value = _YES if reachable else _NO
        if network.version == 4:  # noqa: PLR2004 - the address family
            rows4.append((first, last, value))
        else:
            rows6.append((first >> IPV6_BITS, last >> IPV6_BITS, value))
    return flatten(rows4, IPV4_BITS), flatten(rows6, IPV6_BITS)
