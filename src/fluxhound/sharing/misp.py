"""Findings as MISP events and objects, and as a feed folder (MISP core format, RFC draft 17).

``to_ids`` is set on the name alone: the addresses of fast flux are those of victims.
"""

from __future__ import annotations

import hashlib
import json
import math
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import uuid5

import orjson

from fluxhound.intel.indicator import Tlp
from fluxhound.records import EntityKind, Finding, Severity
from fluxhound.sharing import headline
from fluxhound.sharing.document import timestamp
from fluxhound.sharing.outbound import Offer, Terms, is_host
from fluxhound.sharing.past import Past, Record
from fluxhound.sharing.stix.graph import described

Document = dict[str, Any]
PastOf = Callable[[Offer], Past]

#: The same name has the same event wherever it is exported, so that a later one updates it.
NAMESPACE = uuid5(uuid.NAMESPACE_URL, "tag:fluxhound,2026:misp")
#: Records in one event, those seen last; the comment of the name holds the count. Chosen.
RECORDS = 100
SYSTEMS = 50

#: Name, template, version and category of MISP's objects (misp-objects, 2026-06-27).
TEMPLATES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "passive-dns": ("b77b7b1c-66ab-4a41-8da4-83810f6d2d6c", "5"),
        "dns-record": ("f023c8f0-81ab-41f3-9f5d-fa597a34a9b9", "2"),
        "domain-ip": ("43b3b146-77eb-4931-b4cc-b66c60f28734", "11"),
        "asn": ("4ec55cc6-9e49-4c64-b794-03c25c1a6587", "6"),
    }
)
THREAT_LEVELS: Mapping[Severity, str] = MappingProxyType(
    {
        Severity.CRITICAL: "1",
        Severity.HIGH: "1",
        Severity.MEDIUM: "2",
        Severity.LOW: "3",
        Severity.INFO: "4",
    }
)
GALAXY = 'misp-galaxy:mitre-attack-pattern="Fast Flux DNS - T1568.001"'
#: The vocabulary of ``estimative-language``; lower bounds by our score, chosen as for ECS.
CONFIDENCES = ((0.9, "high"), (0.6, "moderate"), (0.0, "low"))
_COLOURS: Mapping[Tlp, str] = MappingProxyType(
    {
        Tlp.CLEAR: "#ffffff",
        Tlp.GREEN: "#33ff00",
        Tlp.AMBER: "#ffc000",
        Tlp.AMBER_STRICT: "#ffc000",
        Tlp.RED: "#ff2b2b",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Event:
    """What the parts of one event have in common."""

    finding: Finding
    time: str  # seconds since 1970

    def attribute(self, of: str, type: str, value: str, **given: object) -> Document:  # noqa: A002
        """Return an attribute; *of* tells it apart from others of the same value."""
        return {
            "uuid": self.identifier("attribute", of, type, value),
            "type": type,
            "category": "Network activity" if type not in _OTHER else "Other",
            "value": value,
            "to_ids": False,
            "disable_correlation": type in _OTHER,
            "timestamp": self.time,
            "distribution": "5",  # as the event
            "comment": "",
            **given,
        }

    def thing(
        self, name: str, of: str, values: Iterable[tuple[str, str, str]], to_ids: str = ""
    ) -> Document:
        """Return an object of (relation, type, value); the relation *to_ids* is an indicator."""
        template, version = TEMPLATES[name]
        return {
            "uuid": self.identifier("object", name, of),
            "name": name,
            "meta-category": "network",
            "template_uuid": template,
            "template_version": version,
            "timestamp": self.time,
            "distribution": "5",
            "sharing_group_id": "0",
            "comment": "",
            "Attribute": [
                self.attribute(f"{name}|{of}|{relation}", type_, value)
                | {"object_relation": relation, "to_ids": relation == to_ids}
                for relation, type_, value in values
            ],
        }

    def identifier(self, *parts: str) -> str:
        """Return the identifier of a part."""
        return identifier(self.finding.entity.value, self.finding.name, *parts)


_OTHER = frozenset({"counter", "datetime", "text"})


def identifier(*parts: str) -> str:
    """Return an identifier of ours, always the same for the same *parts*."""
    return str(uuid5(NAMESPACE, json.dumps(parts, separators=(",", ":"))))


def event(offer: Offer, past: Past, terms: Terms) -> Document | None:
    """Return one finding as an event; ``None`` for a name that nobody can look up."""
    finding = offer.finding
    network = finding.entity is EntityKind.NETWORK
    if not (network or is_host(finding.name)):
        return None
    made = _Event(finding=finding, time=_seconds(finding.last_seen))
    names = finding.members if network else (finding.name,)
    owner = terms.producer
    return {
        "uuid": made.identifier(),
        "info": f"{headline.RULES.get(finding.verdict, headline.NO_RULE)[1]}: "
        f"{headline.plain(finding.name, 255)}",
        "date": timestamp(finding.first_seen)[:10],
        "timestamp": made.time,
        "publish_timestamp": "0",
        "published": False,
        "analysis": "2",
        "threat_level_id": THREAT_LEVELS[finding.severity],
        "distribution": "0",  # this organisation only: who shares it further decides that in MISP
        "sharing_group_id": "0",
        "Orgc": {"name": headline.plain(owner, 255), "uuid": identifier("organisation", owner)},
        "Tag": list(_tags(offer)),
        "Attribute": [
            made.attribute("name", _kind(made, name), name, to_ids=True, comment=described(finding))
            for name in names
            if is_host(name)
        ],
        "Object": list(_objects(made, past)),
    }


def _seconds(time: datetime) -> str:
    return str(max(math.floor(time.timestamp()), 0))


def _tags(offer: Offer) -> Iterator[Document]:
    word = next(word for least, word in CONFIDENCES if offer.finding.flux >= least)
    yield {"name": f"tlp:{offer.tlp.word}", "colour": _COLOURS[offer.tlp]}
    yield {"name": GALAXY, "colour": "#0088cc"}
    yield {
        "name": f'estimative-language:confidence-in-analytic-judgment="{word}"',
        "colour": "#001cad",
    }
    yield {"name": f'fluxhound:verdict="{offer.finding.verdict.value}"', "colour": "#5a3d8a"}


def _objects(made: _Event, past: Past) -> Iterator[Document]:
    addresses, names = past.addresses(RECORDS)[:RECORDS], past.names(RECORDS)
    records = [*addresses, *names]
    for record in records:
        of = f"{record.name}|{record.type}|{record.value}"
        yield made.thing("passive-dns", of, _passive(record))
    for owner in dict.fromkeys(record.name for record in records):
        own = [record for record in records if record.name == owner]
        yield made.thing("dns-record", owner, _snapshot(owner, own))
        pairs = [record for record in own if record in addresses]
        if pairs:
            kind = _kind(made, owner)
            named = kind if owner == made.finding.name else ""  # this name, and no other
            yield made.thing("domain-ip", owner, _pairs(kind, owner, pairs), to_ids=named)
    yield from _systems(made, past, addresses)


def _kind(made: _Event, name: str) -> str:
    """Return MISP's type of a name: those of hosts and of registered domains are two."""
    registered = name == made.finding.registered_domain or name in made.finding.members
    return "domain" if registered else "hostname"


def _passive(record: Record) -> Iterator[tuple[str, str, str]]:
    yield "rrname", "text", record.name
    yield "rrtype", "text", record.type
    yield "rdata", "text", record.value
    yield "count", "counter", str(record.count)
    yield "time_first", "datetime", timestamp(record.first)
    yield "time_last", "datetime", timestamp(record.last)


def _snapshot(owner: str, records: list[Record]) -> Iterator[tuple[str, str, str]]:
    yield "queried-domain", "domain", owner
    for record in records:
        kind = "ip-dst" if record.type in {"A", "AAAA"} else "domain"
        yield f"{record.type.lower()}-record", kind, record.value


def _pairs(kind: str, owner: str, records: list[Record]) -> Iterator[tuple[str, str, str]]:
    yield kind, kind, owner
    for record in records:
        yield "ip", "ip-dst", record.value
    yield "first-seen", "datetime", timestamp(min(record.first for record in records))
    yield "last-seen", "datetime", timestamp(max(record.last for record in records))


def _systems(made: _Event, past: Past, addresses: list[Record]) -> Iterator[Document]:
    known = (past.facts.get(record.value) for record in addresses)
    systems = {facts.asn: facts for facts in known if facts is not None and facts.asn}
    for number in sorted(systems)[:SYSTEMS]:
        facts = systems[number]
        told = [("asn", "AS", str(number))]
        if facts.holder:
            told.append(("description", "text", headline.plain(facts.holder, 255)))
        if facts.country:
            told.append(("country", "text", headline.plain(facts.country, 8)))
        yield made.thing("asn", str(number), told)


def events(offers: Iterable[Offer], past: PastOf, terms: Terms) -> Iterator[Document]:
    """Yield the events of those findings that have one."""
    for offer in offers:
        made = event(offer, past(offer), terms)
        if made is not None:
            yield made


def render_misp(offers: Iterable[Offer], past: PastOf, terms: Terms) -> bytes:
    """Return the events as MISP's own export has them: {"response": [{"Event": ...}]}."""
    whole = {"response": [{"Event": each} for each in events(offers, past, terms)]}
    return orjson.dumps(whole, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def render_feed(offers: Iterable[Offer], past: PastOf, terms: Terms) -> dict[str, bytes]:
    """Return the files of a MISP feed: events, manifest, and hashes of values for correlation."""
    files: dict[str, bytes] = {}
    manifest: Document = {}
    hashes: list[str] = []
    kept = ("info", "Orgc", "analysis", "Tag", "timestamp", "date", "threat_level_id")
    for each in events(offers, past, terms):
        manifest[each["uuid"]] = {key: each[key] for key in kept}
        hashes += (f"{digest},{each['uuid']}" for digest in dict.fromkeys(_digests(each)))
        files[f"{each['uuid']}.json"] = _dumped({"Event": each})
    lines = "".join(f"{line}\n" for line in hashes)
    return files | {"manifest.json": _dumped(manifest), "hashes.csv": lines.encode()}


def _digests(made: Document) -> Iterator[str]:
    """Yield the digest of each value that correlates, as MISP's feeds index them."""
    attributes = [*made["Attribute"], *(a for each in made["Object"] for a in each["Attribute"])]
    for attribute in attributes:
        if not attribute["disable_correlation"]:
            value = attribute["value"].encode()
            yield hashlib.md5(value, usedforsecurity=False).hexdigest()


def _dumped(document: Document) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
