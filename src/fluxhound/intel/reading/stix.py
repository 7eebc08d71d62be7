"""STIX 2.0 and 2.1: bundles, lists of objects, and the envelopes of TAXII 2.1."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from fluxhound.intel.gathering import Gathering, Told
from fluxhound.intel.indicator import Tlp, tlp_named
from fluxhound.intel.moments import moment
from fluxhound.intel.reading.form import FeedOptions
from fluxhound.intel.reading.stixmatch import terms
from fluxhound.intel.reading.stixpattern import PatternError, parse

#: Marking definitions that the standards fix: STIX 2.1 section 7.2.1.4 and the extension for TLP 2.
TLP_MARKINGS: Mapping[str, Tlp] = {
    "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": Tlp.CLEAR,
    "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": Tlp.GREEN,
    "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": Tlp.AMBER,
    "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": Tlp.RED,
    "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487": Tlp.CLEAR,
    "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb": Tlp.GREEN,
    "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421": Tlp.AMBER,
    "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003": Tlp.AMBER_STRICT,
    "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1": Tlp.RED,
}
#: Types whose names tell what an indicator indicates.
_NAMED = frozenset({"malware", "tool", "campaign", "intrusion-set", "threat-actor"})

NO_INDICATOR_OBJECT = "an object that is no indicator"
REVOKED = "revoked by its producer"
BENIGN = "marked as benign"
OTHER_LANGUAGE = "a pattern in another language"
NO_PATTERN = "an indicator without a pattern"
BAD_PATTERN = "a pattern that cannot be read"
NO_OBJECT = "not a JSON object"

Object = Mapping[str, Any]


def matches(document: Any) -> bool:
    """Tell whether a JSON document is a bundle, an envelope, or a list of STIX objects."""
    if isinstance(document, dict) and document.get("type") == "bundle":
        return True
    if isinstance(document, dict) and isinstance(document.get("objects"), list):
        return all(map(_is_object, document["objects"][:20]))
    if isinstance(document, list):
        return bool(document) and all(map(_is_object, document[:20]))
    return _is_object(document)


def _is_object(item: Any) -> bool:
    if not isinstance(item, dict):
        return False
    kind, name = item.get("type"), item.get("id")
    return isinstance(kind, str) and isinstance(name, str) and name.startswith(f"{kind}--")


def read(document: Any, gathering: Gathering, options: FeedOptions) -> None:  # noqa: ARG001 - the same for all shapes
    """Read the indicators of *document* into *gathering*."""
    if isinstance(document, list):
        objects = document
    elif "objects" in document or document.get("type") == "bundle":
        objects = document.get("objects") or []
    else:
        objects = [document]
    if isinstance(objects, list):
        read_objects(objects, gathering)


def read_objects(objects: Iterable[Any], gathering: Gathering) -> None:
    """Read the indicators among STIX *objects*."""
    sound = [each for each in objects if isinstance(each, dict)]
    markings = dict(TLP_MARKINGS) | dict(_markings(sound))
    labels = dict(_labels(sound))
    others: Counter[str] = Counter()
    for each in sound:
        gathering.tally.records += 1
        reason = _unusable(each)
        if reason:
            others[reason] += 1
        else:
            _add(each, gathering, _told(each, markings, labels))
    for reason, count in others.items():
        gathering.tally.pass_over(reason, count)


def _markings(objects: Sequence[Object]) -> Iterator[tuple[str, Tlp]]:
    """Yield the TLP markings that the bundle itself defines."""
    for each in objects:
        if each.get("type") == "marking-definition" and isinstance(each.get("id"), str):
            definition = each.get("definition")
            text = definition.get("tlp") if isinstance(definition, dict) else each.get("name")
            if isinstance(text, str) and tlp_named(text):
                yield each["id"], tlp_named(text)


def _labels(objects: Sequence[Object]) -> Iterator[tuple[str, str]]:
    """Yield indicator -> the name of what it indicates."""
    names = {
        each["id"]: each["name"]
        for each in objects
        if str(each.get("type")) in _NAMED
        and isinstance(each.get("id"), str)
        and isinstance(each.get("name"), str)
    }
    for each in objects:
        if each.get("type") == "relationship" and each.get("relationship_type") == "indicates":
            source, target = each.get("source_ref"), each.get("target_ref")
            if isinstance(source, str) and isinstance(target, str) and target in names:
                yield source, names[target]


def _unusable(each: Object) -> str:
    if each.get("type") != "indicator":
        return NO_INDICATOR_OBJECT
    if each.get("revoked") is True:
        return REVOKED
    if "benign" in _words(each, "indicator_types") + _words(each, "labels"):
        return BENIGN
    if each.get("pattern_type", "stix") != "stix":
        return OTHER_LANGUAGE
    return "" if isinstance(each.get("pattern"), str) else NO_PATTERN


def _words(each: Object, key: str) -> list[str]:
    given = each.get(key)
    return [word for word in given if isinstance(word, str)] if isinstance(given, list) else []


def _add(each: Object, gathering: Gathering, told: Told) -> None:
    try:
        expression = parse(each["pattern"])
    except (PatternError, RecursionError):
        gathering.tally.reject(BAD_PATTERN, each["pattern"])
        return
    for kind, text in terms(expression):
        if kind is None:
            gathering.tally.pass_over(text)
        else:
            gathering.add(text, kind, told)


def _told(each: Object, markings: Mapping[str, Tlp], labels: Mapping[str, str]) -> Told:
    words = _words(each, "indicator_types") or _words(each, "labels")
    name = each.get("name")
    refs = _words(each, "object_marking_refs")
    return Told(
        first=_time(each, "valid_from"),
        until=_time(each, "valid_until"),
        confidence=percent(each.get("confidence")),
        label=labels.get(str(each.get("id")), words[0] if words else ""),
        comment=name if isinstance(name, str) else "",
        tlp=max((markings.get(ref, Tlp.UNMARKED) for ref in refs), default=Tlp.UNMARKED),
    )


def _time(each: Object, key: str) -> float | None:
    text = each.get(key)
    return moment(text) if isinstance(text, str) else None


def percent(value: Any) -> int | None:
    """Return a confidence from 0 to 100, ``None`` for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 100:  # noqa: PLR2004 - a share of a hundred
        return None
    return int(value)
