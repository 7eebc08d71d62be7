"""Names and addresses looked up among up to a million indicators, in columns.

Hashes find what may match and texts decide, so that nothing matches by accident. The cost of a
name is that of its bytes; it does not grow with the number of indicators, but for the memory.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from fluxhound.intel.hashing import Hasher, Places
from fluxhound.intel.indicator import Kind, Role
from fluxhound.intel.nameindex import NameIndex
from fluxhound.intel.networkindex import Addresses, NetworkIndex, numbered
from fluxhound.intel.spelling import url_hosts


class How(IntEnum):
    """How something matched, the most telling first."""

    EXACT = 1
    BELOW = 2  # a name below the indicator's
    NETWORK = 3  # an address within the indicator's network
    URL_HOST = 4  # the host of an indicator that is a URL: context, the host may serve others

    @property
    def word(self) -> str:
        """Return how it matched as commands and documents write it."""
        return self.name.lower().replace("_", "-")


@dataclass(frozen=True, slots=True)
class Matches:
    """Pairs of what was looked up and what it matched; arrays of one length.

    They are in order of ``row``; those of one row the most telling first, then the most specific.
    """

    row: Places  # in what was looked up
    indicator: Places  # row in the table of indicators
    how: npt.NDArray[np.int8]  # How

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.row)

    def best(self) -> Matches:
        """Return the most telling match of each row alone."""
        first = np.flatnonzero(np.diff(self.row, prepend=-1))
        return Matches(self.row[first], self.indicator[first], self.how[first])


class Matcher:
    """Indicators ready to be looked up."""

    def __init__(self, indicators: pa.Table, *, salt: int | None = None) -> None:
        """Index *indicators* (schema INDICATOR); *salt* is for tests, else it is drawn."""
        self.indicators = indicators
        salt = secrets.randbits(64) if salt is None else salt
        kind = indicators["kind"].to_numpy().astype(np.int8)
        self._role = indicators["role"].to_numpy().astype(np.int8)
        values = combined(indicators["value"])
        hosts, by_url, owners = _hosts(values, kind)
        host_kind = kind[owners]
        is_address = _is_address(hosts, host_kind, by_url)
        names = ~is_address
        self._by_url = by_url_mask(len(kind), owners[by_url])
        self._names = NameIndex(
            hosts.filter(pa.array(names)),
            owners[names],
            (host_kind != Kind.BELOW)[names],
            np.isin(host_kind, (Kind.DOMAIN, Kind.BELOW))[names],
            Hasher(salt),
        )
        first, bits = _networks(hosts.filter(pa.array(is_address)))
        self._networks = NetworkIndex(first, bits, owners[is_address], salt)

    def names(self, names: pa.Array | pa.ChunkedArray, *, name_servers: bool = False) -> Matches:
        """Return what *names* (canonical, see history.names) match.

        With *name_servers* they are hosts of name servers, and indicators about those count too.
        """
        row, owner, length, whole = self._names.find(combined(names))
        how = np.where(whole, np.int8(How.EXACT), np.int8(How.BELOW))
        return self._settled(row, owner, how, length, name_servers=name_servers)

    def addresses(
        self, addresses: pa.Array | pa.ChunkedArray, *, name_servers: bool = False
    ) -> Matches:
        """Return what *addresses* match; what is no address matches nothing."""
        wanted = numbered(combined(addresses))
        row, owner, bits = self._networks.find(wanted)
        is_whole = bits == np.where(wanted.family[row] == 4, 32, 128)  # noqa: PLR2004 - bits of addresses
        how = np.where(is_whole, np.int8(How.EXACT), np.int8(How.NETWORK))
        return self._settled(row, owner, how, bits, name_servers=name_servers)

    def _settled(
        self,
        row: Places,
        owner: Places,
        how: npt.NDArray[np.int8],
        specificity: Places,
        *,
        name_servers: bool,
    ) -> Matches:
        how = np.where(self._by_url[owner], np.int8(How.URL_HOST), how).astype(np.int8)
        kept = np.flatnonzero(name_servers | (self._role[owner] == Role.ANYWHERE))
        order = kept[np.lexsort((owner[kept], -specificity[kept], how[kept], row[kept]))]
        return Matches(row[order], owner[order], how[order])


def combined(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return a column in one piece, as plain strings."""
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(whole, pa.ChunkedArray):  # of no piece at all
        whole = pa.concat_arrays(whole.chunks) if whole.num_chunks else pa.array([], whole.type)
    return whole if whole.type == pa.string() else whole.cast(pa.string())


def by_url_mask(length: int, places: Places) -> npt.NDArray[np.bool_]:
    """Return a mask of *length* that is set at *places*."""
    mask = np.zeros(length, dtype=np.bool_)
    mask[places] = True
    return mask


def _hosts(
    values: pa.Array, kind: npt.NDArray[np.int8]
) -> tuple[pa.Array, npt.NDArray[np.bool_], Places]:
    """Return what is looked up for: values, hosts of URLs; which are these; and their owners."""
    is_url = kind == Kind.URL
    rest, urls = np.flatnonzero(~is_url), np.flatnonzero(is_url)
    hosts = pa.concat_arrays([values.take(pa.array(rest)), url_hosts(values.take(pa.array(urls)))])
    by_url = np.zeros(len(hosts), dtype=np.bool_)
    by_url[len(rest) :] = True
    return hosts, by_url, np.concatenate([rest, urls])


def _is_address(
    hosts: pa.Array, kind: npt.NDArray[np.int8], by_url: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    numeric = pc.match_substring_regex(hosts, r"^[0-9.]+$|:").to_numpy(zero_copy_only=False)
    is_one: npt.NDArray[np.bool_] = np.isin(kind, (Kind.ADDRESS, Kind.NETWORK)) | (by_url & numeric)
    return is_one


def _networks(texts: pa.Array) -> tuple[Addresses, Places]:
    """Return first addresses and sizes in bits of addresses and networks as text."""
    first = numbered(pc.replace_substring_regex(texts, r"/.*$", ""))
    told = pc.replace_substring_regex(texts, r"^[^/]*/?", "")
    told = pc.if_else(pc.equal(told, ""), "-1", told)
    bits = pc.cast(told, pa.int64()).to_numpy(zero_copy_only=False)
    whole = np.where(first.family == 4, 32, 128)  # noqa: PLR2004 - bits of addresses
    return first, np.where(bits < 0, whole, bits)
