"""MISP warning lists: what is harmless, or known for what it is (MISP/misp-warninglists)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fluxhound.intel.gathering import Gathering, Told
from fluxhound.intel.indicator import Kind
from fluxhound.intel.reading.form import FeedOptions

#: Types of lists, and what their entries are: a hostname covers the names below it there.
TYPES: Mapping[str, Kind] = {
    "hostname": Kind.DOMAIN,
    "string": Kind.HOST,  # a name, an address or anything else, exactly
    "cidr": Kind.NETWORK,
}

#: Characters of a list's name that are kept with each of its entries. Chosen.
LONGEST_NAME = 100

OTHER_LIST = "an entry of a list of another type"
NO_TEXT = "an entry that is no text"


def matches(document: Any) -> bool:
    """Tell whether a JSON document is a warning list."""
    return (
        isinstance(document, dict)
        and isinstance(document.get("list"), list)
        and isinstance(document.get("type"), str)
        and "name" in document
    )


def read(document: Any, gathering: Gathering, options: FeedOptions) -> None:  # noqa: ARG001 - the same for all shapes
    """Read the entries of a list into *gathering*.

    Lists of substrings and regular expressions say nothing about one name and are passed over.
    """
    known = document["type"] in TYPES
    told = Told(label=str(document["name"])[:LONGEST_NAME])
    for entry in document["list"]:
        gathering.tally.records += 1
        if not known:
            gathering.tally.pass_over(OTHER_LIST)
        elif isinstance(entry, str):
            gathering.add(entry, _kind(document["type"], entry), told)
        else:
            gathering.tally.reject(NO_TEXT, str(entry)[:200])


def _kind(kind: str, entry: str) -> Kind:
    if TYPES[kind] is Kind.NETWORK and "/" not in entry:
        return Kind.ADDRESS
    return TYPES[kind]
