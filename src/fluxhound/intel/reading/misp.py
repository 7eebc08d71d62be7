"""MISP: events, their objects, and what a server's search returns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from fluxhound.intel.gathering import Gathering, Told
from fluxhound.intel.indicator import Kind, Tlp, tlp_named
from fluxhound.intel.moments import moment
from fluxhound.intel.reading.form import FeedOptions

#: Attribute types about names, addresses and URLs, and what their parts are (MISP core format).
#: A domain covers the names below it, a hostname is itself alone, as MISP exports them to RPZ.
TYPES: Mapping[str, tuple[Kind | None, ...]] = {
    "domain": (Kind.DOMAIN,),
    "hostname": (Kind.HOST,),
    "hostname|port": (Kind.HOST, None),
    "domain|ip": (Kind.DOMAIN, Kind.ADDRESS),
    "ip-src": (Kind.ADDRESS,),
    "ip-dst": (Kind.ADDRESS,),
    "ip-src|port": (Kind.ADDRESS, None),
    "ip-dst|port": (Kind.ADDRESS, None),
    "url": (Kind.URL,),
}
#: Relations of the object "passive-dns" that hold a name as plain text.
PASSIVE_DNS = {"rrname": Kind.HOST}

OTHER_TYPE = "another type of attribute"
NOT_FOR_DETECTION = "not marked for detection (to_ids)"
DELETED = "deleted"
NO_VALUE = "an attribute without a value"
NO_OBJECT = "not a JSON object"
#: Tags whose last part names the malware or the actor.
_GALAXY = re.compile(
    r"misp-galaxy:(?:malpedia|malware|ransomware|botnet|rat|tool|banker|stealer|threat-actor|"
    r"mitre-malware|mitre-intrusion-set)=\"([^\"]{1,80})\""
)

Object = Mapping[str, Any]


def matches(document: Any) -> bool:
    """Tell whether a JSON document is an event, a list of events, or the answer of a search."""
    if isinstance(document, list):
        return bool(document) and isinstance(document[0], dict) and "Event" in document[0]
    if not isinstance(document, dict):
        return False
    response = document.get("response")
    if isinstance(response, dict):
        return "Attribute" in response or "Event" in response
    return "Event" in document or isinstance(response, list) or _is_event(document)


def _is_event(document: Object) -> bool:
    return isinstance(document.get("Attribute"), list) and "info" in document


def read(document: Any, gathering: Gathering, options: FeedOptions) -> None:
    """Read the attributes of *document* into *gathering*."""
    for event in _events(document):
        if isinstance(event, dict):
            _read_event(event, gathering, options)
        else:
            gathering.tally.records += 1
            gathering.tally.reject(NO_OBJECT, str(type(event).__name__))


def _events(document: Any) -> Iterator[Any]:
    if isinstance(document, list):
        for item in document:
            yield item.get("Event") if isinstance(item, dict) else item
    elif "response" in document:
        response = document["response"]
        yield from _events(response) if isinstance(response, list) else [_inner(response)]
    else:
        yield _inner(document)


def _inner(document: Any) -> Any:
    return document["Event"] if isinstance(document, dict) and "Event" in document else document


def _listed(holder: Object, key: str) -> Iterator[Object]:
    items = holder.get(key)
    for item in items if isinstance(items, list) else []:
        if isinstance(item, dict):
            yield item


def _read_event(event: Object, gathering: Gathering, options: FeedOptions) -> None:
    context = _Context(event)
    for attribute in _listed(event, "Attribute"):
        _read_attribute(attribute, "", context, gathering, options)
    for item in _listed(event, "Object"):
        if _is_set(item.get("deleted")):
            gathering.tally.pass_over(DELETED)
            continue
        name = item.get("name")
        for attribute in _listed(item, "Attribute"):
            template = name if isinstance(name, str) else ""
            _read_attribute(attribute, template, context, gathering, options)


class _Context:
    """What an event tells about all its attributes."""

    def __init__(self, event: Object) -> None:
        self.tlp, self.label = _tagged(event)
        title = event.get("info")
        self.title = title if isinstance(title, str) else ""


def _tagged(holder: Object) -> tuple[Tlp, str]:
    names = [tag["name"] for tag in _listed(holder, "Tag") if isinstance(tag.get("name"), str)]
    levels = [tlp_named(name) for name in names if name.lower().startswith("tlp:")]
    named = [match[1] for name in names if (match := _GALAXY.fullmatch(name))]
    return max(levels, default=Tlp.UNMARKED), named[0] if named else ""


def _is_set(value: Any) -> bool:
    return value is True or value in {1, "1", "true"} if isinstance(value, int | str) else False


def _read_attribute(
    attribute: Object, template: str, context: _Context, gathering: Gathering, options: FeedOptions
) -> None:
    gathering.tally.records += 1
    kinds = _kinds(attribute, template)
    value = attribute.get("value")
    if kinds is None:
        gathering.tally.pass_over(OTHER_TYPE)
    elif _is_set(attribute.get("deleted")):
        gathering.tally.pass_over(DELETED)
    elif options.to_ids and not _is_set(attribute.get("to_ids")):
        gathering.tally.pass_over(NOT_FOR_DETECTION)
    elif not isinstance(value, str):
        gathering.tally.reject(NO_VALUE, str(attribute.get("uuid")))
    else:
        told = _told(attribute, context)
        for kind, part in zip(kinds, value.split("|"), strict=False):
            if kind is not None:
                gathering.add(part, _narrowed(kind, part), told)


def _kinds(attribute: Object, template: str) -> tuple[Kind | None, ...] | None:
    kind, relation = attribute.get("type"), attribute.get("object_relation")
    if template == "passive-dns" and isinstance(relation, str) and relation in PASSIVE_DNS:
        return (PASSIVE_DNS[relation],)
    return TYPES.get(kind) if isinstance(kind, str) else None


def _narrowed(kind: Kind, value: str) -> Kind:
    return Kind.NETWORK if kind is Kind.ADDRESS and "/" in value else kind


def _told(attribute: Object, context: _Context) -> Told:
    tlp, label = _tagged(attribute)
    comment = attribute.get("comment")
    first = _time(attribute, "first_seen")
    return Told(
        first=first,
        last=_time(attribute, "last_seen") or _time(attribute, "timestamp"),
        label=label or context.label,
        comment=comment if isinstance(comment, str) and comment else context.title,
        tlp=tlp or context.tlp,
    )


def _time(attribute: Object, key: str) -> float | None:
    value = attribute.get(key)
    return moment(str(value)) if isinstance(value, str | int) else None
