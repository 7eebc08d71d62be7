"""Which format flow records have, told by their first bytes and never by the file's name."""

from __future__ import annotations

from fluxhound.errors import UnknownFormatError
from fluxhound.sources.flows import netflow, nfdump, suricata, zeek
from fluxhound.sources.format import Format
from fluxhound.sources.tally import printable

#: All formats, in the order in which they are tried.
FORMATS: tuple[Format, ...] = (
    netflow.FORMAT,
    zeek.FORMAT,
    suricata.FORMAT,
    zeek.FORMAT_JSON,
    nfdump.FORMAT,
)
_SHOWN = 40


def recognise(head: bytes, name: str) -> Format:
    """Return the format of flow records that begin with *head* (up to 64 KiB).

    Raises:
        UnknownFormatError: no format claims them.
    """
    for candidate in FORMATS:
        if candidate.matches(head):
            return candidate
    titles = ", ".join(each.title for each in FORMATS)
    raise UnknownFormatError(
        f"{name}: these are no flow records that can be read (it begins with "
        f"'{printable(head[: _SHOWN * 2], limit=_SHOWN)}'). Give one of: {titles}."
    )
