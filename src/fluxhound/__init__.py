"""Find fast flux in DNS traffic, with the evidence for and against.

>>> import fluxhound
>>> with fluxhound.analyze(["examples/papers/dns.log"]) as findings:  # doctest: +SKIP
...     for finding in findings:
...         print(finding.severity, finding.verdict, finding.name)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fluxhound.records import Evidence, Finding, Severity, Timeline, Totals, VerdictKind
    from fluxhound.service.analysis import Analysis, AnalysisOptions, analyze

__version__ = "0.1.0"

__all__ = [
    "Analysis",
    "AnalysisOptions",
    "Evidence",
    "Finding",
    "Severity",
    "Timeline",
    "Totals",
    "VerdictKind",
    "__version__",
    "analyze",
]

_HOME = {
    "Analysis": "fluxhound.service.analysis",
    "AnalysisOptions": "fluxhound.service.analysis",
    "analyze": "fluxhound.service.analysis",
} | dict.fromkeys(
    ("Evidence", "Finding", "Severity", "Timeline", "Totals", "VerdictKind"), "fluxhound.records"
)


def __getattr__(name: str) -> object:
    """Import what is asked for on its first use: ``fluxhound --help`` must not wait for it."""
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
