"""IntelMQ events (IntelMQ data format 3): flat objects with keys such as "source.fqdn"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fluxhound.intel.gathering import Gathering, Told
from fluxhound.intel.indicator import Kind, tlp_named
from fluxhound.intel.moments import moment
from fluxhound.intel.reading.form import FeedOptions
from fluxhound.intel.reading.stix import percent

#: Where the hostile side stands, the most telling first: an address beside a name is only what
#: the name resolved to.
FIELDS: tuple[tuple[str, Kind], ...] = (
    ("source.url", Kind.URL),
    ("source.fqdn", Kind.HOST),
    ("source.network", Kind.NETWORK),
    ("source.ip", Kind.ADDRESS),
)
#: Types of the taxonomy (RSIT) whose source is a victim or a weak spot, not an attacker's.
VICTIMS = frozenset(
    {
        "infected-system", "system-compromise", "vulnerable-system",
        "potentially-unwanted-accessible",
        "weak-crypto", "ddos-amplifier", "information-disclosure", "data-leak", "misconfiguration",
        "sniffing", "application-compromise", "privileged-account-compromise", "tor", "proxy",
        "unprivileged-account-compromise", "burglary", "data-loss", "outage", "undetermined",
    }
)  # fmt: skip

ABOUT_VICTIMS = "an event about a victim"
NO_SOURCE = "an event without a source"


def matches(document: Any) -> bool:
    """Tell whether a JSON document is an event, or a list of them."""
    first = document[0] if isinstance(document, list) and document else document
    if not isinstance(first, dict):
        return False
    return "classification.type" in first or any(field in first for field, _ in FIELDS)


def read(document: Any, gathering: Gathering, options: FeedOptions) -> None:  # noqa: ARG001 - the same for all shapes
    """Read events into *gathering*."""
    for event in document if isinstance(document, list) else [document]:
        gathering.tally.records += 1
        if isinstance(event, dict):
            _read_event(event, gathering)
        else:
            gathering.tally.reject(NO_SOURCE, str(event)[:200])


def _read_event(event: Mapping[str, Any], gathering: Gathering) -> None:
    if str(event.get("classification.type")) in VICTIMS:
        gathering.tally.pass_over(ABOUT_VICTIMS)
        return
    for field, kind in FIELDS:
        value = event.get(field)
        if isinstance(value, str) and value:
            gathering.add(value, kind, _told(event))
            return
    gathering.tally.pass_over(NO_SOURCE)


def _told(event: Mapping[str, Any]) -> Told:
    def text(key: str) -> str:
        value = event.get(key)
        return value if isinstance(value, str) else ""

    return Told(
        first=moment(text("time.source")),
        last=moment(text("time.observation")),
        confidence=percent(event.get("feed.accuracy")),
        label=text("malware.name")
        or text("classification.identifier")
        or text("classification.type"),
        comment=text("event_description.text") or text("feed.name"),
        tlp=tlp_named(text("tlp")),
    )
