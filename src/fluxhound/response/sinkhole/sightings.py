"""Victims as STIX 2.1 sightings: what was seen of each name, without who saw it."""

from __future__ import annotations

import json
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from fluxhound.response.sinkhole.victims import Victim

#: The namespace of our identifiers: one name, one indicator, on whichever machine it is made.
_NAMESPACE = uuid.UUID("6f0b5b1e-3c1f-5a5e-9d0c-4f1d2c9b7a11")
#: That of cyber observables (STIX 2.1 section 2.9), which is the same for everybody.
_OBSERVABLES = uuid.UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")
#: The most that a sighting may count (STIX 2.1 section 5.2).
_MOST = 999_999_999


def render_stix(
    victims: Iterable[Victim],
    *,
    with_clients: bool,
    indicator_of: Callable[[str], str] | None = None,
) -> str:
    """Return one bundle: an indicator and a sighting for each name that the victims wanted.

    Identifiers depend on the name and when it was first wanted (and on the addresses,
    *with_clients*), so the same visits make the same bundle, and more of them a newer version.
    Without *with_clients* nothing in it tells who the clients are, only how many. With
    *indicator_of*, sightings are of indicators that are published already, by their identifiers.
    """
    by_name: dict[str, list[tuple[Victim, float, float, int]]] = defaultdict(list)
    for each in victims:
        for called in each.caller.called:
            by_name[called.name].append((each, called.first, called.last, called.count))
    objects: list[dict[str, Any]] = []
    for name in sorted(by_name):
        objects += _of_name(name, by_name[name], with_clients=with_clients)
    if indicator_of is not None:
        objects = list(_referring(objects, indicator_of))
    bundle = _identifier("bundle", *(each["id"] + each.get("modified", "") for each in objects))
    document = {"type": "bundle", "id": bundle, "objects": list(_once(objects))}
    return json.dumps(document, ensure_ascii=True, indent=2) + "\n"


def _of_name(
    name: str, seen: list[tuple[Victim, float, float, int]], *, with_clients: bool
) -> list[dict[str, Any]]:
    first, last = _time(min(each[1] for each in seen)), _time(max(each[2] for each in seen))
    pattern = f"[domain-name:value = '{_quoted(name)}']"
    common = {"spec_version": "2.1", "created": first, "modified": last}
    indicator = {
        "type": "indicator",
        "id": _identifier("indicator", name, first),
        **common,
        "modified": first,
        "name": name,
        "description": "A name that is answered with a sinkhole, and that clients called",
        "indicator_types": ["malicious-activity"],
        "pattern": pattern,
        "pattern_type": "stix",
        "valid_from": first,
    }
    clients = len({each[0].caller.client for each in seen})
    sighting: dict[str, Any] = {
        "type": "sighting",
        "id": _identifier("sighting", name, first, "clients" if with_clients else ""),
        **common,
        "description": f"{clients} client{'' if clients == 1 else 's'} called a sinkhole by it",
        "first_seen": first,
        "last_seen": last,
        "count": min(sum(each[3] for each in seen), _MOST),
        "sighting_of_ref": indicator["id"],
        "summary": not with_clients,
    }
    if not with_clients:
        return [indicator, sighting]
    observed = [_observed(name, *each) for each in seen]
    sighting["observed_data_refs"] = sorted(each[0]["id"] for each in observed)
    return [indicator, *(part for parts in observed for part in parts), sighting]


def _observed(
    name: str, victim: Victim, first: float, last: float, count: int
) -> list[dict[str, Any]]:
    """Return the observed data of one client and one name, and its address."""
    client = victim.caller.client
    kind = "ipv6-addr" if ":" in client else "ipv4-addr"
    address = {
        "type": kind,
        "spec_version": "2.1",
        "id": _observable(kind, client),
        "value": client,
    }
    domain = {
        "type": "domain-name",
        "spec_version": "2.1",
        "id": _observable("domain-name", name),
        "value": name,
    }
    data = {
        "type": "observed-data",
        "spec_version": "2.1",
        "id": _identifier("observed-data", name, client, _time(first)),
        "created": _time(first),
        "modified": _time(last),
        "first_observed": _time(first),
        "last_observed": _time(last),
        "number_observed": min(count, _MOST),
        "object_refs": [address["id"], domain["id"]],
    }
    return [data, address, domain]


def _referring(
    objects: Iterable[dict[str, Any]], indicator_of: Callable[[str], str]
) -> Iterable[dict[str, Any]]:
    """Return *objects* without our indicators, their sightings with those of *indicator_of*."""
    names = {each["id"]: each["name"] for each in objects if each["type"] == "indicator"}
    for each in objects:
        if each["type"] == "sighting":
            yield {**each, "sighting_of_ref": indicator_of(names[each["sighting_of_ref"]])}
        elif each["type"] != "indicator":
            yield each


def _once(objects: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """Return each object once: an address or a name may be in several places."""
    return {each["id"]: each for each in objects}.values()


def _identifier(kind: str, *parts: str) -> str:
    return f"{kind}--{uuid.uuid5(_NAMESPACE, json.dumps([kind, *parts]))}"


def _observable(kind: str, value: str) -> str:
    """Return the identifier that every producer gives this value (STIX 2.1 section 2.9)."""
    contributing = json.dumps({"value": value}, separators=(",", ":"))
    return f"{kind}--{uuid.uuid5(_OBSERVABLES, contributing)}"


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


def _time(seconds: float) -> str:
    """Return a time to the millisecond (STIX 2.1 section 3.2, created and modified)."""
    text = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
