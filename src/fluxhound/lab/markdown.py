"""Markdown from parts: tables and sections, nothing where there is nothing to show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; an empty one is nothing."""
    found = [list(row) for row in rows]
    if not found:
        return ""
    lines = [list(head), ["---"] * len(head), *found]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in lines)


def section(title: str, parts: Sequence[str]) -> str:
    """Return a section of the parts that say something; without any it is nothing."""
    text = "\n\n".join(part for part in parts if part)
    return f"## {title}\n\n{text}" if text else ""
