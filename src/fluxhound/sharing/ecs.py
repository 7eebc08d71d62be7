"""Alerts in the Elastic Common Schema 9.4 (elastic.co/docs/reference/ecs)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import fluxhound
from fluxhound.records import Alert, AlertKind, EntityKind, Severity
from fluxhound.sharing import headline
from fluxhound.sharing.document import Document, timestamp, to_document, valid
from fluxhound.sharing.headline import FULL, Detail, HeldBack, Told

VERSION = "9.4.0"

#: ``event.severity`` on the scale of Elastic Security's risk scores: low 21, medium 47, high 73,
#: critical 99 (its documentation of detection rules).
SEVERITY_NUMBERS: Mapping[Severity, int] = MappingProxyType(
    {
        Severity.INFO: 1,
        Severity.LOW: 21,
        Severity.MEDIUM: 47,
        Severity.HIGH: 73,
        Severity.CRITICAL: 99,
    }
)
#: ``threat.indicator.confidence`` by our own score. Lower bounds: chosen, not measured.
CONFIDENCES = ((0.9, "High"), (0.6, "Medium"))


def ecs_document(told: Told, addresses: Sequence[str] = (), detail: Detail = FULL) -> Document:
    """Return one alert by ECS; our own fields stand under the root ``Flux``."""
    if isinstance(told, HeldBack):
        return _summary(told)
    if not detail.text:
        return _least(told, detail)
    said = headline.sample(addresses, detail)
    host = told.finding.entity is not EntityKind.NETWORK
    shown = _name(told, detail)
    return {
        **_base(told, detail),
        "rule": _rule(told, detail),
        **({"dns": _dns(told, shown, said)} if host else {}),
        "threat": _threat(told, shown, detail),
        "related": {
            **({"hosts": [shown]} if host else {}),
            **({"ip": said} if said else {}),
        },
        "Flux": _own(told, detail),
    }


def _base(alert: Alert, detail: Detail) -> Document:
    finding = alert.finding
    return {
        "@timestamp": timestamp(alert.time),
        "ecs": {"version": VERSION},
        "message": headline.title(alert, detail),
        "event": {
            "kind": "alert",
            "category": ["network", "intrusion_detection"],
            "type": ["info"],
            "module": headline.PRODUCT,
            "dataset": "fluxhound.alert",
            "provider": headline.PRODUCT,
            "action": f"fast-flux-{alert.kind.value}",
            "id": valid(alert.id),
            "code": headline.rule(alert)[0],
            "severity": SEVERITY_NUMBERS[finding.severity],
            "risk_score": headline.percent(finding.flux),
            "risk_score_norm": headline.percent(finding.flux),
            "start": timestamp(finding.first_seen),
            "end": timestamp(finding.last_seen),
            "created": timestamp(alert.time),
            "reason": headline.reason(alert, detail),
            **({"url": link} if (link := headline.link(alert, detail)) else {}),
        },
        "observer": _observer(),
    }


def _least(alert: Alert, detail: Detail) -> Document:
    whole = _base(alert, detail)
    kept = ("kind", "category", "type", "dataset", "id", "code", "severity", "risk_score")
    event = {key: whole["event"][key] for key in kept}
    return {**whole, "event": event, "Flux": {"name": _name(alert, detail), "truncated": True}}


def _summary(told: HeldBack) -> Document:
    return {
        "@timestamp": timestamp(told.time),
        "ecs": {"version": VERSION},
        "message": headline.held_back_sentence(told),
        "event": {
            "kind": "event",
            "category": ["network", "intrusion_detection"],
            "type": ["info"],
            "module": headline.PRODUCT,
            "dataset": "fluxhound.alert",
            "provider": headline.PRODUCT,
            "action": "alerts-held-back",
            "id": valid(told.id),
            "code": headline.HELD_BACK_RULE[0],
        },
        "observer": _observer(),
        "Flux": {"held": told.held},
    }


def _name(alert: Alert, detail: Detail) -> str:
    return headline.plain(alert.finding.name, detail.name)


def _observer() -> Document:
    return {
        "vendor": headline.VENDOR,
        "product": headline.PRODUCT,
        "type": "ids",
        "version": fluxhound.__version__,
    }


def _rule(alert: Alert, detail: Detail) -> Document:
    identifier, title = headline.rule(alert)
    if not detail.evidence:
        return {"id": identifier, "name": title}
    return {
        "id": identifier,
        "name": title,
        "category": "fast-flux",
        "ruleset": headline.PRODUCT,
        "version": fluxhound.__version__,
        "reference": headline.SUBTECHNIQUE[2],
    }


def _dns(alert: Alert, shown: str, addresses: list[str]) -> Document:
    domain = headline.plain(alert.finding.registered_domain, 255)
    return {
        "type": "answer",
        "question": {
            "name": shown,
            "class": "IN",
            **({"registered_domain": domain} if domain else {}),
        },
        **({"resolved_ip": addresses} if addresses else {}),
        "response_code": "NOERROR",
    }


def _threat(alert: Alert, shown: str, detail: Detail) -> Document:
    finding = alert.finding
    if not detail.evidence:
        identifier = [headline.SUBTECHNIQUE[0]]
        return {"technique": {"subtechnique": {"id": identifier}}}
    indicator = {
        "type": "domain-name",
        "name": shown,
        "confidence": next((word for least, word in CONFIDENCES if finding.flux >= least), "Low"),
        "provider": headline.PRODUCT,
        "first_seen": timestamp(finding.first_seen),
        "last_seen": timestamp(finding.last_seen),
    }
    still = alert.kind is not AlertKind.ENDED and finding.entity is not EntityKind.NETWORK
    return {
        "framework": "MITRE ATT&CK",
        "tactic": _attack(headline.TACTIC),
        "technique": {
            **_attack(headline.TECHNIQUE),
            "subtechnique": _attack(headline.SUBTECHNIQUE),
        },
        **({"indicator": indicator} if still else {}),
    }


def _attack(entry: tuple[str, str, str]) -> Document:
    identifier, title, page = entry
    return {"id": [identifier], "name": [title], "reference": [page]}


def _own(alert: Alert, detail: Detail) -> Document:
    finding = to_document(alert.finding)
    finding["measures"] = headline.measures(alert.finding, detail)
    for_, against = (
        [headline.plain(f"{item.id}: {item.text}", detail.text) for item in found]
        for found in (
            headline.strongest(alert.finding, detail, supports=True),
            headline.strongest(alert.finding, detail, supports=False),
        )
    )
    kept = ("entity", "verdict", "severity", "flux", "malice", "measures", "not_observable")
    return {
        "kind": alert.kind.value,
        "name": headline.plain(finding["name"], detail.name),
        **{key: finding[key] for key in kept},
        "evidence_for": for_,
        "evidence_against": against,
        "clients": alert.clients,
        "previous_verdict": None if alert.previous is None else alert.previous.value,
        "network": headline.plain(finding["network"], detail.name),
        "members": [headline.plain(text, 255) for text in finding["members"][: detail.members]],
    }
