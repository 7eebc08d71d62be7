"""Identifiers, times and TLP markings of STIX 2.1 (OASIS, STIX Version 2.1, 2021-06-10)."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID, uuid5

from fluxhound.intel.indicator import Tlp
from fluxhound.sharing.document import timestamp

Object = dict[str, Any]

#: Our own namespace for objects that the standard gives no identifier (section 2.9): the same name
#: has the same identifier wherever it is exported, so that a later export updates an earlier one.
NAMESPACE = uuid5(uuid.NAMESPACE_URL, "tag:fluxhound,2026:stix")
#: The standard's namespace for cyber-observables (section 2.9).
OBSERVABLES = UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")

#: TLP 2.0 for STIX 2.1 (OASIS CTI, the extension that FIRST refers to).
TLP_EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
MARKINGS: Mapping[Tlp, str] = MappingProxyType(
    {
        Tlp.CLEAR: "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
        Tlp.GREEN: "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
        Tlp.AMBER: "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
        Tlp.AMBER_STRICT: "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
        Tlp.RED: "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
    }
)


def own_id(type: str, *parts: str) -> str:  # noqa: A002 - the standard's word
    """Return the identifier of an object of ours, always the same for the same *parts*."""
    name = json.dumps([type, *parts], separators=(",", ":"))
    return f"{type}--{uuid5(NAMESPACE, name)}"


def observable_id(type: str, **contributing: str | int) -> str:  # noqa: A002
    """Return the identifier of a cyber-observable by its contributing properties (RFC 8785).

    >>> observable_id("ipv4-addr", value="198.51.100.3")
    'ipv4-addr--b4e29b62-2053-47c4-bab4-bbce39e5ed67'
    """
    name = json.dumps(contributing, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return f"{type}--{uuid5(OBSERVABLES, name)}"


def observable(type: str, **contributing: str | int) -> Object:  # noqa: A002
    """Return a cyber-observable that is told by its contributing properties alone."""
    identifier = observable_id(type, **contributing)
    return {"type": type, "spec_version": "2.1", "id": identifier, **contributing}


def marking(level: Tlp) -> Object:
    """Return the marking definition of a TLP 2.0 level, as the standard fixes it."""
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": MARKINGS[level],
        "created": "2022-10-01T00:00:00.000Z",
        "name": f"TLP:{level.word.upper()}",
        "extensions": {
            TLP_EXTENSION: {"extension_type": "property-extension", "tlp_2_0": level.word}
        },
    }


def span(first: datetime, last: datetime) -> tuple[str, str]:
    """Return two times of which the second is the later one, by 1 ms at least (section 5.1.2)."""
    start, stop = timestamp(first), timestamp(max(first, last))
    return (start, stop) if stop > start else (start, timestamp(first + timedelta(milliseconds=1)))
