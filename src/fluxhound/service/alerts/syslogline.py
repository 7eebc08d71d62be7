"""One syslog message by RFC 5424."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

import fluxhound
from fluxhound.records import Alert, Severity
from fluxhound.service.alerts.delivery import Letter
from fluxhound.sharing.document import timestamp, valid
from fluxhound.sharing.escape import printable
from fluxhound.sharing.headline import Told

#: RFC 5424 table 2: 2 critical, 3 error, 4 warning, 5 notice, 6 informational.
SEVERITIES: Mapping[Severity, int] = MappingProxyType(
    {
        Severity.CRITICAL: 2,
        Severity.HIGH: 3,
        Severity.MEDIUM: 4,
        Severity.LOW: 5,
        Severity.INFO: 6,
    }
)
#: We have no enterprise number; this one is for examples (RFC 5612), and receivers can select it.
STRUCTURE = "fluxhound@32473"
#: RFC 5424 section 6: lengths of the header's fields, in characters.
HOST_LENGTH, PROCESS_LENGTH = 255, 128
#: Characters of one parameter's value. Chosen, not measured.
VALUE_LENGTH = 255
NIL = "-"


def syslog_head(
    letter: Letter, *, facility: int, host: str, process: str, structured: bool
) -> bytes:
    """Return header and structured data, with the blank that ends them.

    The message itself follows without a byte-order mark (MSG-ANY, RFC 5424 section 6.4): receivers
    look for ``CEF:`` or ``{`` in its first place.
    """
    told = letter.told
    severity = told.finding.severity if isinstance(told, Alert) else Severity.INFO
    kind = told.kind.value if isinstance(told, Alert) else "held-back"
    said = _structured(told, kind) if structured else NIL
    return (
        f"<{facility * 8 + SEVERITIES[severity]}>1 {timestamp(told.time)} "
        f"{_word(host, HOST_LENGTH)} fluxhound {_word(process, PROCESS_LENGTH)} "
        f"{kind.upper()} {said} "
    ).encode()


def _structured(told: Told, kind: str) -> str:
    values = {"id": told.id, "kind": kind}
    if isinstance(told, Alert):
        finding = told.finding
        values |= {
            "name": finding.name,
            "verdict": finding.verdict.value,
            "severity": finding.severity.value,
        }
    own = " ".join(f'{key}="{_value(text)}"' for key, text in values.items())
    version = _value(fluxhound.__version__)
    return f'[origin software="fluxhound" swVersion="{version}"][{STRUCTURE} {own}]'


def _value(text: str) -> str:
    r"""Return a parameter's value: ``"``, ``\`` and ``]`` escaped (RFC 5424 section 6.3.3)."""
    return re.sub(r'(["\\\]])', r"\\\1", printable(valid(text[:VALUE_LENGTH])))


def _word(text: str, length: int) -> str:
    """Return printable ASCII without blanks, or nil."""
    return re.sub(r"[^!-~]", "", text)[:length] or NIL
