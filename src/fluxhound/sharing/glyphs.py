"""Signs for a terminal, with plain ones where it cannot show more than ASCII."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from rich.console import Console

from fluxhound.records import Severity
from fluxhound.sharing import measures
from fluxhound.sharing.defang import defang
from fluxhound.sharing.escape import printable
from fluxhound.sharing.points import MINUS

#: A severity is told by its word and its shape; the colour only repeats it.
SHAPES: Mapping[Severity, str] = MappingProxyType(
    {
        Severity.CRITICAL: "◆",
        Severity.HIGH: "▲",
        Severity.MEDIUM: "●",
        Severity.LOW: "○",
        Severity.INFO: "·",
    }
)
STYLES: Mapping[Severity, str] = MappingProxyType(
    {
        Severity.CRITICAL: "bold red",
        Severity.HIGH: "red",
        Severity.MEDIUM: "yellow",
        Severity.LOW: "cyan",
        Severity.INFO: "dim",
    }
)
_ASCII = str.maketrans(
    {
        "◆": "#",
        "▲": "^",
        "●": "*",
        "○": "o",
        "·": "|",
        measures.UNSEEN: "-",
        MINUS: "-",
        "…": "~",
        "→": "->",
        "▏": "|",
        "─": "-",
        "▁": "_",
        "▂": ".",
        "▃": ":",
        "▄": "-",
        "▅": "=",
        "▆": "+",
        "▇": "*",
        "█": "#",
    }
)
SPARKS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True, slots=True)
class Writing:
    """How text is written on one console: its character set, and whether names are defanged."""

    ascii_only: bool = False
    defanged: bool = True

    def text(self, text: str) -> str:
        """Return text from outside, harmless, as this console can show it."""
        plain = text.translate(_ASCII) if self.ascii_only else text
        return printable(plain, ascii_only=self.ascii_only)

    def name(self, name: str) -> str:
        """Return a name or an address, harmless, defanged if so chosen."""
        return self.text(defang(name) if self.defanged else name)

    def sign(self, sign: str) -> str:
        """Return one of our own signs, or what stands for it in ASCII."""
        return sign.translate(_ASCII) if self.ascii_only else sign


def writing(console: Console, *, defanged: bool) -> Writing:
    """Return how to write on *console*."""
    return Writing(ascii_only=console.options.ascii_only, defanged=defanged)
