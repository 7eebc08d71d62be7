"""Consoles that write to text, as wide as wanted."""

from __future__ import annotations

import io
from collections.abc import Callable

from rich.cells import cell_len
from rich.console import Console

WIDTHS = (40, 60, 80, 100, 120, 160, 240)


def written(width: int, show: Callable[[Console], None], *, color: bool = False) -> str:
    """Return what *show* prints on a console of *width*."""
    target = io.StringIO()
    show(
        Console(
            file=target,
            width=width,
            force_terminal=color,
            color_system="standard" if color else None,
            legacy_windows=False,
        )
    )
    return target.getvalue()


def widest_line(text: str) -> int:
    return max((cell_len(line) for line in text.splitlines()), default=0)


def in_ascii(width: int, show: Callable[[Console], None]) -> str:
    """Return what *show* prints where only ASCII can be shown; fails if it prints more."""
    raw = io.BytesIO()
    target = io.TextIOWrapper(raw, encoding="ascii", errors="strict", write_through=True)
    show(Console(file=target, width=width, color_system=None))
    return raw.getvalue().decode("ascii")
