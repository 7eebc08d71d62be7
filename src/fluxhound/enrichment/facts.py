"""What is known about addresses: network, holder, operator, country, kind, prefix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from fluxhound.enrichment.addresses import Keys, Text, keys, prefixes
from fluxhound.enrichment.kinds import KINDS, NetworkKind, kind_rules
from fluxhound.enrichment.operators import operator_rules
from fluxhound.enrichment.ranges import IntArray
from fluxhound.enrichment.special import routable
from fluxhound.enrichment.tables import Column, Countries, Holders, Networks, country_letters
from fluxhound.records import AddressFacts

#: Bits of the two prefixes. /16 and /24 are those of the literature (FluxBuster: entropy over /16;
#: Stalmans: distinct /24); /32 is what a provider gets and /64 one line (RFC 6177, RFC 4291).
WIDE_BITS = (16, 32)
NARROW_BITS = (24, 64)

#: One row for each address asked for, in order. "" and 0 stand for what is not known.
FACTS = pa.schema(
    [
        pa.field("address", pa.string()),  # canonical text; null where the text is no address
        pa.field("family", pa.int8(), nullable=False),  # 4, 6, or 0 for no address
        pa.field("asn", pa.int64(), nullable=False),
        pa.field("operator", pa.int64(), nullable=False),  # equal for all networks of one operator
        pa.field("holder", pa.string(), nullable=False),
        pa.field("country", pa.string(), nullable=False),  # ISO 3166 alpha-2
        pa.field("kind", pa.string(), nullable=False),  # a NetworkKind
        pa.field("prefix", pa.string()),  # /16 of IPv4, /32 of IPv6
        pa.field("subnet", pa.string()),  # /24 of IPv4, /64 of IPv6
        pa.field("routable", pa.bool_(), nullable=False),  # not private, reserved, multicast ...
    ]
)


@dataclass(slots=True)
class AddressTable:
    """Looks addresses up, all at once, in whichever tables there are.

    Without a table of networks, ``asn`` is 0 and ``holder`` ""; without one of countries,
    ``country`` is ""; without any, ``kind`` is "unknown".
    """

    networks: Networks | None = None
    countries: Countries | None = None
    #: Kinds of published ranges; they go before what the holder's name says.
    kinds: Column | None = None
    #: The dates of the tables (ISO 8601), by their use: "asn", "country", "kind".
    dates: Mapping[str, str] = field(default_factory=dict)
    _judged: dict[tuple[int, str], tuple[int, int]] = field(default_factory=dict, repr=False)

    @property
    def knows_networks(self) -> bool:
        """Tell whether there is a table of networks at all."""
        return self.networks is not None

    def lookup(self, addresses: Text) -> pa.Table:
        """Return a table in the schema FACTS with one row for each of *addresses*, in order.

        Give distinct addresses: what is given twice is looked up twice.
        """
        found = keys(addresses)
        network = self._network_columns(found)
        columns: dict[str, pa.Array] = {
            "address": pa.array(found.text, pa.string()),
            "family": pa.array(found.family),
            "country": self._country_column(found),
            "prefix": prefixes(found, *WIDE_BITS),
            "subnet": prefixes(found, *NARROW_BITS),
            "routable": pa.array(routable(found)),
            **network,
        }
        return pa.table([columns[f.name] for f in FACTS], schema=FACTS)

    def facts(self, address: str) -> AddressFacts:
        """Return what is known about one address; nothing is known about what is none."""
        row = self.lookup([address]).to_pylist()[0]
        return AddressFacts(
            address=row["address"] or address,
            asn=row["asn"] or None,
            holder=row["holder"],
            country=row["country"],
            kind=row["kind"],
        )

    def _network_columns(self, found: Keys) -> dict[str, pa.Array]:
        """Return asn, holder, operator and kind. Each network is judged once, not each address."""
        if self.networks is None:
            codes, known = np.zeros(len(found.family), dtype=np.int64), _NO_HOLDERS
        else:
            codes, known = self.networks.networks(found)
        distinct, place = np.unique(codes, return_inverse=True)
        asn = known.asn[distinct]
        names = known.name.take(pa.array(distinct))
        judged = [self._judge(int(a), h) for a, h in zip(asn, names.to_pylist(), strict=True)]
        kind, operator = np.array(judged, dtype=np.int64).reshape(-1, 2).T
        return {
            "asn": pa.array(asn[place]),
            "holder": _taken(names, place),
            "operator": pa.array(operator[place]),
            "kind": self._kind_column(found, kind[place]),
        }

    def _judge(self, asn: int, holder: str) -> tuple[int, int]:
        """Return the kind (as a place in KINDS) and the operator of one network."""
        if (known := self._judged.get((asn, holder))) is not None:
            return known
        kind = kind_rules().kind(asn, holder) if asn else NetworkKind.UNKNOWN
        judged = KINDS.index(kind), operator_rules().number(asn, holder)
        self._judged[asn, holder] = judged
        return judged

    def _kind_column(self, found: Keys, by_name: IntArray) -> pa.Array:
        published = by_name * 0 if self.kinds is None else self.kinds.at(found)
        codes = np.where(published > 0, published, by_name)
        return _taken(pa.array([str(kind) for kind in KINDS]), codes)

    def _country_column(self, found: Keys) -> pa.Array:
        if self.countries is None:
            return _taken(pa.array([""]), np.zeros(len(found.family), dtype=np.int64))
        distinct, place = np.unique(self.countries.countries(found), return_inverse=True)
        return _taken(pa.array([country_letters(c) for c in distinct], pa.string()), place)


_NO_HOLDERS = Holders(np.zeros(1, dtype=np.int64), pa.array([""]))


def _taken(texts: pa.Array, places: IntArray) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(places), texts).cast(pa.string())
