"""Findings as IntelMQ events, one JSON object a line (IntelMQ 3, harmonization of fields)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

import orjson

from fluxhound.intel.indicator import Tlp
from fluxhound.records import EntityKind
from fluxhound.sharing import headline
from fluxhound.sharing.document import SCORE_DECIMALS, Document, timestamp, to_document
from fluxhound.sharing.outbound import Offer, Terms, is_host
from fluxhound.sharing.stix.graph import CORROBORATED, described

#: IntelMQ knows TLP 1 only: what that lacks is told by the next stricter level.
LEVELS: Mapping[Tlp, str] = MappingProxyType(
    {
        Tlp.CLEAR: "WHITE",
        Tlp.GREEN: "GREEN",
        Tlp.AMBER: "AMBER",
        Tlp.AMBER_STRICT: "RED",
        Tlp.RED: "RED",
    }
)
#: Measures that go along.
MEASURES = ("addresses", "asns", "countries", "ttl_max", "refreshes", "answers")


def intelmq_lines(offers: Iterable[Offer], terms: Terms) -> Iterator[bytes]:
    """Yield one event for each name; networks and names nobody can look up have none."""
    for offer in offers:
        if offer.finding.entity is not EntityKind.NETWORK and is_host(offer.finding.name):
            event = _event(offer, terms)
            yield orjson.dumps(event, option=orjson.OPT_APPEND_NEWLINE)


def _event(offer: Offer, terms: Terms) -> Document:
    finding = offer.finding
    measures = to_document(finding)["measures"]
    extra = {f"extra.{key}": measures.get(key) for key in MEASURES}
    return {
        "feed.name": "Fluxhound",
        "feed.provider": headline.plain(terms.producer, 255),
        "feed.accuracy": float(headline.percent(finding.flux)),
        # What the name is used for is not known, only how it behaves.
        "classification.taxonomy": "other",
        "classification.type": "undetermined",
        "classification.identifier": "fast-flux",
        "source.fqdn": finding.name,
        "time.source": timestamp(finding.last_seen),
        "time.observation": timestamp(terms.now),
        "event_description.text": described(finding),
        "event_description.url": headline.SUBTECHNIQUE[2],
        "tlp": LEVELS[offer.tlp],
        "extra.verdict": finding.verdict.value,
        "extra.severity": finding.severity.value,
        "extra.flux": round(finding.flux, SCORE_DECIMALS),
        "extra.malice": round(finding.malice, SCORE_DECIMALS),
        "extra.corroborated": finding.malice >= CORROBORATED,
        "extra.first_seen": timestamp(finding.first_seen),
        "extra.valid_until": timestamp(finding.last_seen + terms.expiry),
        **{key: value for key, value in extra.items() if value is not None},
    }
