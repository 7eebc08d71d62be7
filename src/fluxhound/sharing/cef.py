"""Alerts as ArcSight Common Event Format, version 0 (the format's implementation standard)."""

from __future__ import annotations

from collections.abc import Sequence

import fluxhound
from fluxhound.records import Alert, Severity
from fluxhound.sharing import headline
from fluxhound.sharing.headline import FULL, Detail, HeldBack, Told

#: Longest values, in characters, by the standard's dictionary of extension keys.
LONG, CUSTOM, SHORT, ID, DOMAIN = 1023, 4000, 63, 40, 255


def cef_line(told: Told, addresses: Sequence[str] = (), detail: Detail = FULL) -> str:
    r"""Return one line: header with ``\`` and ``|`` escaped, extension with ``\`` and ``=``."""
    identifier, name, severity, pairs = (
        _held_back(told) if isinstance(told, HeldBack) else _alert(told, addresses, detail)
    )
    head = "|".join(
        _head(text)
        for text in (
            headline.VENDOR,
            headline.PRODUCT,
            fluxhound.__version__,
            identifier,
            name,
            str(severity),
        )
    )
    said = " ".join(f"{key}={_value(text)}" for key, text in pairs if text)
    return f"CEF:0|{head}|{said}"


_Parts = tuple[str, str, int, list[tuple[str, str]]]


def _alert(alert: Alert, addresses: Sequence[str], detail: Detail) -> _Parts:
    finding, (identifier, name) = alert.finding, headline.rule(alert)
    seen = finding.measures
    pairs = [
        ("rt", str(headline.millis(alert.time))),
        ("externalId", headline.plain(alert.id, ID)),
        ("act", alert.kind.value),
        ("destinationDnsDomain", headline.plain(finding.name, min(detail.name, DOMAIN))),
        *_custom("cs1", "verdict", finding.verdict.value),
        ("cat", "fast-flux"),
        ("start", str(headline.millis(finding.first_seen))),
        ("end", str(headline.millis(finding.last_seen))),
    ]
    if detail.text:
        pairs += [
            *_custom("cs2", "attack", headline.SUBTECHNIQUE[0]),
            *_custom("cs3", "addressSample", " ".join(headline.sample(addresses, detail))),
            *_custom("cs4", "evidence", _reasons(alert, detail)),
            *_custom("cs5", "previousVerdict", alert.previous.value if alert.previous else ""),
            *_custom("cs6", "network", headline.plain(finding.network, detail.name)),
            *_custom("cn1", "distinctAddresses", headline.count(seen.get("addresses"))),
            *_custom("cn2", "distinctAsns", headline.count(seen.get("asns"))),
            *_custom("cn3", "clients", headline.count(alert.clients)),
            *_custom("cfp1", "flux", f"{headline.percent(finding.flux) / 100:.2f}"),
            *_custom("cfp2", "malice", f"{headline.percent(finding.malice) / 100:.2f}"),
            ("request", headline.link(alert, detail) if len(alert.link) <= LONG else ""),
            ("msg", headline.reason(alert, detail)),
        ]
    return identifier, f"{name} {alert.kind.value}", headline.TENTHS[finding.severity], pairs


def _held_back(told: HeldBack) -> _Parts:
    identifier, name = headline.HELD_BACK_RULE
    pairs = [
        ("rt", str(headline.millis(told.time))),
        ("externalId", headline.plain(told.id, ID)),
        ("cnt", str(told.held)),
        ("msg", headline.held_back_sentence(told)),
    ]
    return identifier, name, headline.TENTHS[Severity.INFO], pairs


def _custom(key: str, label: str, text: str) -> list[tuple[str, str]]:
    return [(f"{key}Label", label), (key, text[:CUSTOM])] if text else []


def _reasons(alert: Alert, detail: Detail) -> str:
    said = headline.strongest(alert.finding, detail, supports=True)
    return headline.plain("; ".join(item.text for item in said), min(detail.text, CUSTOM))


def _head(text: str) -> str:
    return headline.plain(text, LONG).replace("\\", "\\\\").replace("|", "\\|")


def _value(text: str) -> str:
    return text.replace("\\", "\\\\").replace("=", "\\=")
