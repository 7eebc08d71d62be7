"""Candidates in columns: each spelled in its one way, or refused with a reason.

Clean names and URLs, the bulk of any feed, never become Python objects; the rest is spelled one
by one.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from fluxhound.intel import spelling
from fluxhound.intel.indicator import Kind
from fluxhound.intel.refusing import (
    OWN,
    PUBLIC_SUFFIX,
    RESERVED,
    SHARED_SUFFIX,
    Mask,
    Own,
    known_top_levels,
    own_mask,
    refused_addresses,
    refused_network,
    suffix_masks,
)

UNKNOWN_TOP_LEVEL = "no top-level domain that exists"

#: Every reason of a refusal; the number of a reason is its place, and the first is none.
REASONS = (
    "",
    spelling.TOO_LONG,
    spelling.NO_INDICATOR,
    spelling.SINGLE_LABEL,
    spelling.BAD_NAME,
    spelling.BAD_ADDRESS,
    spelling.BAD_URL,
    spelling.TOO_WIDE,
    spelling.FILE_HASH,
    spelling.MAIL_ADDRESS,
    spelling.BLANK,
    PUBLIC_SUFFIX,
    SHARED_SUFFIX,
    RESERVED,
    OWN,
    UNKNOWN_TOP_LEVEL,
)
#: What is sound but of no use to us; all other reasons are faults of the feed.
NOT_OURS = frozenset({spelling.FILE_HASH, spelling.MAIL_ADDRESS, spelling.BLANK})
_NUMBER = {reason: number for number, reason in enumerate(REASONS)}

_PLAIN_NAME = r"^(?:[a-z0-9_-]{1,63}\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$"
#: URLs that are spelled in their one way already: nothing defanged or quoted, no default port.
_PLAIN_URL = (
    r"^https?://(?:[a-z0-9_-]{1,63}\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?(?::[0-9]{4,5})?"
    r"/[!#-&+-;=?-Z^-z|~]*$"
)
_ADDRESS = r"^[0-9.]+$|:"

Bytes = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Rules:
    """How names are taken, and what is never taken."""

    own: Own = field(default_factory=Own)
    #: True: every name covers the names below it; False: none does; None: as the format says.
    subnames: bool | None = None
    #: Whether suffixes under which anybody registers are taken: they are worth knowing, but no
    #: reason to act.
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Screened:
    """One element for each candidate: its kind, its value, and the number of its reason."""

    kind: Bytes
    value: pa.Array
    reason: Bytes


def screened(texts: pa.Array, expected: Bytes, rules: Rules) -> Screened:
    """Return what each of *texts* is; *expected* holds the format's word (a Kind), 0 for none."""
    kind, value, reason = _spelled(texts, expected)
    if rules.subnames is not None:
        kind = _with_subnames(kind, covers=rules.subnames)
    sound = reason == 0
    _screen_names(kind, value, reason, sound & (kind > 0) & (kind <= Kind.BELOW), rules)
    _screen_top_levels(value, reason, sound & (expected == 0) & (kind <= Kind.BELOW))
    _screen_addresses(value, reason, sound & (kind == Kind.ADDRESS), rules.own)
    for place in np.flatnonzero(sound & (kind == Kind.NETWORK)):
        reason[place] = _NUMBER[refused_network(value[int(place)].as_py(), rules.own)]
    _screen_hosts(value, reason, sound & (kind == Kind.URL), rules.own)
    return Screened(kind, value, reason)


def _spelled(texts: pa.Array, expected: Bytes) -> tuple[Bytes, pa.Array, Bytes]:
    lowered = pc.ascii_lower(pc.ascii_trim_whitespace(texts))
    plain = pc.match_substring_regex(lowered, _PLAIN_NAME)
    short = pc.less_equal(pc.binary_length(lowered), spelling.NAME_LENGTH)
    may_be_name = ~np.isin(expected, (Kind.ADDRESS, Kind.NETWORK))
    fast = pc.and_(plain, short).to_numpy(zero_copy_only=False) & may_be_name
    kind = np.where(expected == 0, np.int8(Kind.DOMAIN), expected)
    kind = np.where(kind == Kind.URL, np.int8(Kind.HOST), kind).astype(np.int8)
    reason = np.zeros(len(kind), dtype=np.int8)
    # Paths keep their case, and a whole URL shorter than a name may be is sure to hold a short one.
    urls = pc.and_(
        pc.match_substring_regex(texts, _PLAIN_URL),
        pc.less_equal(pc.binary_length(texts), spelling.NAME_LENGTH),
    ).to_numpy(zero_copy_only=False)
    kind[urls] = Kind.URL
    lowered = pc.if_else(pa.array(urls), texts, lowered)
    fast |= urls
    rest = np.flatnonzero(~fast)
    if not len(rest):
        return kind, lowered, reason
    one_by_one = [
        spelling.spelled(text, Kind(expect) if expect else None)
        for text, expect in zip(
            texts.take(pa.array(rest)).to_pylist(), expected[rest].tolist(), strict=True
        )
    ]
    kind[rest] = [found for found, _ in one_by_one]
    reason[rest] = [0 if found else _NUMBER[said] for found, said in one_by_one]
    values = pa.array([said if found else "" for found, said in one_by_one], pa.string())
    return kind, pc.replace_with_mask(lowered, pa.array(~fast), values), reason


def _with_subnames(kind: Bytes, *, covers: bool) -> Bytes:
    old, new = (Kind.HOST, Kind.DOMAIN) if covers else (Kind.DOMAIN, Kind.HOST)
    return np.where(kind == old, np.int8(new), kind).astype(np.int8)


def _screen_names(kind: Bytes, value: pa.Array, reason: Bytes, chosen: Mask, rules: Rules) -> None:
    places = np.flatnonzero(chosen)
    names = value.take(pa.array(places))
    covers = kind[places] != Kind.HOST
    registry, company = suffix_masks(names)
    if not rules.shared:
        reason[places[company & covers]] = _NUMBER[SHARED_SUFFIX]
    reason[places[registry]] = _NUMBER[PUBLIC_SUFFIX]
    reason[places[own_mask(names, covers, rules.own)]] = _NUMBER[OWN]


def _screen_top_levels(value: pa.Array, reason: Bytes, chosen: Mask) -> None:
    """Refuse what nobody called a name and whose ending is none: "invoice.exe"."""
    places = np.flatnonzero(chosen & (reason == 0))
    last = pc.replace_substring_regex(value.take(pa.array(places)), r"^.*\.", "")
    known = pc.is_in(last, known_top_levels())
    reason[places[~known.to_numpy(zero_copy_only=False)]] = _NUMBER[UNKNOWN_TOP_LEVEL]


def _screen_addresses(value: pa.Array, reason: Bytes, chosen: Mask, ours: Own) -> None:
    places = np.flatnonzero(chosen)
    reserved, mine = refused_addresses(value.take(pa.array(places)), ours)
    reason[places[reserved]] = _NUMBER[RESERVED]
    reason[places[mine]] = _NUMBER[OWN]


def _screen_hosts(value: pa.Array, reason: Bytes, chosen: Mask, ours: Own) -> None:
    """Refuse URLs on hosts that are reserved or our own; a shared host is what URLs are for."""
    places = np.flatnonzero(chosen)
    hosts = spelling.url_hosts(value.take(pa.array(places)))
    numeric = pc.match_substring_regex(hosts, _ADDRESS).to_numpy(zero_copy_only=False)
    by_address, by_name = places[numeric], places[~numeric]
    reserved, mine = refused_addresses(hosts.filter(pa.array(numeric)), ours)
    reason[by_address[reserved]] = _NUMBER[RESERVED]
    reason[by_address[mine]] = _NUMBER[OWN]
    names = hosts.filter(pa.array(~numeric))
    owned = own_mask(names, np.zeros(len(names), dtype=np.bool_), ours)
    reason[by_name[owned]] = _NUMBER[OWN]
