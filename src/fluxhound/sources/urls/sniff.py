"""Which format a list of URLs has, told by its first bytes and never by the file's name."""

from __future__ import annotations

from fluxhound.errors import UnknownFormatError
from fluxhound.sources.format import Format
from fluxhound.sources.urls import gateway, zeekhttp, zeeksmtp

#: All formats, in the order in which they are tried: the loosest last.
FORMATS: tuple[Format, ...] = (
    zeekhttp.FORMAT,
    zeeksmtp.FORMAT,
    zeekhttp.FORMAT_JSON,
    gateway.CSV,
    gateway.TEXT,
)


def recognise(head: bytes, name: str) -> Format:
    """Return the format of a list of URLs that begins with *head* (up to 64 KiB).

    Raises:
        UnknownFormatError: no format claims it.
    """
    for candidate in FORMATS:
        if candidate.matches(head):
            return candidate
    titles = ", ".join(each.title for each in FORMATS)
    raise UnknownFormatError(f"{name}: no URLs are found in it. Give one of: {titles}.")
