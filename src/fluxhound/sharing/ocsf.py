"""Alerts as OCSF 1.8.0 Detection Findings, class 2004 (schema.ocsf.io)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import fluxhound
from fluxhound.records import Alert, AlertKind, EntityKind, Evidence, Severity
from fluxhound.sharing import headline
from fluxhound.sharing.document import POINT_DECIMALS, Document, valid
from fluxhound.sharing.headline import FULL, Detail, HeldBack, Told
from fluxhound.sharing.sentences import action_sentence

VERSION = "1.8.0"
CATEGORY, CLASS = 2, 2004
#: Create, update, close.
ACTIVITIES: Mapping[AlertKind, int] = MappingProxyType(
    {AlertKind.APPEARED: 1, AlertKind.GREW: 2, AlertKind.ENDED: 3}
)
#: New, in progress (the nearest to "it grew"), resolved.
STATUSES: Mapping[AlertKind, int] = MappingProxyType(
    {AlertKind.APPEARED: 1, AlertKind.GREW: 2, AlertKind.ENDED: 4}
)
SEVERITY_IDS: Mapping[Severity, int] = MappingProxyType(
    {
        Severity.INFO: 1,
        Severity.LOW: 2,
        Severity.MEDIUM: 3,
        Severity.HIGH: 4,
        Severity.CRITICAL: 5,
    }
)
BEHAVIOURAL = 2  # analytic.type_id
HOSTNAME, ADDRESS = 1, 2  # observable.type_id
OBSERVED, DETECTED = 3, 15  # action_id and disposition_id of the profile security_control
ATTACK_VERSION = "19"


def ocsf_document(told: Told, addresses: Sequence[str] = (), detail: Detail = FULL) -> Document:
    """Return one alert as a Detection Finding; ``unmapped`` holds what OCSF has no place for."""
    if isinstance(told, HeldBack):
        return _summary(told)
    whole = {**_base(told, detail), "finding_info": _finding(told, detail)}
    if not detail.text:
        return _least(whole)
    said = headline.sample(addresses, detail)
    observables = _observables(told, said, detail)
    return {
        **whole,
        "evidences": [_evidence(told, said, detail)],
        **({"observables": observables} if observables else {}),
        "remediation": {"desc": headline.plain(action_sentence(told.finding), detail.text)},
        "unmapped": _unmapped(told, detail),
    }


def _least(whole: Document) -> Document:
    kept = ("uid", "title", "created_time")
    finding = {key: whole["finding_info"][key] for key in kept}
    return {**whole, "finding_info": finding, "unmapped": {"truncated": True}}


def _base(alert: Alert, detail: Detail) -> Document:
    activity, finding = ACTIVITIES[alert.kind], alert.finding
    return {
        "category_uid": CATEGORY,
        "class_uid": CLASS,
        "activity_id": activity,
        "type_uid": CLASS * 100 + activity,
        "time": headline.millis(alert.time),
        "severity_id": SEVERITY_IDS[finding.severity],
        "status_id": STATUSES[alert.kind],
        "confidence_score": headline.percent(finding.flux),
        "risk_score": headline.percent(finding.malice),
        "is_alert": True,
        "action_id": OBSERVED,
        "disposition_id": DETECTED,
        "message": headline.title(alert, detail),
        "metadata": _metadata(alert.id),
    }


def _summary(told: HeldBack) -> Document:
    said = headline.held_back_sentence(told)
    return {
        "category_uid": CATEGORY,
        "class_uid": CLASS,
        "activity_id": 1,
        "type_uid": CLASS * 100 + 1,
        "time": headline.millis(told.time),
        "severity_id": SEVERITY_IDS[Severity.INFO],
        "status_id": 1,
        "is_alert": False,
        "count": told.held,
        "action_id": OBSERVED,
        "disposition_id": DETECTED,
        "message": said,
        "metadata": _metadata(told.id),
        "finding_info": {
            "uid": valid(told.id),
            "title": headline.HELD_BACK_RULE[1],
            "desc": said,
            "types": ["Summary"],
        },
    }


def _metadata(identifier: str) -> Document:
    return {
        "version": VERSION,
        "uid": valid(identifier),
        "profiles": ["security_control"],
        "product": {
            "name": headline.PRODUCT,
            "vendor_name": headline.VENDOR,
            "version": fluxhound.__version__,
        },
    }


def _finding(alert: Alert, detail: Detail) -> Document:
    finding = alert.finding
    identifier, title = headline.rule(alert)
    return {
        # The same for all alerts of one thing, so that updates meet what they update.
        "uid": headline.plain(f"{finding.entity.value}/{finding.name}", detail.name),
        "title": headline.title(alert, detail),
        "desc": headline.reason(alert, detail),
        "types": ["Fast Flux DNS"],
        "created_time": headline.millis(alert.time),
        "first_seen_time": headline.millis(finding.first_seen),
        "last_seen_time": headline.millis(finding.last_seen),
        "analytic": {
            "name": title,
            "uid": identifier,
            "type_id": BEHAVIOURAL,
            "version": fluxhound.__version__,
        },
        "attacks": [
            {
                "version": ATTACK_VERSION,
                "tactic": _attack(headline.TACTIC),
                "technique": _attack(headline.TECHNIQUE),
                "sub_technique": _attack(headline.SUBTECHNIQUE),
            }
        ],
        **({"src_url": link} if (link := headline.link(alert, detail)) else {}),
    }


def _attack(entry: tuple[str, str, str]) -> Document:
    identifier, title, page = entry
    return {"uid": identifier, "name": title, "src_url": page}


def _evidence(alert: Alert, addresses: list[str], detail: Detail) -> Document:
    finding = alert.finding
    shown = headline.plain(finding.name, detail.name)
    query = {"hostname": shown, "class": "IN"}
    return {
        **({} if finding.entity is EntityKind.NETWORK else {"query": query}),
        "data": {"addresses": addresses, "measures": headline.measures(finding, detail)},
        "name": headline.plain(finding.verdict.value, 64),
    }


def _observables(alert: Alert, addresses: list[str], detail: Detail) -> list[Document]:
    hosts = (
        []
        if alert.finding.entity is EntityKind.NETWORK
        else [headline.plain(alert.finding.name, detail.name)]
    )
    return [
        *({"name": "evidences.query.hostname", "type_id": HOSTNAME, "value": v} for v in hosts),
        *({"name": "evidences.data.addresses", "type_id": ADDRESS, "value": v} for v in addresses),
    ]


def _points(item: Evidence) -> float:
    return round(item.points, POINT_DECIMALS) if math.isfinite(item.points) else 0.0


def _unmapped(alert: Alert, detail: Detail) -> Document:
    finding = alert.finding
    pieces = (
        *headline.strongest(finding, detail, supports=True),
        *headline.strongest(finding, detail, supports=False),
    )
    return {
        "verdict": finding.verdict.value,
        "kind": alert.kind.value,
        "clients": alert.clients,
        "previous_verdict": None if alert.previous is None else alert.previous.value,
        "evidence": [
            {
                "id": headline.plain(item.id, 64),
                "points": _points(item),
                "text": headline.plain(item.text, detail.text),
            }
            for item in pieces
        ],
        "network": headline.plain(finding.network, detail.name),
        "members": [headline.plain(text, 255) for text in finding.members[: detail.members]],
    }
