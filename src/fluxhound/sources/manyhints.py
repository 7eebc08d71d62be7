"""The address hints of many SVCB and HTTPS records, found together, parameter by parameter.

They are those of ``wire``, which follows RFC 9460 sections 2.2 and 7.3. Records that are malformed
or longer than they need to be are odd.
"""

# ruff: noqa: PLR2004 - numbers are sizes, offsets and keys of the layouts that RFC 9460 shows

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fluxhound.sources.labels import Ints, Mask
from fluxhound.sources.octets import Octets, cells

#: Labels of a target's name, parameters of a record and addresses of a hint that are read here.
LABELS, PARAMETERS, ADDRESSES = 8, 16, 16

_PAIR = np.dtype([("key", ">u2"), ("size", ">u2")])
_WIDTHS = {4: 4, 6: 16}  # octets of an address, by the parameter's key


class Hints(NamedTuple):
    """Addresses in the order of their records, and in each as they stand."""

    odd: Mask  # one for each record
    record: Ints  # number of the record
    wide: Mask  # of IPv6
    at: Ints  # place of the address


def find(octets: Octets, rdata: Ints, end: Ints) -> Hints:
    """Return the hints in the rdata from each *rdata* to its *end*."""
    odd = np.zeros(len(rdata), bool)
    at = rdata + 2
    for _ in range(LABELS):
        size = np.where(at < end, octets[np.minimum(at, end)], 0)
        if not size.any():
            break
        odd |= size > 63
        at = at + np.where(size > 0, size + 1, 0)
    odd |= (at >= end) | (octets[np.minimum(at, end)] != 0)
    record = np.flatnonzero(~odd)
    at = at[record] + 1
    found: list[tuple[Ints, Ints, Ints]] = []  # record, place, width
    for _ in range(PARAMETERS):
        rest = np.flatnonzero(at < end[record])
        record, at = record[rest], at[rest]
        if not len(record):
            break
        pair = cells(octets, at, _PAIR)
        size = pair["size"].astype(np.int64)
        sound = at + 4 + size <= end[record]
        odd[record[~sound]] = True
        for key, width in _WIDTHS.items():
            some = np.flatnonzero(sound & (pair["key"] == key) & (size % width == 0))
            odd[record[some[size[some] > width * ADDRESSES]]] = True
            count = np.minimum(size[some] // width, ADDRESSES)
            first = np.repeat(np.cumsum(count) - count, count)
            step = np.arange(len(first)) - first
            place = np.repeat(at[some] + 4, count) + step * width
            found.append((np.repeat(record[some], count), place, np.full(len(place), width)))
        record, at = record[sound], (at + 4 + size)[sound]
    odd[record[at < end[record]]] = True
    if not found:
        return Hints(odd, record[:0], odd[:0], at[:0])
    record, at, widths = (np.concatenate(each) for each in zip(*found, strict=True))
    order = np.lexsort((at, record))
    return Hints(odd, record[order], widths[order] == 16, at[order])
