"""Alerts as IBM's Log Event Extended Format 2.0, for QRadar (IBM: LEEF event components)."""

from __future__ import annotations

from collections.abc import Sequence

import fluxhound
from fluxhound.records import Alert, Severity
from fluxhound.sharing import headline
from fluxhound.sharing.headline import FULL, Detail, HeldBack, Told

#: Between attributes. LEEF has no escape: the tab cannot stand in our values, for all that is not
#: printable was written as ``\t`` or ``\xNN`` before. The header carries it as a hexadecimal code.
DELIMITER, DELIMITER_CODE = "\t", "x09"


def leef_line(told: Told, addresses: Sequence[str] = (), detail: Detail = FULL) -> str:
    """Return one line; ``cat``, ``sev``, ``devTime`` and ``url`` are IBM's keys, others ours."""
    identifier, pairs = (
        _held_back(told) if isinstance(told, HeldBack) else _alert(told, addresses, detail)
    )
    head = "|".join(
        _head(text)
        for text in (headline.VENDOR, headline.PRODUCT, fluxhound.__version__, identifier)
    )
    said = DELIMITER.join(f"{key}={text}" for key, text in pairs if text)
    return f"LEEF:2.0|{head}|{DELIMITER_CODE}|{said}"


_Pairs = list[tuple[str, str]]


def _alert(alert: Alert, addresses: Sequence[str], detail: Detail) -> tuple[str, _Pairs]:
    finding = alert.finding
    pairs = [
        ("cat", "fast-flux"),
        ("sev", str(headline.TENTHS[finding.severity])),
        ("devTime", str(headline.millis(alert.time))),
        ("alertId", headline.plain(alert.id, 64)),
        ("change", alert.kind.value),
        ("domain", headline.plain(finding.name, detail.name)),
        ("verdict", finding.verdict.value),
        ("technique", headline.SUBTECHNIQUE[0]),
    ]
    if detail.text:
        said = headline.strongest(finding, detail, supports=True)
        pairs += [
            ("registeredDomain", headline.plain(finding.registered_domain, detail.name)),
            ("severity", finding.severity.value),
            ("firstSeen", str(headline.millis(finding.first_seen))),
            ("lastSeen", str(headline.millis(finding.last_seen))),
            ("flux", f"{headline.percent(finding.flux) / 100:.2f}"),
            ("malice", f"{headline.percent(finding.malice) / 100:.2f}"),
            ("distinctAddresses", headline.count(finding.measures.get("addresses"))),
            ("distinctAsns", headline.count(finding.measures.get("asns"))),
            ("clients", headline.count(alert.clients)),
            ("previousVerdict", alert.previous.value if alert.previous else ""),
            ("network", headline.plain(finding.network, detail.name)),
            ("addressSample", " ".join(headline.sample(addresses, detail))),
            ("evidence", headline.plain("; ".join(item.text for item in said), detail.text)),
            ("reason", headline.reason(alert, detail)),
            ("url", headline.link(alert, detail)),
        ]
    return headline.rule(alert)[0], pairs


def _held_back(told: HeldBack) -> tuple[str, _Pairs]:
    pairs = [
        ("cat", "fast-flux"),
        ("sev", str(headline.TENTHS[Severity.INFO])),
        ("devTime", str(headline.millis(told.time))),
        ("alertId", headline.plain(told.id, 64)),
        ("held", str(told.held)),
        ("reason", headline.held_back_sentence(told)),
    ]
    return headline.HELD_BACK_RULE[0], pairs


def _head(text: str) -> str:
    return headline.plain(text, 255).replace("|", "/")
