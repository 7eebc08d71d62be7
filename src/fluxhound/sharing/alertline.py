"""One alert as one line on a terminal: when, how severe, what, and the main reason."""

from __future__ import annotations

from rich.text import Text

from fluxhound.records import Alert, AlertKind
from fluxhound.sharing import sentences
from fluxhound.sharing.glyphs import SHAPES, STYLES, Writing
from fluxhound.sharing.measures import amount

#: The longest name in the column; longer ones push the rest to the right.
NAME_WIDTH = 30
SEVERITY_WIDTH = 8
VERDICT_WIDTH = 16


def alert_line(alert: Alert, write: Writing) -> Text:
    """Return the line of an alert: names defanged as *write* says, nothing that could act."""
    finding = alert.finding
    style = "dim" if alert.kind is AlertKind.ENDED else STYLES[finding.severity]
    line = Text(alert.time.strftime("%H:%M:%SZ"), style="dim")
    shape = write.sign(SHAPES[finding.severity])
    line.append(f"  {shape} {finding.severity.value:<{SEVERITY_WIDTH}}", style=style)
    line.append(f"  {finding.verdict.value:<{VERDICT_WIDTH}}", style="not dim")
    line.append(f"  {write.name(finding.name):<{NAME_WIDTH}}", style="bold not dim")
    line.append(f"  {_happened(alert)}", style="not dim")
    if alert.clients is not None:
        line.append(f", asked by {amount(alert.clients, 'client')}", style="not dim")
    if alert.kind is not AlertKind.ENDED:
        line.append(f": {write.text(sentences.main_reason(finding))}", style="not dim")
    return line


def _happened(alert: Alert) -> str:
    if alert.kind is AlertKind.GREW and alert.previous not in (None, alert.finding.verdict):
        return f"grew, was {alert.previous}"
    if alert.kind is AlertKind.GREW and alert.previous_severity is not None:
        return f"grew, was {alert.previous_severity}"
    return alert.kind.value
