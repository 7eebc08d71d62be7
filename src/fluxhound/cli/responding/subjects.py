"""The subject of an entry as a person types it."""

from __future__ import annotations

from fluxhound.cli.wanted import plain_name
from fluxhound.history.names import canonical_name


def subject(text: str) -> str:
    """Return the name or address in *text*, which may be defanged or a URL."""
    return canonical_name(plain_name(text))
