"""The name that a user asks for, as typed or pasted, and where a saved result has it."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

from fluxhound.errors import UnknownNameError, UnreadableInputError
from fluxhound.records import EntityKind, Finding
from fluxhound.service.analysis import Analysis
from fluxhound.sharing.defang import refang
from fluxhound.sharing.saved import SAVED_BYTES, read_saved
from fluxhound.sharing.sentences import ENTITY_WORDS

NAMES_SUGGESTED = 3


def plain_name(text: str) -> str:
    """Return the name in *text*, which may be defanged, a URL, or end with a dot.

    >>> plain_name("hxxp://www.Evil[.]example/a.php")
    'www.evil.example'
    """
    whole = refang(text.strip())
    host = whole.partition("://")[2] or whole
    return host.split("/")[0].split("?")[0].rstrip(".").lower()


def entity_of(text: str | None) -> EntityKind | None:
    """Return the kind of entity that an option names."""
    return EntityKind(text) if text else None


def find_wanted(analysis: Analysis, name: str, entity: EntityKind | None) -> Finding:
    """Return the judgement of *name*.

    Raises:
        UnknownNameError: if it was not seen, or not as an *entity*.
    """
    try:
        return analysis.find(name, entity)
    except UnknownNameError:
        if entity is None:
            raise
        other = analysis.find(name)
        raise UnknownNameError(
            f"{name} was not profiled as a {ENTITY_WORDS[entity]}, but as a "
            f"{ENTITY_WORDS[other.entity]}: leave out --entity."
        ) from None


def find_saved(path: Path, name: str, entity: EntityKind | None = None) -> Finding:
    """Return the finding about *name* from a saved result, the most severe first.

    Raises:
        UnreadableInputError: if the file cannot be read or is no saved result.
        UnknownNameError: if it holds nothing about *name*; the nearest names are told.
    """
    findings = saved_findings(path)
    matching = [f for f in findings if f.name == name and entity in (None, f.entity)]
    if not matching:
        raise UnknownNameError(f"{path} holds nothing about {name}.{nearest(name, findings)}")
    return matching[0]


def saved_findings(path: Path) -> tuple[Finding, ...]:
    """Return the findings of a saved result.

    Raises:
        UnreadableInputError: if the file cannot be read or is no saved result.
    """
    try:
        with path.open("rb") as file:
            content = file.read(SAVED_BYTES + 1)
    except OSError as error:
        raise UnreadableInputError(f"{path}: cannot be read ({error.strerror}).") from error
    try:
        return read_saved(content)
    except UnreadableInputError as error:
        raise UnreadableInputError(f"{path}: {error}") from error


def nearest(name: str, findings: Sequence[Finding]) -> str:
    """Return a sentence with the names most like *name*, or nothing."""
    names = {finding.name for finding in findings}
    close = difflib.get_close_matches(name, sorted(names)[:100_000], n=NAMES_SUGGESTED)
    return f" The nearest names are: {', '.join(close)}." if close else ""
